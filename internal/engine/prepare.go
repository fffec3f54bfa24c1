package engine

import (
	"context"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Prepared is all that a plan's build is made of, for somebody else to submit.
type Prepared struct {
	Plan   plan.Plan
	Source Source
	Tags   []string
}

// Prepare plans as Plan does, and gives what Apply would submit. It changes
// nothing, so a build that has to be preceded by a change is refused.
func (e *Engine) Prepare(ctx context.Context, app *App) (Prepared, error) {
	p, err := e.Plan(ctx, app.App)
	switch {
	case err != nil:
		return Prepared{}, err
	case p.NothingToDo:
		return Prepared{}, errs.New(errs.Usage, "See `gcpdeploy plan`.", "there is nothing to do, so there is no build: %s serves this source and configuration", p.Current.Revision)
	case slices.ContainsFunc(p.Secrets, func(s plan.Secret) bool { return s.Ours }):
		return Prepared{}, errs.New(errs.Usage, "Keep a netrc file in Secret Manager and name it with wheels.netrc_secret, or run `gcpdeploy up`.",
			"the build needs logins of package indexes, which only `gcpdeploy up` sends")
	}
	src, err := app.Archive(p)
	if err != nil {
		return Prepared{}, err
	}
	return Prepared{p, src, tags(p, src)}, nil
}
