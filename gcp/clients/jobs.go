package clients

import (
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Jobs is the target as one that has jobs.
func (s *Set) Jobs() (release.Jobs, error) {
	if jobs, ok := s.Target().(release.Jobs); ok {
		return jobs, nil
	}
	return nil, errs.New(errs.Usage, "Use another target, or a command of the app's own.", "%s has no jobs", s.Kind().Title)
}
