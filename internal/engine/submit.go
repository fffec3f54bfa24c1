package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// submit sends the archive and starts the build, or finds the build of another
// run that does this very plan already.
func (e *Engine) submit(ctx context.Context, p plan.Plan, src Source, started time.Time) (build plan.Outcome, others bool, err error) {
	var there bool
	began := e.Clock.Now()
	e.Report.Start(sourceStage)
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		build, others, err = e.Builds.Running(gctx, planTag(p, src))
		return err
	})
	g.Go(func() (err error) {
		there, err = e.send(gctx, src)
		return err
	})
	if err := g.Wait(); err != nil {
		return build, false, err
	}
	detail := fmt.Sprintf("%s, %s", ui.Count(src.Files, "file"), ui.Bytes(src.Bytes))
	if there {
		detail += ", sent before"
	}
	e.Report.Done(ui.Stage{Name: sourceStage, Detail: detail, Took: e.Clock.Now().Sub(began)})
	if !others {
		if build, err = e.create(ctx, p, src, started); err != nil {
			return build, false, err
		}
		if build, others = e.yieldToOlder(ctx, build, planTag(p, src), e.builds); !others && p.Wheelhouse != nil && !p.Refresh {
			if _, theirs := e.yieldToOlder(ctx, build, wheelsTag(p), e.makers()); theirs {
				return build, false, ErrAgain
			}
		}
	}
	if others {
		e.Report.Note("a build of this very plan is running: following it (" + build.Build + ")")
	}
	return build, others, nil
}

// send puts the archive where the build takes it from, unless it is there.
func (e *Engine) send(ctx context.Context, src Source) (there bool, err error) {
	write := func(w io.Writer) error { return src.Write(ctx, w) }
	if e.Here != nil {
		return false, e.Here.Upload(ctx, src.Object, write)
	}
	if err := e.Objects.Ensure(ctx); err != nil {
		return false, err
	}
	if there, err = e.Objects.Exists(ctx, src.Object); err != nil || there {
		return there, err
	}
	return false, e.Objects.Upload(ctx, src.Object, write)
}

// create starts the build. Ctrl-C in this moment must not leave a build that
// nobody knows of: creating it goes on, and who watches it cancels it.
func (e *Engine) create(ctx context.Context, p plan.Plan, src Source, started time.Time) (plan.Outcome, error) {
	if ctx.Err() != nil {
		return plan.Outcome{}, context.Cause(ctx)
	}
	ctx, cancel := lingering(ctx, stopGrace)
	defer cancel()
	return e.Builds.Submit(ctx, p, e.Objects.Bucket(), src.Object, started, tags(p, src))
}

// lingering ends d after ctx does.
func lingering(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		late, end := context.WithTimeout(longer, d)
		defer end()
		<-late.Done()
		cancel()
	})
	return longer, func() { stop(); cancel() }
}

// yieldToOlder cancels a build where another run has created one with the same tag
// in the same moment, or taken a lease, and gives the other one. All then agree on the oldest: theirs
// are cancelled before they have done anything.
func (e *Engine) yieldToOlder(ctx context.Context, mine plan.Outcome, tag string, find func(context.Context, string) (maker, bool, error)) (build plan.Outcome, others bool) {
	first, ok, err := find(ctx, tag)
	if err != nil || !ok || !first.before(mine) || e.Builds.Cancel(ctx, mine) != nil {
		return mine, false // at worst the same is built twice
	}
	return first.Outcome, true
}

// builds finds the oldest build with a tag: one whose log can be followed.
func (e *Engine) builds(ctx context.Context, tag string) (maker, bool, error) {
	b, ok, err := e.Builds.Running(ctx, tag)
	return maker{Outcome: b}, ok, err
}

// gaveUp says whether a build ended without doing what its plan says, and
// without a fault in it.
func gaveUp(out plan.Outcome) bool {
	r, err := released(out)
	return out.Status == plan.Cancelled || err == nil && r.Superseded != ""
}

// tags are those of a plan's build, by which runs find each other's.
func tags(p plan.Plan, src Source) []string {
	if p.Refresh { // it deploys nothing, and makes nothing that a deploy waits for
		return []string{Tag, refreshTag(p.Service), planTag(p, src)}
	}
	all := []string{Tag, ServiceTag(p.Service, p.Elsewhere()), planTag(p, src)}
	if p.Goal != plan.GoalRelease { // it is none of those that made what serves
		all[1] = testTag(p.Service)
	}
	if p.Untrusted { // nobody is to wait for what it makes, or take it for its own
		return all
	}
	if p.BuildsWheels() {
		all = append(all, madeTag(p))
	}
	if p.Wheelhouse != nil {
		all = append(all, wheelsTag(p))
	}
	return all
}

// Tag marks all builds of ours.
const Tag = "gcpdeploy"

// ServiceTag marks the builds that release a service, to a region where that is another than
// the one of its images. No name of a service has the sign between them.
func ServiceTag(service, elsewhere string) string {
	if elsewhere == "" {
		return "service-" + service
	}
	return "service-" + service + "_" + elsewhere
}

// IsServiceTag says whether a tag marks the builds that release a service, to whichever region.
func IsServiceTag(tag, service string) bool {
	all := ServiceTag(service, "")
	return tag == all || strings.HasPrefix(tag, all+"_")
}

// refreshTag marks the builds that refresh a service's wheels.
func refreshTag(service string) string { return "refresh-" + service }

// testTag marks the builds of a service that release nothing.
func testTag(service string) string { return "test-" + service }

// planTag marks the builds that lead to the same: this source, checked so, in
// this service. How much of it was there when each began makes no difference. A
// refresh is named by its archive, which holds its plan.
func planTag(p plan.Plan, src Source) string {
	if p.Refresh {
		return "plan-" + key.Sum([]byte(src.Object))[:40]
	}
	ends := []any{p.Version, p.Keys.Runtime.Key, p.Seeds, p.Check, p.Release, p.Options}
	switch p.Goal {
	case plan.GoalTest:
		ends = append(ends, p.Goal, p.Untrusted)
	case plan.GoalShared: // whichever app wants it
		ends = []any{p.Version, p.Keys.Runtime.Key, p.Seeds.TestEnv, p.Options, p.Goal}
	}
	goal, err := json.Marshal(ends)
	if err != nil {
		panic(err) // a Plan holds nothing that JSON cannot say
	}
	return "plan-" + key.Sum(goal)[:40]
}

// madeTag marks the builds that made a runtime image, whose time a later run saves.
func madeTag(p plan.Plan) string { return "made-" + p.Keys.Runtime.Key[:40] }
