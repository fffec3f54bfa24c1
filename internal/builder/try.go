package builder

import (
	"cmp"
	"context"
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
	"github.com/gcpdeploy/gcpdeploy/internal/serving"
)

// Try brings the image up beside what serves, and sees it answer there, with the service's
// own secrets, account and network. asked is false where it is up, and may not be asked by
// who builds. What it says goes to out; its error is of kind Build when the app is to blame.
func Try(ctx context.Context, reg Registry, to To, p plan.Plan, ref string, by release.Run, out io.Writer) (s plan.Started, asked bool, err error) {
	digest, err := resolve(ctx, reg, ref)
	if err != nil {
		return s, false, err
	}
	begin := time.Now()
	r, err := to.comeUp(ctx, p, p.Release.Image+"@"+digest, by, out)
	if err != nil {
		return s, false, err
	}
	if r.Superseded != "" { // which the release says
		fmt.Fprintf(out, "superseded by %s\n", r.Superseded)
		return s, true, nil
	}
	says := r.Revision + " is up beside what serves"
	if want := p.Check.Answer; want.Protocol == config.HTTP {
		reply, err := to.tried(ctx, p, r)
		switch {
		case err != nil:
			return s, false, to.discard(ctx, p.Release, r, err, out)
		case reply.Status == 0:
			fmt.Fprintf(out, "%s; it cannot be asked: %s\n", says, reply.Err)
			return s, false, nil
		case want.Doubts(reply.Status):
			s.Warning = "the app answers " + status(want.URLPath(), reply) + because(reply.Line)
			fmt.Fprintln(out, "warning: "+s.Warning)
		}
		says += ", answers " + status(want.URLPath(), reply)
	}
	fmt.Fprintf(out, "%s after %.1fs\n", says, time.Since(begin).Seconds())
	return s, true, nil
}

// comeUp brings the image up, which may take as long as an app may take to answer.
func (to To) comeUp(ctx context.Context, p plan.Plan, image string, by release.Run, out io.Writer) (release.Released, error) {
	limit := time.Duration(p.Check.Timeout) * time.Second
	limited, cancel := context.WithTimeoutCause(ctx, limit, errNoAnswer)
	defer cancel()
	r, err := to.Try(limited, p.Release, image, by, func(text string) { fmt.Fprintln(out, text) })
	if err == nil || ctx.Err() != nil || limited.Err() == nil {
		return r, err
	}
	return r, to.discard(ctx, p.Release, r, errs.New(errs.Build,
		fmt.Sprintf("Make the app listen on 0.0.0.0:$PORT (%d); raise start_timeout if it needs longer, or set `start: false`.", p.Release.Port),
		"the app did not listen on 0.0.0.0:%d within %v", p.Release.Port, limit), out)
}

// tried is what the revision answers once that is what is wanted. A status of 0 is that
// this is not for who builds to see: Err says why.
func (to To) tried(ctx context.Context, p plan.Plan, r release.Released) (reply ask.Reply, err error) {
	want := p.Check.Answer
	question := ask.Question{URL: r.URL + want.URLPath()}
	if r.Private {
		who, err := to.Authorization(ctx, cmp.Or(r.Audience, r.URL))
		if err != nil {
			return ask.Reply{Err: strings.TrimSpace(err.Error() + " " + errs.HintOf(err))}, nil
		}
		question.Header, question.Value = who.Name, who.Value
	}
	limit := time.Duration(p.Check.Timeout) * time.Second
	began, late := to.Clock.Now(), false
	answered := began // when it gave an answer last, be it a wrong one
	failing := ""
	err = poll.Until(ctx, to.Clock, pauses, func(ctx context.Context) (bool, error) {
		reply, failing = to.askTried(ctx, p, r, question)
		if r.Private && (reply.Status == 401 || reply.Status == 403) {
			reply = ask.Reply{Err: "the service is private, and " + to.Asks + " needs " + to.Invoke + " " + p.Release.Service}
			return true, nil
		}
		none := reply.Status == 0 || to.Front != nil && to.Front(reply.Status, reply.Line)
		if !none && (want.Takes(reply.Status) || want.Doubts(reply.Status)) {
			return true, nil
		}
		now := to.Clock.Now()
		if !none {
			answered = now
		}
		if failing == "" {
			failing = to.failing(ctx, p.Release, r.Revision)
		}
		if failing != "" {
			return true, nil
		}
		late = now.Sub(began) > limit || now.Sub(answered) > patienceDropped
		return late, nil
	})
	switch {
	case err == nil && failing != "":
		return reply, errs.New(errs.Build, ownOutput, "the app does not start its workers, %q", failing)
	case err != nil || !late:
		return reply, err
	case reply.Status == 0:
		return reply, errs.New(errs.Build, "Raise start_timeout if it needs longer.", "%s is not answered%s", want.URLPath(), because(reply.Err))
	}
	return reply, errs.New(errs.Build, "Mend it, or say under `start` which path and status to look for.",
		"the app answers %s; wanted is %s%s", status(want.URLPath(), reply), want.Wants(), because(reply.Line))
}

// askTried asks once, and reads the log for as long as there is no answer: a server whose
// workers do not start may take the question, and never answer it.
func (to To) askTried(ctx context.Context, p plan.Plan, r release.Released, question ask.Question) (reply ask.Reply, failing string) {
	ctx, cancel := context.WithTimeoutCause(ctx, time.Duration(p.Check.Timeout)*time.Second, errNoAnswer)
	defer cancel()
	found := make(chan string, 1)
	go func() {
		defer close(found)
		again := time.NewTicker(pauses.Max)
		defer again.Stop()
		for {
			select {
			case <-again.C:
			case <-ctx.Done():
				return
			}
			if line := to.failing(ctx, p.Release, r.Revision); line != "" {
				found <- line
				cancel()
				return
			}
		}
	}()
	reply = ask.HTTP(ctx, question)
	cancel()
	return reply, <-found
}

// discard leaves what was tried without a way to it, and says what became of it.
func (to To) discard(ctx context.Context, s release.Spec, r release.Released, why error, out io.Writer) error {
	if ctx.Err() != nil { // a cancel says nothing of the app
		return context.Cause(ctx)
	}
	cause := because(serving.Raised(to.showLog(ctx, s, r.Revision, out)))
	left, err := to.Discard(ctx, s, r.Revision)
	switch {
	case err != nil:
		fmt.Fprintf(out, "%s stays, without traffic: %v\n", r.Revision, err)
	case left != "":
		fmt.Fprintf(out, "%s stays, without traffic: %s\n", r.Revision, left)
	default:
		fmt.Fprintf(out, "%s is removed\n", r.Revision)
	}
	if cause == "" {
		return why
	}
	return errs.New(errs.KindOf(why), errs.HintOf(why), "%w%s", why, cause)
}

// failing is a line of a revision's log that says that its workers do not start; "" = none
// does, or it cannot be read.
func (to To) failing(ctx context.Context, s release.Spec, revision string) (found string) {
	_ = to.Logs(ctx, s, release.Query{Limit: shownLines, Revision: revision}, func(l release.Line) error {
		if l.Request == nil && serving.Failing(l.Text) {
			found = l.Text
		}
		return nil
	})
	return found
}
