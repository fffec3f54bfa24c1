package resourcemanager

import (
	"net/http"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
)

// Service is Cloud Resource Manager for the frame. Of its first version, which
// gcloud speaks, what has the form of the third is served by the same methods.
func Service(f frame.Frame) (frame.Service, error) {
	policies, err := frame.Find[*rights.Store](f.Beside)
	if err != nil {
		return frame.Service{}, err
	}
	s := New(Config{Projects: f.Projects, Policies: policies, Allow: f.Allow})
	return frame.Service{
		Server: s, APIs: []string{"cloudresourcemanager"}, Register: s.Register, Rules: rules,
		Web: &frame.Web{Host: "cloudresourcemanager.googleapis.com", Has: v1Path.MatchString, Surface: func(path string) frame.Surface {
			if !v1Path.MatchString(path) {
				return frame.Surface{}
			}
			return frame.Surface{Handler: http.HandlerFunc(s.serveV1), Takes: frame.JSON, Challenge: frame.Google, Refuse: refuse}
		}},
	}, nil
}
