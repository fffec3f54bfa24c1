package builder

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/ask"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// after asks the service, which has the traffic, for what it must answer then. That it
// does not in time is an error; who may not ask finds nothing wrong, and says so.
func (to To) after(ctx context.Context, p plan.Plan, r release.Released, out io.Writer) error {
	want := p.Check.After
	if want == nil || r.Percent == 0 {
		return nil
	}
	if r.Hidden != "" {
		fmt.Fprintf(out, "release.check is not asked: %s\n", r.Hidden)
		return nil
	}
	question := ask.Question{URL: r.URL + want.Path, Contains: want.Body}
	if r.Private {
		who, err := to.Authorization(ctx, cmp.Or(r.Audience, r.URL))
		if err != nil {
			fmt.Fprintf(out, "release.check is not asked: the service is private, and %v\n", err)
			return nil
		}
		question.Header, question.Value = who.Name, who.Value
	}
	limit := time.Duration(want.Seconds) * time.Second
	began, late := to.Clock.Now(), false
	var reply ask.Reply
	err := poll.Until(ctx, to.Clock, pauses, func(ctx context.Context) (bool, error) {
		ctx, cancel := context.WithTimeoutCause(ctx, limit, errNoAnswer)
		defer cancel()
		reply = ask.HTTP(ctx, question)
		if want.Takes(reply.Status) && (want.Body == "" || reply.Has) {
			return true, nil
		}
		late = to.Clock.Now().Sub(began) >= limit
		return late, nil
	})
	switch {
	case err != nil:
		return err
	case !late:
		fmt.Fprintf(out, "release.check: the service answers %s\n", status(want.Path, reply))
		return nil
	case reply.Status == 0:
		return fmt.Errorf("%s is not answered%s", want.Path, because(reply.Err))
	}
	return fmt.Errorf("it answers %s; release.check wants %s%s", status(want.Path, reply), want.Wants(), because(reply.Line))
}
