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

// Check refuses secrets that are not there, for which the rollout would fail and say that
// somebody may not read them, and settings that Cloud Run does not take.
func (t Target) Check(ctx context.Context, s release.Spec, now release.Service) error {
	if err := t.checkSecrets(ctx, s); err != nil {
		return err
	}
	return t.validate(ctx, s, now)
}

func (t Target) checkSecrets(ctx context.Context, s release.Spec) error {
	uses := secretUses("run.secrets", s.Secrets)
	beside, err := usesBeside(s)
	if err != nil {
		return err
	}
	uses = append(uses, beside...)
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

// secretUse is a secret that is used, and the place in the configuration that says so.
type secretUse struct{ at, ref string }

func secretUses(key string, secrets map[string]string) (uses []secretUse) {
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		uses = append(uses, secretUse{key + ": " + name, secrets[name]})
	}
	return uses
}

// usesBeside are those of sidecars and jobs.
func usesBeside(s release.Spec) (uses []secretUse, err error) {
	o, err := optionsOf(s)
	for _, name := range slices.Sorted(maps.Keys(o.Sidecars)) {
		uses = append(uses, secretUses("run.sidecars."+name+".secrets", o.Sidecars[name].Secrets)...)
	}
	for _, j := range s.Jobs {
		uses = append(uses, secretUses("jobs."+j.Name+".secrets", j.Secrets)...)
	}
	return uses, err
}

// secretsBeside are the secrets alone.
func secretsBeside(s release.Spec) (refs []string) {
	uses, _ := usesBeside(s) // what cannot be read is told where it is released
	for _, u := range uses {
		refs = append(refs, u.ref)
	}
	return refs
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
