package iam

import (
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
)

// Service is IAM, and the credentials of service accounts, for the frame.
func Service(f frame.Frame) (frame.Service, error) {
	policies, err := frame.Find[*rights.Store](f.Beside)
	if err != nil {
		return frame.Service{}, err
	}
	s, err := New(Config{Dir: f.Dir, Projects: f.Projects, Policies: policies, Tokens: f.Tokens, Now: f.Now, Log: f.Log})
	if err != nil {
		return frame.Service{}, err
	}
	policies.Admit = append(policies.Admit, s.admit)
	return frame.Service{Server: s, APIs: []string{"iam", "iamcredentials"}, Register: s.Register}, nil
}
