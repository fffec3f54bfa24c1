package builder

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// attempts is how often an app is started that is slower than its budget allows, before
// that counts: other steps may have had the machine meanwhile.
const attempts = 3

// Timed is Start, with the exact time to the first answer: the shortest of several where it
// is longer than allowed.
func Timed(ctx context.Context, d *docker.Client, o StartOptions, allowed float64, out io.Writer) (s plan.Started, err error) {
	o.Exact = true
	for range attempts {
		one, err := Start(ctx, d, o, out)
		if err != nil {
			return s, err
		}
		if s.Seconds == 0 || one.Seconds < s.Seconds {
			s = one
		}
		if s.Seconds <= allowed {
			break
		}
	}
	return s, nil
}

// Size is what an image of this Docker has, unpacked.
func Size(ctx context.Context, d *docker.Client, ref string, pull Pull) (bytes int64, err error) {
	img, err := here(ctx, d, ref, pull)
	return img.Size, err
}

// Warn adds to what a start warns of.
func Warn(s *plan.Started, text string, out io.Writer) {
	s.Warning = strings.TrimPrefix(s.Warning+"; "+text, "; ")
	fmt.Fprintln(out, "warning: "+text)
}

// Hold holds what was measured against a budget: more is an error of kind Build, or a
// warning.
func Hold(s *plan.Started, b *plan.Budget, out io.Writer) error {
	over := b.Over(*s)
	switch {
	case over == "":
		return nil
	case !b.Warns:
		return errs.New(errs.Build, "`gcpdeploy start --profile` says what it goes into; raise the budget, or set `budget.over: warn`.", "over budget: %s", over)
	}
	Warn(s, "over budget: "+over, out)
	return nil
}
