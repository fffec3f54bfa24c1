package clients

import (
	"context"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// Made is what an app's image, by digest, says it was made from. ok is false where it
// says nothing: it is another's, or gone.
func (s *Set) Made(ctx context.Context, image string) (made plan.Made, ok bool, err error) {
	name, ours := strings.CutPrefix(image, s.reg.Repository()+"/")
	name, digest, byDigest := strings.Cut(name, "@")
	if !ours || !byDigest {
		return made, false, nil
	}
	labels, err := s.reg.Labels(ctx, name, digest)
	if err != nil {
		if errs.KindOf(err) == errs.NotFound {
			err = nil
		}
		return made, false, err
	}
	made, ok = (inventory.Image{Labels: labels}).Made()
	return made, ok, nil
}

// Pause waits before something is looked at again; the error is that ctx has ended.
func (s *Set) Pause(ctx context.Context) error {
	return poll.Sleep(ctx, s.access.Clock, s.access.Backoff(s.access.Endpoint(gcp.ArtifactRegistry)).Max)
}
