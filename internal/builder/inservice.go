package builder

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/ask"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// refusals is how often no answer is taken for one that may come yet, and pauses
// how long that is waited for: some four seconds, for people are served meanwhile.
const refusals = 5

var errNoAnswer = errors.New("no answer in time")

var pauses = poll.Backoff{Initial: 300 * time.Millisecond, Factor: 2, Max: 2 * time.Second}

// answers asks what was released, where it serves. What is asked before the app,
// who may call or the way there, is no fault of the app's, and at most a warning.
func (to To) answers(ctx context.Context, p plan.Plan, r *release.Released, out io.Writer) error {
	want := p.Check.Answer
	if want == nil || want.Protocol != config.HTTP {
		return nil
	}
	if r.Hidden != "" {
		fmt.Fprintf(out, "not asked whether it answers: %s\n", r.Hidden)
		return nil
	}
	question := ask.Question{URL: r.URL + want.URLPath()}
	if r.Private {
		who, err := to.Authorization(ctx, cmp.Or(r.Audience, r.URL))
		if err != nil {
			fmt.Fprintf(out, "not asked whether it answers: the service is private, and %s\n", strings.TrimSpace(err.Error()+" "+errs.HintOf(err)))
			return nil
		}
		question.Header, question.Value = who.Name, who.Value
	}
	limit := time.Duration(p.Check.Timeout) * time.Second
	for range questions(r.Percent) {
		reply, err := to.ask(ctx, question, limit, want)
		if err != nil {
			return err
		}
		switch says := "what was released answers " + status(want.URLPath(), reply) + because(reply.Line); {
		case reply.Status == 0:
			warn(r, "what was released could not be asked"+because(reply.Err))
			return nil
		case reply.Status == 401, reply.Status == 403: // of those who may call
			if r.Private {
				fmt.Fprintf(out, "not known whether it answers: the service is private, and %s needs %s %s, or on the project %s (%s)\n",
					to.Asks, to.Invoke, p.Release.Service, p.Release.Project, reply)
				return nil
			}
		case want.Doubts(reply.Status), !want.Takes(reply.Status):
			warn(r, says)
			return nil
		}
	}
	return nil
}

// questions is how many are asked, so that one of them comes to a revision with
// that share of the traffic as good as surely. One without any that is asked has a URL of
// its own.
func questions(percent int) int {
	if percent >= 100 || percent == 0 {
		return 1
	}
	return min(50, 500/percent)
}

// ask gives the app's answer, or one of no status where the app could not be
// reached. It is an error where the app gives none, or one of its own that is a
// fault on a path that somebody named.
func (to To) ask(ctx context.Context, question ask.Question, limit time.Duration, want *plan.Answer) (reply ask.Reply, err error) {
	failed := 0
	err = poll.Until(ctx, to.Clock, pauses, func(ctx context.Context) (bool, error) {
		ctx, cancel := context.WithTimeoutCause(ctx, limit, errNoAnswer)
		defer cancel()
		reply = ask.HTTP(ctx, question)
		fault := reply.Status >= 500 && !want.Doubts(reply.Status) && !want.Takes(reply.Status)
		none := reply.Status == 0 && reply.Sent || to.Front != nil && to.Front(reply.Status, reply.Line)
		if !fault && !none {
			return true, nil
		}
		if failed++; failed < refusals && ctx.Err() == nil {
			return false, nil
		}
		if reply.Status == 0 {
			return false, fmt.Errorf("%s is not answered%s", want.URLPath(), because(reply.Err))
		}
		return false, fmt.Errorf("it answers %s%s", status(want.URLPath(), reply), because(reply.Line))
	})
	return reply, err
}

func warn(r *release.Released, text string) {
	r.Warning = strings.TrimPrefix(r.Warning+"; "+text, "; ")
}

// takeBack gives the traffic back to what served before, and says why.
func (to To) takeBack(ctx context.Context, s release.Spec, r release.Released, by release.Run, why error, out io.Writer) error {
	if ctx.Err() != nil { // a cancel says nothing of the app
		return context.Cause(ctx)
	}
	to.showLog(ctx, s, r.Revision, out)
	if s.NoTraffic && r.Percent == 0 {
		return errs.New(errs.Build, "See the app's output above; what is asked is set under `start`.", "%s has no traffic, and would not serve: %w", r.Revision, why)
	}
	before, err := to.Return(ctx, s, r, by)
	const hint = "See the app's output above, or run `gcpdeploy logs`; what is asked is set under `start`."
	switch {
	case err != nil:
		return errs.New(errs.Build, "Run `gcpdeploy status`, and give the traffic to a revision that answers.",
			"%s does not serve, %w, and what served before does not again: %w", r.Revision, why, err)
	case len(before) == 0:
		return errs.New(errs.Build, hint, "%s does not serve, %w; there is no earlier revision to go back to", r.Revision, why)
	}
	var names []string
	for _, b := range before {
		names = append(names, b.Revision)
	}
	return errs.New(errs.Build, hint, "%s does not serve, %w; the traffic is back at %s", r.Revision, why, strings.Join(names, ", "))
}

// showLog prints the newest of what a revision wrote, and gives it.
func (to To) showLog(ctx context.Context, s release.Spec, revision string, out io.Writer) string {
	fmt.Fprintln(out, "the app's output:")
	var text strings.Builder
	out = io.MultiWriter(out, &text)
	err := to.Logs(ctx, s, release.Query{Limit: shownLines, Revision: revision}, func(l release.Line) error {
		_, err := fmt.Fprintln(out, l.Text)
		return err
	})
	if err != nil {
		fmt.Fprintf(out, "it could not be read: %v\n", err)
	}
	return text.String()
}
