package builder

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// worse is how much more of its requests must go badly than of what serves beside it, for
// that to be the revision's own fault: with less, a database that is down would end every
// release, and going back from it would help nobody.
const worse = 1.5

// judge says how the requests to a revision were answered since a step began, and whether
// that ends it.
func (to To) judge(ctx context.Context, p plan.Plan, revision, old string, since time.Time) (says string, bad bool) {
	c := p.Check.Canary
	now, err := to.asked(ctx, p.Release, revision, since)
	switch {
	case err != nil:
		return "its requests cannot be judged: " + strings.TrimSpace(err.Error()+" "+errs.HintOf(err)), false
	case now.asked < c.Requests:
		return fmt.Sprintf("it was asked %d times, too seldom to be judged by that", now.asked), false
	}
	failing := now.share() > c.MaxErrors
	slow := c.MaxLatency > 0 && now.slow.Seconds() > c.MaxLatency
	if !failing && !slow {
		return now.String(), false
	}
	says = now.String()
	was, err := to.asked(ctx, p.Release, old, since)
	if err == nil && was.asked >= c.Requests {
		says += "; " + old + " meanwhile: " + was.String()
		failing = failing && now.share() > worse*was.share()
		slow = slow && now.slow.Seconds() > worse*was.slow.Seconds()
	}
	switch {
	case failing:
		return fmt.Sprintf("%s; more than %g %% are too many; %s", says, c.MaxErrors, now.example), true
	case slow:
		return fmt.Sprintf("%s; more than %gs is too slow", says, c.MaxLatency), true
	}
	return says + "; it is not the release that is to blame", false
}

// record is how requests to a revision were answered.
type record struct {
	asked, failed int
	slow          time.Duration // that 95 % of them were answered within
	example       string        // one that failed
}

// share is how many failed, in percent.
func (r record) share() float64 { return float64(r.failed) * 100 / float64(max(r.asked, 1)) }

func (r record) String() string {
	return fmt.Sprintf("%d of %d requests failed, 95 %% were answered within %v", r.failed, r.asked, r.slow.Round(time.Millisecond))
}

// asked is how the last requests to a revision since a time were answered.
func (to To) asked(ctx context.Context, s release.Spec, revision string, since time.Time) (r record, err error) {
	var times []time.Duration
	err = to.Logs(ctx, s, release.Query{Limit: judged, Since: since, Revision: revision, Requests: &release.Requests{}}, func(l release.Line) error {
		if l.Request == nil {
			return nil
		}
		times = append(times, l.Request.Latency)
		if l.Request.Status >= 500 {
			r.failed++
			r.example = fmt.Sprintf("%s %s %d", l.Request.Method, l.Request.URL, l.Request.Status)
		}
		return nil
	})
	if r.asked = len(times); err == nil && r.asked > 0 {
		slices.SortFunc(times, cmp.Compare)
		r.slow = times[r.asked*95/100]
	}
	return r, err
}
