package run

import (
	"context"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/gcp/secretmanager"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Check refuses secrets that are not there: the rollout would fail for them, and
// say that somebody may not read them.
func (t Target) Check(ctx context.Context, s release.Spec) error {
	variables := slices.Sorted(maps.Keys(s.Secrets))
	found := make([]error, len(variables)) // so that it is always the first one that is told
	var g errgroup.Group
	for n, variable := range variables {
		g.Go(func() error {
			found[n] = t.checkSecret(ctx, s.Project, variable, s.Secrets[variable])
			return nil
		})
	}
	_ = g.Wait() // none fails
	for _, err := range found {
		if err != nil {
			return err
		}
	}
	return nil
}

func (t Target) checkSecret(ctx context.Context, project, variable, ref string) error {
	secret, version := secretRef(ref)
	if !strings.Contains(secret, "/") {
		secret = "projects/" + project + "/secrets/" + secret
	}
	found, err := t.secrets.Look(ctx, secret, version)
	if err != nil {
		return err
	}
	parts := strings.Split(secret, "/")
	in, name := parts[1], parts[len(parts)-1]
	add := "`gcloud secrets versions add " + name + " --data-file=FILE --project=" + in + "`"
	switch found {
	case secretmanager.NoSecret:
		return errs.New(errs.Usage, "Create it with `gcloud secrets create "+name+" --data-file=FILE --project="+in+"`, or mend the name.",
			"run.secrets: %s: there is no secret %s in project %s", variable, name, in)
	case secretmanager.NoVersion:
		return errs.New(errs.Usage, "Add one with "+add+", or name one that is there.",
			"run.secrets: %s: the secret %s has no version %s", variable, name, version)
	case secretmanager.Unreadable:
		return errs.New(errs.Usage, "Enable it, or add another with "+add+".",
			"run.secrets: %s: version %s of the secret %s is disabled or destroyed", variable, version, name)
	}
	return nil
}
