package secretmanager

import "github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"

// Service is Secret Manager for the frame.
func Service(f frame.Frame) (frame.Service, error) {
	s, err := New(Config{Dir: f.Dir, Now: f.Now, Log: f.Log})
	return frame.Service{Server: s, APIs: []string{"secretmanager"}, Register: s.Register}, err
}
