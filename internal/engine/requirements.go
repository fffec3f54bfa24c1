package engine

import (
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/requirements"
)

// ReadRequirements tells how requirement files are read; without any those of
// the app.
func ReadRequirements(from config.Input, files []string) (requirements.Report, error) {
	if len(files) > 0 {
		return requirements.Read(from.Dir, files, from.Lookup)
	}
	c, err := config.Load(from)
	if err != nil {
		return requirements.Report{}, err
	}
	var in plan.Inputs
	err = Requirements(c, &in, from.Lookup)
	return requirements.ReportOf(in.Closure, err), err
}
