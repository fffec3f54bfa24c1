package cloudbuild

import (
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Started is the substitution that carries the run's start into the steps that
// know it. It keeps plans free of clocks.
const Started = "_STARTED"

// Source is where the archive lies. Bucket is without gs://.
type Source struct {
	Bucket, Object string
}

// Spec is the Build message for a plan. Tags are how runs find each other.
func Spec(p plan.Plan, src Source, started time.Time, tags []string) *cloudbuildpb.Build {
	b := &cloudbuildpb.Build{
		Source: &cloudbuildpb.Source{Source: &cloudbuildpb.Source_StorageSource{
			StorageSource: &cloudbuildpb.StorageSource{Bucket: src.Bucket, Object: src.Object},
		}},
		Tags:    tags,
		Options: &cloudbuildpb.BuildOptions{LogStreamingOption: cloudbuildpb.BuildOptions_STREAM_ON},
	}
	for _, s := range p.Steps {
		step := &cloudbuildpb.BuildStep{
			Id: string(s.ID), Name: s.Name, Entrypoint: s.Entrypoint, Args: s.Args, Env: s.Env, SecretEnv: s.SecretEnv,
		}
		for _, before := range s.WaitFor {
			step.WaitFor = append(step.WaitFor, string(before))
		}
		b.Steps = append(b.Steps, step)
		if s.ID == plan.StepPush && p.Options.Provenance {
			// There is provenance of what Cloud Build itself pushes, and of nothing else. Its
			// layers are there by then.
			b.Images = []string{s.Args[len(s.Args)-1]}
			b.Options.RequestedVerifyOption = cloudbuildpb.BuildOptions_VERIFIED
		}
		if s.ID.About().KnowsRun {
			b.Substitutions = map[string]string{Started: started.UTC().Format(time.RFC3339Nano)}
		}
	}
	for _, s := range p.Secrets {
		if b.AvailableSecrets == nil {
			b.AvailableSecrets = &cloudbuildpb.Secrets{}
		}
		b.AvailableSecrets.SecretManager = append(b.AvailableSecrets.SecretManager,
			&cloudbuildpb.SecretManagerSecret{Env: s.Env, VersionName: s.Version})
	}
	options(b, p.Options, p.Release.Project)
	return b
}
