package logging

import "github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"

// Service is Cloud Logging for the frame, over the services that have logs.
func Service(f frame.Frame) (frame.Service, error) {
	s := New(frame.All[Source](f.Beside), f.Dir)
	return frame.Service{Server: s, APIs: []string{"logging"}, Register: s.Register}, nil
}
