package e2e

import (
	"strings"
	"testing"

	cloud "github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
)

// TestLeastRightsOfPromotion: somebody who may deploy lacks the rights by which builds
// release. Each is told, with its role, until all are there: the table's, and no more.
func TestLeastRightsOfPromotion(t *testing.T) {
	t.Parallel()
	w := newWalk(t)
	w.settings(t, "start: {path: /}\nenvironments: {staging: {service: hello-staging}}\n")
	w.setup(t)
	w.command(t.Context(), w.of("up", "--env", "staging", "--json")).wait(t, 0)
	on := map[rights.Resource]granted{
		rights.Project:    {on: w.Itself(), name: "project " + project},
		rights.Repository: {on: w.Repository(region, "gcpdeploy"), name: "repository gcpdeploy"},
		rights.AppAccount: {on: w.ServiceAccount(runs), name: runs},
	}
	given := map[rights.Grant]bool{}
	for _, r := range rights.Table() {
		g, at := rights.Grant{Role: r.Role, On: r.On}, on[r.On]
		if r.Who != rights.Person || r.When != rights.Promotion || r.Optional || given[g] || strings.HasPrefix(r.Permission, "appengine.") {
			continue
		}
		given[g] = true
		exit, text := w.try(t, "promote", "--from", "staging")
		says(t, text, g.Role, at.name, deployer)
		if exit != 4 {
			t.Errorf("without %s it ends with %d", g.Role, exit)
		}
		if err := w.Change(t.Context(), at.on, func(p *cloud.Policy) bool {
			return p.Add(cloud.Grant{Role: g.Role, Member: "serviceAccount:" + deployer})
		}); err != nil {
			t.Fatal(err)
		}
	}
	if len(given) != 3 {
		t.Errorf("the table has %v", given)
	}
	exit, text := w.try(t, "promote", "--from", "staging")
	if exit != 0 || strings.Contains(text, "roles/") {
		t.Errorf("with all of them it ends with %d:\n%s", exit, text)
	}
	if got := w.plan(t, w.app); !got.NothingToDo {
		t.Errorf("a deploy of the same source would do %v", got.Steps)
	}
}
