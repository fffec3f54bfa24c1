package secretmanager

import (
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
)

// Service is Secret Manager for the frame.
func Service(f frame.Frame) (frame.Service, error) {
	policies, err := frame.Find[*rights.Store](f.Beside)
	if err != nil {
		return frame.Service{}, err
	}
	s, err := New(Config{Dir: f.Dir, Now: f.Now, Log: f.Log, Policies: policies, Allow: f.Allow})
	return frame.Service{Server: s, APIs: []string{"secretmanager"}, Register: s.Register}, err
}
