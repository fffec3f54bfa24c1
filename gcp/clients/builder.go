package clients

import (
	"context"

	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// BuilderDigest is the builder image of this program in the repository. The emulators
// get it where they have none.
func (s *Set) BuilderDigest(ctx context.Context) (digest string, err error) {
	e := s.engine(ui.Quiet())
	if s.local {
		e.PushBuilder = s.pushBuilder
	}
	return e.Builder(ctx, plan.App{})
}

// pushBuilder puts this program into the repository, so that builds can use it as
// a step, and gives its digest.
func (s *Set) pushBuilder(ctx context.Context) (digest string, err error) {
	if err := s.reg.EnsureRepository(ctx, nil); err != nil {
		return "", err
	}
	version := s.deps.Version()
	img, err := registry.BuilderImage(s.deps.Exe, map[string]string{"dev.gcpdeploy.version": version})
	if err != nil {
		return "", err
	}
	return s.reg.Push(ctx, plan.Builder, version, img)
}
