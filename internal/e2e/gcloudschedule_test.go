package e2e

import (
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
)

// TestGcloudSchedule: the real gcloud shows what `schedule create` made, runs it, and
// what it changes is seen.
func TestGcloudSchedule(t *testing.T) {
	t.Parallel()
	n := newNightly(t)
	g := gcloudtest.New(t, n.server, project, "")
	const on = " --location=" + region
	g.All(t,
		gcloudtest.Want{Command: "scheduler jobs list" + on, Has: []string{"hello-wheels-refresh", "0 3 * * * (Etc/UTC)", "ENABLED"}},
		gcloudtest.Want{Command: "scheduler jobs describe hello-wheels-refresh" + on, Has: []string{"serviceAccountEmail: " + scheduler, "Content-Type: application/json", "/v1/projects/demo/locations/europe-west1/builds"}},
		gcloudtest.Want{Command: "scheduler jobs run hello-wheels-refresh" + on},
	)
	until(t, "the build ends", func() bool {
		all := n.scheduled()
		return len(all) == 1 && all[0].GetStatus() == cloudbuildpb.Build_SUCCESS
	})
	g.All(t, gcloudtest.Want{Command: "scheduler jobs pause hello-wheels-refresh" + on})
	if l := n.list(t); l.State != "paused" || l.Result == nil {
		t.Errorf("%+v", l)
	}
}
