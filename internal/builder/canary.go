package builder

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/ask"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// looks is how often the requests of a step are looked at, judged so many at most.
const (
	looks  = 4
	judged = 1000
)

// canary gives a revision that has no traffic more of it, step by step, and all of it back
// to what had it when it does badly. superseded says who moved the traffic meanwhile.
func (to To) canary(ctx context.Context, p plan.Plan, r release.Released, by release.Run, out io.Writer) (superseded string, err error) {
	is := together(r.Before)
	old := scaled(slices.DeleteFunc(slices.Clone(is), func(s release.Share) bool { return s.Revision == r.Revision }), 100)
	if len(old) == 0 {
		return "", nil
	}
	had := share(is, r.Revision) // of a run that got no further
	for _, percent := range append(slices.Clone(p.Check.Canary.Steps), 100) {
		if percent < had {
			continue
		}
		next := divide(r.Revision, percent, old)
		since := to.Clock.Now()
		split := release.Split{Shares: next, From: is, Step: r.Revision, Run: by}
		if _, err := to.Shift(ctx, p.Release, split, func(text string) { fmt.Fprintln(out, text) }); err != nil {
			return moved(err)
		}
		if percent == 100 { // the rest is the release's, which does not look who moved the traffic since the last step
			return "", nil
		}
		fmt.Fprintf(out, "%s has %d %% of the traffic\n", r.Revision, percent)
		why, err := to.step(ctx, p, r, old[0].Revision, since, out)
		if err != nil {
			return "", err
		}
		if why == "" {
			is = next
			continue
		}
		to.showLog(ctx, p.Release, r.Revision, out)
		if _, err := to.Shift(ctx, p.Release, release.Split{Shares: old, From: next, Run: by}, nil); err != nil {
			if errs.KindOf(err) == errs.Superseded {
				return moved(err)
			}
			return "", errs.New(errs.Build, "Run `gcpdeploy rollback`.", "%s does badly with %d %% of the traffic: %s; and the traffic does not go back: %w", r.Revision, percent, why, err)
		}
		_, _ = to.Discard(ctx, p.Release, r.Revision) // the next release ends what is left, too
		var names []string
		for _, share := range old {
			names = append(names, share.String())
		}
		return "", errs.New(errs.Build, "See the app's output above, and `gcpdeploy logs --requests --status 5xx --revision "+r.Revision+"`; what ends a canary is set under `canary`.",
			"%s does badly with %d %% of the traffic: %s; the traffic is back: %s", r.Revision, percent, why, strings.Join(names, ", "))
	}
	return "", nil
}

// moved is that somebody else has moved the traffic, or why it does not move.
func moved(err error) (superseded string, _ error) {
	if errs.KindOf(err) == errs.Superseded {
		return "which moved the traffic", nil
	}
	return "", err
}

// share is what a revision has of the traffic.
func share(all []release.Share, revision string) (percent int) {
	for _, s := range all {
		if s.Revision == revision {
			percent += s.Percent
		}
	}
	return percent
}

// together is what each revision with traffic has of it, without tags.
func together(shares []release.Share) (all []release.Share) {
	for _, share := range shares {
		n := slices.IndexFunc(all, func(s release.Share) bool { return s.Revision == share.Revision })
		switch {
		case share.Percent == 0:
		case n >= 0:
			all[n].Percent += share.Percent
		default:
			all = append(all, release.Share{Revision: share.Revision, Percent: share.Percent})
		}
	}
	return all
}

// divide gives a revision a percentage, and the others the rest as they share it.
func divide(revision string, percent int, old []release.Share) []release.Share {
	return append([]release.Share{{Revision: revision, Percent: percent}}, scaled(old, 100-percent)...)
}

// scaled are shares that are so many percent together. What does not come out even is the
// greatest one's.
func scaled(all []release.Share, percent int) (out []release.Share) {
	sum := 0
	for _, share := range all {
		sum += share.Percent
	}
	left := percent
	for _, share := range all {
		share.Percent = share.Percent * percent / max(sum, 1)
		left -= share.Percent
		out = append(out, share)
	}
	if len(out) > 0 {
		slices.SortStableFunc(out, func(a, b release.Share) int { return cmp.Compare(b.Percent, a.Percent) })
		out[0].Percent += left
	}
	return slices.DeleteFunc(out, func(s release.Share) bool { return s.Percent == 0 })
}

// step lets a step last, and gives why it went badly; "" = it did not. old is a revision
// that serves beside it.
func (to To) step(ctx context.Context, p plan.Plan, r release.Released, old string, since time.Time, out io.Writer) (why string, err error) {
	c := p.Check.Canary
	for look := range looks {
		if err := poll.Sleep(ctx, to.Clock, time.Duration(c.Seconds)*time.Second/looks); err != nil {
			return "", err
		}
		says, bad := to.judge(ctx, p, r.Revision, old, since)
		if bad {
			return says, nil
		}
		if look == looks-1 {
			fmt.Fprintln(out, says)
		}
	}
	return to.probed(ctx, p, r)
}

// probed asks the revision itself, where it has a URL of its own and something is to be
// asked.
func (to To) probed(ctx context.Context, p plan.Plan, r release.Released) (why string, err error) {
	want := p.Check.Answer
	if want == nil || want.Protocol != config.HTTP || !p.Check.Beside {
		return "", nil
	}
	question := ask.Question{URL: r.URL + want.URLPath()}
	if r.Private {
		who, err := to.Authorization(ctx, cmp.Or(r.Audience, r.URL))
		if err != nil {
			return "", nil // which the start check has said
		}
		question.Header, question.Value = who.Name, who.Value
	}
	reply, err := to.ask(ctx, question, time.Duration(p.Check.Timeout)*time.Second, want)
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case err != nil:
		return err.Error(), nil
	case r.Private && (reply.Status == 401 || reply.Status == 403), want.Takes(reply.Status), want.Doubts(reply.Status):
		return "", nil
	}
	return "it answers " + status(want.URLPath(), reply) + because(reply.Line), nil
}
