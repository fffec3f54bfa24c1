package pubsub

import (
	"google.golang.org/genproto/googleapis/api/annotations"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
)

// rules are the paths of policies: reading one is a GET here.
var rules = []*annotations.HttpRule{
	{Selector: "google.iam.v1.IAMPolicy.GetIamPolicy", Pattern: &annotations.HttpRule_Get{Get: "/v1/{resource=projects/*/topics/*}:getIamPolicy"}},
	{Selector: "google.iam.v1.IAMPolicy.GetIamPolicy", Pattern: &annotations.HttpRule_Get{Get: "/v1/{resource=projects/*/subscriptions/*}:getIamPolicy"}},
}

// Service is Pub/Sub for the frame.
func Service(f frame.Frame) (frame.Service, error) {
	policies, err := frame.Find[*rights.Store](f.Beside)
	if err != nil {
		return frame.Service{}, err
	}
	s, err := New(Config{Dir: f.Dir, Now: f.Now, Log: f.Log, Policies: policies, Allow: f.Allow})
	if err != nil {
		return frame.Service{}, err
	}
	return frame.Service{Server: s, APIs: []string{"pubsub"}, Register: s.Register, Rules: rules, Policied: s.Policied}, nil
}
