package clients

import (
	"context"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// CopyFrom puts an image of another set's repository, by digest, into this one's under a
// name. The repository at Google is made by setup; that of the emulators is here.
func (s *Set) CopyFrom(ctx context.Context, other *Set, image, digest, as string) error {
	err := s.reg.CopyFrom(ctx, other.reg, image, digest, as)
	if !s.local || errs.KindOf(err) != errs.NotFound {
		return err
	}
	if err := s.reg.EnsureRepository(ctx, nil); err != nil {
		return err
	}
	return s.reg.CopyFrom(ctx, other.reg, image, digest, as)
}

// Deploying says whether a build that deploys the service has not ended.
func (s *Set) Deploying(ctx context.Context) (bool, error) {
	_, busy, err := s.builds().Running(ctx, s.serviceTag())
	return busy, err
}
