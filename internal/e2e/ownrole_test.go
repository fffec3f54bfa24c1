package e2e

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	cloud "github.com/gcpdeploy/gcpdeploy/gcp/project"
)

// TestRoleOnServiceAlone: somebody whose role on Cloud Run is on the service, and not
// on the project, is told of nothing that lacks.
func TestRoleOnServiceAlone(t *testing.T) {
	t.Parallel()
	w := newWalk(t)
	w.settings(t, "")
	w.setup(t)
	grant := func(on cloud.Resource, how func(*cloud.Policy, cloud.Grant) bool) {
		t.Helper()
		for _, role := range []string{"roles/run.viewer", "roles/run.invoker"} {
			g := cloud.Grant{Role: role, Member: "serviceAccount:" + deployer}
			if err := w.Change(t.Context(), on, func(p *cloud.Policy) bool { return how(p, g) }); err != nil {
				t.Fatal(err)
			}
		}
	}
	grant(w.Itself(), (*cloud.Policy).Remove)
	const lacks = "✗ your rights"
	if exit, got := w.try(t, "doctor"); exit != 1 || !strings.Contains(got, "you have no run.services.get on the project "+project) {
		t.Errorf("before the first deploy, doctor ends with %d:\n%s", exit, got)
	}
	w.command(t.Context(), w.of("up", "--json")).wait(t, 0) // the owner's
	if exit, got := w.try(t, "doctor"); exit != 1 || !strings.Contains(got, lacks) {
		t.Errorf("without a role on the service, doctor ends with %d:\n%s", exit, got)
	}
	grant(cloud.Resource{API: gcp.Run, Path: "v2/projects/" + project + "/locations/" + region + "/services/hello"}, (*cloud.Policy).Add)
	if exit, got := w.try(t, "doctor"); exit != 0 || strings.Contains(got, lacks) {
		t.Errorf("with roles on the service, doctor ends with %d:\n%s", exit, got)
	}
}
