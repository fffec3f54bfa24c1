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
	r, err := to.Try(ctx, p.Release, p.Release.Image+"@"+digest, by, func(text string) { fmt.Fprintln(out, text) })
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
	until, late := to.Clock.Now().Add(limit), false
	err = poll.Until(ctx, to.Clock, pauses, func(ctx context.Context) (bool, error) {
		ctx, cancel := context.WithTimeoutCause(ctx, limit, errNoAnswer)
		defer cancel()
		reply = ask.HTTP(ctx, question)
		if r.Private && (reply.Status == 401 || reply.Status == 403) {
			reply = ask.Reply{Err: "the service is private, and the account that builds run as needs " + to.Invoke + " " + p.Release.Service}
			return true, nil
		}
		none := reply.Status == 0 || to.Front != nil && to.Front(reply.Status, reply.Line)
		if !none && (want.Takes(reply.Status) || want.Doubts(reply.Status)) {
			return true, nil
		}
		late = to.Clock.Now().After(until)
		return late, nil
	})
	switch {
	case err != nil || !late:
		return reply, err
	case reply.Status == 0:
		return reply, errs.New(errs.Build, "Raise start_timeout if it needs longer.", "%s is not answered within %v%s", want.URLPath(), limit, because(reply.Err))
	}
	return reply, errs.New(errs.Build, "Mend it, or say under `start` which path and status to look for.",
		"the app answers %s; wanted is %s%s", status(want.URLPath(), reply), want.Wants(), because(reply.Line))
}

// discard leaves what was tried without a way to it, and says what became of it.
func (to To) discard(ctx context.Context, s release.Spec, r release.Released, why error, out io.Writer) error {
	if ctx.Err() != nil { // a cancel says nothing of the app
		return context.Cause(ctx)
	}
	to.showLog(ctx, s, r.Revision, out)
	left, err := to.Discard(ctx, s, r.Revision)
	switch {
	case err != nil:
		fmt.Fprintf(out, "%s stays, without traffic: %v\n", r.Revision, err)
	case left != "":
		fmt.Fprintf(out, "%s stays, without traffic: %s\n", r.Revision, left)
	default:
		fmt.Fprintf(out, "%s is removed\n", r.Revision)
	}
	return why
}
