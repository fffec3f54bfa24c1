package logging

import "github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"

// Service is Cloud Logging for the frame, over the service that has logs.
func Service(f frame.Frame) (frame.Service, error) {
	source, err := frame.Find[Source](f.Beside)
	s := New(source)
	return frame.Service{Server: s, APIs: []string{"logging"}, Register: s.Register}, err
}
