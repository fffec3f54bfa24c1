package e2e

import (
	"slices"
	"strings"
	"testing"
)

// TestLeastRightsOfVersions is TestLeastRights of a project that releases to App Engine
// alone: of what the targets do not share.
func TestLeastRightsOfVersions(t *testing.T) {
	t.Parallel()
	w := newWalk(t)
	w.settings(t, "target: app-engine\napp_engine: {location: europe-west, service: default}\nstart: {path: /}\n")
	w.setup(t)
	w.without(t, slices.DeleteFunc(w.granted(t), func(g granted) bool {
		switch g.Role {
		case "roles/logging.logWriter", "roles/monitoring.metricWriter": // the emulators' machines write neither as anybody
			return true
		}
		return !strings.HasPrefix(g.Role, "roles/appengine.") && g.name != runs // images are pulled as the service agent here
	}))

	// Files that go with a release, which take more than a version does.
	before := w.granted(t)
	w.files = map[string]string{"dispatch.yaml": "dispatch:\n- url: '*/x%d'\n  service: default\n", "cron.yaml": "cron:\n- url: /a%d\n  schedule: every 5 minutes\n"}
	w.change(t)
	w.settings(t, "target: app-engine\napp_engine: {location: europe-west, service: default, dispatch: dispatch.yaml, cron: cron.yaml}\nstart: {path: /}\n")
	w.setup(t)
	more := slices.DeleteFunc(w.granted(t), func(g granted) bool {
		return slices.ContainsFunc(before, func(b granted) bool { return b.Grant == g.Grant && b.name == g.name })
	})
	if len(more) == 0 {
		t.Error("the files need nothing more")
	}
	w.without(t, more)
}
