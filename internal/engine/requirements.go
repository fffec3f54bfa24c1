package engine

import (
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
)

// ReadRequirements tells how requirement files are read; without any those of
// the app.
func ReadRequirements(from config.Input, files []string) (closure.Report, error) {
	if len(files) > 0 {
		return closure.Read(from.Dir, files, from.Lookup)
	}
	c, err := config.Load(from)
	if err != nil {
		return closure.Report{}, err
	}
	read, _, err := Requirements(c, from.Lookup)
	return closure.ReportOf(read, err), err
}
