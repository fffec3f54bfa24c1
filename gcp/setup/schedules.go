package setup

import (
	"slices"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
)

// Schedules is what schedules need, beyond what deploys do, in the order in which it
// is made: the API, the account that posts builds and its roles; where they prune,
// the roles of the builds' account for that.
func Schedules(c Cloud, s Spec, prunes bool) []Resource {
	list := []Resource{apis{c, s.Project, []string{gcp.CloudScheduler.Service()}}}
	for _, a := range accounts(c, s) {
		if a.email == s.Scheduler {
			list = append(list, a)
		}
	}
	pruning := rights.Cases{When: []rights.When{rights.Pruning}, Without: s.Unused}
	for _, on := range []rights.Resource{rights.Project, rights.Repository, rights.BuildsAccount} {
		g := grants{cloud: c, spec: s, on: on}
		g.add(rights.Scheduler, on, rights.Schedule)
		for _, r := range rights.Table() {
			grant := project.Grant{Role: r.Role, Member: "serviceAccount:" + s.Builds}
			if prunes && r.Who == rights.Builds && r.When == rights.Pruning && pruning.Need(r) && r.On == on && !slices.Contains(g.grants, grant) {
				g.grants = append(g.grants, grant)
			}
		}
		if len(g.grants) > 0 {
			list = append(list, g)
		}
	}
	return list
}
