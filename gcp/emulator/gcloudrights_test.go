package emulator_test

import (
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
)

// TestGcloudRights: gcloud as somebody who may only look is let look, and told
// which right lacks for more, in Cloud Run's first version, too.
func TestGcloudRights(t *testing.T) {
	t.Parallel()
	s := startGuarded(t, frame.Projects{}, echo{})
	s.must("POST", "/v2/projects/my-project/locations/europe-west1/services?serviceId=hello", `{"template":{"containers":[{"image":"example.com/app:1"}]}}`)
	s.grant(p, binding("roles/run.viewer", ada))
	g := gcloudtest.New(t, s.Server, "my-project", gcloudtest.File(t, "token", s.Token(ada)))
	g.All(t,
		want{Command: "run services list", Has: []string{"hello"}},
		want{Command: "run services delete hello --region=europe-west1 --quiet", Has: []string{"run.services.delete"}, Fails: true},
		want{Command: "secrets list", Has: []string{"secretmanager.secrets.list"}, Fails: true},
	)
}
