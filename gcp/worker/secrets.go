package worker

import (
	"context"

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
