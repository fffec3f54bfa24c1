package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	cloud "github.com/gcpdeploy/gcpdeploy/gcp/project"
)

// TestLeastRightsOfVersions is TestLeastRights of a project that releases to App Engine
// alone: of what the targets do not share.
func TestLeastRightsOfVersions(t *testing.T) {
	t.Parallel()
	w := &walk{world: emptyWorld(t)}
	w.start(t, func(o *emulator.Options) {
		o.Projects, o.Rights = frame.Projects{Known: []string{project}, New: true}, true
	})
	w.connect(t)
	w.Client = cloud.New(w.access, project)
	if err := w.Enable(t.Context(), []string{gcp.IAM.Service()}); err != nil {
		t.Fatal(err)
	}
	if err := w.CreateAccount(t.Context(), deployer, cloud.Account{}); err != nil {
		t.Fatal(err)
	}
	w.settings(t, "target: app-engine\napp_engine: {location: europe-west, service: default}\nstart: {path: /}\n")
	w.setup(t)
	w.without(t, slices.DeleteFunc(w.granted(t), func(g granted) bool {
		switch g.Role {
		case "roles/logging.logWriter", "roles/monitoring.metricWriter": // the emulators' machines write neither as anybody
			return true
		}
		return !strings.HasPrefix(g.Role, "roles/appengine.") && g.name != runs // images are pulled as the service agent here
	}))
}
