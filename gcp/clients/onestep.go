package clients

import (
	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// OneStep is a run of this program, with these arguments, as the one step of a build
// that is made as the configuration says. builder is the builder image's digest.
func (s *Set) OneStep(builder string, args []string) cloudbuild.Step {
	c := s.Config
	place := plan.Place{Project: c.Project, Region: c.Home()}
	return cloudbuild.Step{
		Builder: s.reg.Repository() + "/" + plan.Builder + "@" + builder,
		Args:    args, Env: s.access.Endpoints.Environment(),
		Project: c.Project, Options: plan.OptionsOf(c.Build, place),
	}
}

// OneStepConfig is OneStep in a file, as gcloud and triggers read it.
func (s *Set) OneStepConfig(builder string, args []string, asJSON bool) ([]byte, error) {
	step := s.OneStep(builder, args)
	if err := cloudbuild.FitsOneStep(step); err != nil {
		return nil, err
	}
	return cloudbuild.OneStepConfig(step, asJSON)
}
