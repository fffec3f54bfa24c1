package clients

import (
	"cmp"
	"context"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/gcp/inbuild"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/lease"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Run is a run that is no build of its own, and has not ended.
type Run struct {
	lease.Run
	Outer string // id of the Cloud Build that it is a step of; "" = of none
}

// Deploys says whether it releases, and does not only test or refresh.
func (r Run) Deploys() bool {
	return slices.ContainsFunc(r.Tags, func(tag string) bool { return engine.IsServiceTag(tag, r.Service) })
}

// Place is what it runs in, for people.
func (r Run) Place() string { return cmp.Or(r.In, "a Docker of somebody's") }

// Stop says how to stop it: that is done where it runs.
func (r Run) Stop() string {
	switch {
	case r.Outer != "":
		return "Run `gcpdeploy cancel " + r.Outer + "`, which stops all of that build."
	case r.URL != "":
		return "Stop it there: " + r.URL
	}
	return "Stop it where it was started."
}

// See says where its log is.
func (r Run) See() string {
	switch {
	case r.Outer != "":
		return "Run `gcpdeploy logs --build --follow " + r.Outer + "`."
	case r.URL != "":
		return "See " + r.URL
	}
	return "See it where it was started."
}

func runOf(r lease.Run) Run {
	outer, _ := inbuild.Outer(r.ID)
	return Run{r, outer}
}

// Runs are the service's runs that are no builds and have not ended, the oldest first; of those that
// release, the ones to its region.
// Of a step of a Cloud Build, Cloud Build knows when it was killed.
func (s *Set) Runs(ctx context.Context) (own []Run, err error) {
	all, err := s.leases().Runs(ctx)
	for _, l := range all {
		r := runOf(l)
		if r.Service != s.Config.Service || r.Deploys() && !slices.Contains(r.Tags, s.serviceTag()) {
			continue
		}
		if r.Outer != "" {
			if b, err := s.builds().Find(ctx, r.Outer); err == nil && b.Ended() {
				continue
			}
		}
		own = append(own, r)
	}
	return own, err
}

// AwaitRun waits for the end of a run that is no build, or until it is seen to be dead.
func (s *Set) AwaitRun(ctx context.Context, r Run) error {
	_, err := s.leases().Wait(ctx, r.Run)
	return err
}

// Build is one of the project and region, by its ID. Of a run that is a step of a build
// it is that build.
func (s *Set) Build(ctx context.Context, id string) (plan.Outcome, error) {
	at := id
	if outer, ok := inbuild.Outer(id); ok {
		at = outer
	}
	b, err := s.builds().Find(ctx, at)
	if err == nil {
		return b, nil
	}
	all, lerr := s.leases().Runs(ctx)
	if lerr != nil {
		return b, err
	}
	for _, l := range all {
		if r := runOf(l); r.ID == id && r.Outer == "" {
			return b, errs.New(errs.NotFound, r.See(), "run %s is no build of Cloud Build: it runs in %s", id, r.Place())
		}
	}
	return b, err
}
