package lease

import (
	"context"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// looks is the pause between two looks at a lease: short enough to see its tag on
// either image.
var looks = poll.Backoff{Initial: 5 * time.Second}

// Wait waits until a run has ended: it released its lease, or its lease was not
// renewed for as long as Dead. released says which of the two it was.
func (f *Finder) Wait(ctx context.Context, r Run) (released bool, err error) {
	at, since := "", f.clock.Now()
	err = poll.Until(ctx, f.clock, looks, func(ctx context.Context) (bool, error) {
		tags, err := f.registry.Tags(ctx, image)
		if err != nil {
			return false, err
		}
		digest, ok := tags[r.tag()]
		if !ok {
			released = true
			return true, nil
		}
		now, err := f.read(ctx, digest)
		if err != nil {
			return false, err
		}
		switch {
		case now.ID != r.ID || !now.Created.Equal(r.Created):
			released = true
			return true, nil
		case digest != at:
			at, since = digest, f.clock.Now()
		case f.clock.Now().Sub(since) >= Dead:
			f.mu.Lock()
			defer f.mu.Unlock()
			f.waited[r.tag()] = digest
			return true, nil
		}
		return false, nil
	})
	return released, err
}
