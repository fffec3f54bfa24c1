package orgpolicy

import (
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
)

// Service is the Organization Policy API for the frame.
func Service(f frame.Frame) (frame.Service, error) {
	policies, err := frame.Find[*rights.Store](f.Beside)
	if err != nil {
		return frame.Service{}, err
	}
	s := New()
	policies.Admit = append(policies.Admit, s.admit)
	return frame.Service{Server: s, APIs: []string{"orgpolicy"}, Register: s.Register}, nil
}
