package cmd

import (
	"fmt"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// headline is what a plan leads to.
func headline(to release.Kind, p plan.Plan) string {
	if p.Goal == plan.GoalTest {
		return fmt.Sprintf("%s → tests, no release, %s, %s", p.Service, p.Release.Project, p.Release.Region)
	}
	return fmt.Sprintf("%s → %s, %s, %s", p.Service, to.Title, p.Release.Project, p.Release.Region)
}

// reportNotes prints what there is to say of an app and its plan.
func reportNotes(r ui.Reporter, app *engine.App, p plan.Plan) {
	for _, w := range app.Tree.Warnings {
		r.Warn(w)
	}
	for _, n := range p.Notes {
		r.Note(n)
	}
	if changed := p.Changed(); changed != "" {
		r.Note("changes: " + changed)
	}
}

// reportKeys prints a line for each shared image: hit or miss, and why.
func reportKeys(r ui.Reporter, p plan.Plan) {
	for _, k := range sharedKeys(p.Keys) {
		if k.Status.Status == plan.None {
			continue
		}
		detail := key.Short(k.Key)
		if k.Reason != "" {
			detail = strings.TrimSpace(detail + "  " + k.Reason)
		}
		r.Done(ui.Stage{Name: k.name, Status: k.Status.Status, Detail: detail})
	}
}

// namedStatus is how an image's key stands.
type namedStatus struct {
	name string
	plan.Status
}

func sharedKeys(k plan.Statuses) []namedStatus {
	return []namedStatus{{plan.Wheels, k.Wheels}, {plan.Runtime, k.Runtime}, {plan.TestEnv, k.TestEnv}}
}
