package worker

import (
	"context"
	"slices"
	"strings"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// NeedsSecrets says whether a build uses Secret Manager or KMS.
func NeedsSecrets(b *cloudbuildpb.Build) bool { return len(secretNames(b)) > 0 }

// resolveSecrets fetches the values of availableSecrets before the first step.
func (r *run) resolveSecrets(ctx context.Context) error {
	if !NeedsSecrets(r.b) {
		return nil
	}
	if len(r.b.Secrets) > 0 || len(r.b.GetAvailableSecrets().GetInline()) > 0 {
		return unavailable("secrets encrypted with Cloud KMS cannot be read here", nil)
	}
	if r.o.Secrets == nil {
		return unavailable("Secret Manager cannot be read here", nil)
	}
	r.secrets = map[string]string{}
	for _, s := range r.b.GetAvailableSecrets().GetSecretManager() {
		value, err := r.o.Secrets(ctx, s.VersionName)
		if err != nil {
			return unavailable("failed to access secret version for secret "+s.VersionName, err)
		}
		r.secrets[s.Env] = value
	}
	return nil
}

func unavailable(what string, err error) error {
	if err != nil {
		what += ": " + err.Error()
	}
	err = errs.New(errs.Usage, "Run without availableSecrets, or pass the value in the step's env.", "%s", what)
	return &failure{status: cloudbuildpb.Build_FAILURE, detail: what, log: what, err: err}
}

func checkSecrets(b *cloudbuildpb.Build) error {
	field := func(format string, args ...any) error {
		return invalid("invalid .secrets field: "+format, args...)
	}
	global := b.GetOptions().GetSecretEnv()
	used := map[string]bool{}
	for _, name := range global {
		if used[name] {
			return field("Build uses global secretEnv %q more than once", name)
		}
		used[name] = true
	}
	for i, s := range b.Steps {
		mine := map[string]bool{}
		for _, name := range s.SecretEnv {
			switch {
			case slices.Contains(global, name):
				return field("Step %d uses the global secretEnv %q", i, name)
			case mine[name]:
				return field("Step %d uses the secretEnv %q more than once", i, name)
			}
			mine[name], used[name] = true, true
		}
		for _, e := range slices.Concat(b.GetOptions().GetEnv(), s.Env) {
			k, _, _ := strings.Cut(e, "=")
			if mine[k] || slices.Contains(global, k) {
				return field("step %d has secret and non-secret env %q", i, k)
			}
		}
	}
	defined := map[string]bool{}
	for _, name := range secretNames(b) {
		if defined[name] {
			return field("secretEnv %q is defined more than once", name)
		}
		defined[name] = true
		if !used[name] {
			return field("secretEnv %q is defined without being used", name)
		}
	}
	for _, name := range sortedKeys(used) {
		if !defined[name] {
			return field("secretEnv %q is used without being defined", name)
		}
	}
	if len(defined) > MaxSecretEnvs {
		return field("build defines more than %d secret values", MaxSecretEnvs)
	}
	return nil
}

func secretNames(b *cloudbuildpb.Build) (names []string) {
	for _, s := range b.Secrets {
		names = append(names, sortedKeys(s.SecretEnv)...)
	}
	for _, s := range b.GetAvailableSecrets().GetInline() {
		names = append(names, sortedKeys(s.EnvMap)...)
	}
	for _, s := range b.GetAvailableSecrets().GetSecretManager() {
		names = append(names, s.Env)
	}
	return names
}
