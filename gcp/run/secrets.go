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
	type use struct{ at, ref string }
	var uses []use
	for _, name := range slices.Sorted(maps.Keys(s.Secrets)) {
		uses = append(uses, use{"run.secrets: " + name, s.Secrets[name]})
	}
	for _, j := range s.Jobs {
		for _, name := range slices.Sorted(maps.Keys(j.Secrets)) {
			uses = append(uses, use{"jobs." + j.Name + ".secrets: " + name, j.Secrets[name]})
		}
	}
	found := make([]error, len(uses)) // so that it is always the first one that is told
	var g errgroup.Group
	for n, u := range uses {
		g.Go(func() error {
			found[n] = t.checkSecret(ctx, s.Project, u.at, u.ref)
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

func (t Target) checkSecret(ctx context.Context, project, at, ref string) error {
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
			"%s: there is no secret %s in project %s", at, name, in)
	case secretmanager.NoVersion:
		return errs.New(errs.Usage, "Add one with "+add+", or name one that is there.",
			"%s: the secret %s has no version %s", at, name, version)
	case secretmanager.Unreadable:
		return errs.New(errs.Usage, "Enable it, or add another with "+add+".",
			"%s: version %s of the secret %s is disabled or destroyed", at, version, name)
	}
	return nil
}
