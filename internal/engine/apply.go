package engine

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/credential"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Source is the archive that a plan's build starts from. Write may be called
// once; Object is content-addressed: the same name, the same bytes.
type Source struct {
	Object string
	Bytes  int64 // before compression
	Files  int
	Write  func(ctx context.Context, w io.Writer) error
	// Logins gives the logins of the package indexes that the build asks.
	Logins func(ctx context.Context) (credential.Set, error)
}

// Result is what a run came to, as `up --json` prints it.
type Result struct {
	Type     string        `json:"type"`   // "result"
	Status   string        `json:"status"` // "released", "tested", "built", "nothing_to_do", "superseded" or "submitted"
	Service  string        `json:"service"`
	URL      string        `json:"url"`
	Revision string        `json:"revision"`
	Percent  int           `json:"percent"`           // the revision's share of the traffic
	Image    string        `json:"image"`             // by digest
	Private  bool          `json:"private,omitempty"` // callers must say who they are, and be let
	Build    string        `json:"build,omitempty"`
	LogURL   string        `json:"log_url,omitempty"` // of a build that was submitted only
	Keys     plan.Statuses `json:"keys"`
	Tests    *plan.Tested  `json:"tests,omitempty"`
	Origin   *ci.Origin    `json:"origin,omitempty"` // where the run comes from
	Shared   *Shared       `json:"shared,omitempty"` // of a run that has no other goal
	Stages   []StageTime   `json:"stages"`
	Seconds  float64       `json:"seconds"`
	Saved    float64       `json:"saved_seconds,omitempty"`
}

// StageTime is a stage's share of a run.
type StageTime struct {
	ID      string  `json:"id"`
	Seconds float64 `json:"seconds"`
}

// sourceStage is what a run does before its build.
const sourceStage = "source"

// Apply does one plan and nothing else. started is when the run began: of two
// runs of one service the one started later wins.
func (e *Engine) Apply(ctx context.Context, p plan.Plan, src Source, started time.Time) (Result, error) {
	return e.apply(ctx, p, src, started, func() {})
}

// apply is Apply that says when its build is submitted.
func (e *Engine) apply(ctx context.Context, p plan.Plan, src Source, started time.Time, submitted func()) (Result, error) {
	r := Result{Type: "result", Service: p.Service, Keys: p.Keys, Origin: p.Origin, Stages: []StageTime{}}
	if p.NothingToDo && p.Goal != plan.GoalRelease {
		r.Status = "nothing_to_do"
		if p.Image.Digest != "" {
			r.Image = p.Release.Image + "@" + p.Image.Digest
		}
		if p.Goal == plan.GoalShared {
			r.Shared = sharedOf(p, plan.Outcome{})
		}
		return r, nil
	}
	if p.NothingToDo {
		r.Status, r.URL, r.Revision, r.Image = "nothing_to_do", p.Current.URL, p.Current.Revision, p.Current.Image
		r.Percent, r.Private = p.Current.Percent(), p.Current.Private
		if p.Current.Closed != "" {
			r.Private = !e.admit(ctx, p.Release, p.Current.Closed)
		}
		e.keep(ctx, p.Service, r.Image, src, false)
		return r, nil
	}
	b, err := e.runBuild(ctx, p, src, started, submitted)
	if err != nil {
		return r, err
	}
	r.Stages = append(r.Stages, StageTime{sourceStage, b.sending.Seconds()})
	if e.Async {
		r.Status, r.Build, r.LogURL = "submitted", b.out.Build, b.out.LogURL
		return r, nil
	}
	r.Saved = b.saved.Seconds()
	if r, err = e.result(ctx, p, b.out, r, b.log); err == nil {
		e.keep(ctx, p.Service, r.Image, src, true)
	}
	return r, err
}

// endedBuild is a build that has ended, however it did, or that is left to itself.
type endedBuild struct {
	out     plan.Outcome
	log     *splitter
	sending time.Duration // of the source
	saved   time.Duration // that was not spent on wheels and runtime
}

// runBuild carries a plan's build to its end, or that of another run that does the same,
// and says when it is submitted.
func (e *Engine) runBuild(ctx context.Context, p plan.Plan, src Source, started time.Time, submitted func()) (b endedBuild, err error) {
	if err := e.Builds.Fits(p, tags(p, src)); err != nil {
		return b, err
	}
	began := e.Clock.Now()
	p, logins, err := e.storeLogins(ctx, p, src)
	if err != nil {
		return b, err
	}
	build, others, err := e.submit(ctx, p, src, started)
	if err != nil {
		return b, err
	}
	submitted()
	b.sending = e.Clock.Now().Sub(began)
	if e.Async {
		b.out = build
		return b, nil
	}
	b.log = newSplitter(e.Report, e.Clock.Now, p.Steps)
	b.log.mask = logins.Mask
	b.out, b.saved, err = e.watch(ctx, p, build, b.log)
	if err == nil && others && gaveUp(b.out) {
		// What stopped the other run need not stop this one, which started later.
		e.Report.Note("the build that was followed was cancelled or superseded: running this plan again")
		if build, err = e.create(ctx, p, src, started); err != nil {
			return b, err
		}
		b.log = newSplitter(e.Report, e.Clock.Now, p.Steps)
		b.log.mask = logins.Mask
		b.out, b.saved, err = e.watch(ctx, p, build, b.log)
	}
	return b, err
}

// watch follows the build to its end, and cancels it when ctx ends. saved is what
// was not spent on wheels and runtime.
func (e *Engine) watch(ctx context.Context, p plan.Plan, build plan.Outcome, log *splitter) (_ plan.Outcome, saved time.Duration, _ error) {
	last := make(chan time.Duration, 1) // asked for meanwhile
	go func() {
		if p.BuildsWheels() {
			last <- 0
		} else {
			last <- e.lastTime(ctx, p)
		}
	}()
	out, err := e.Builds.Watch(ctx, build, log)
	log.Close()
	if err == nil {
		log.finish(out)
		return out, <-last, nil
	}
	if ctx.Err() == nil {
		return out, 0, err
	}
	return out, 0, e.stop(ctx, build)
}

// lastTime is how long the wheels and the runtime took when they were last made.
func (e *Engine) lastTime(ctx context.Context, p plan.Plan) time.Duration {
	last, ok, err := e.Builds.Last(ctx, madeTag(p))
	if err != nil || !ok {
		return 0
	}
	// From the first step to the end of the one that publishes: what a run without
	// the cache waits for before it can add the app.
	published, ok := last.Find(plan.StepPublish)
	if !ok {
		return 0
	}
	first := published.Began
	for _, s := range last.Steps {
		if !s.Began.IsZero() && s.Began.Before(first) {
			first = s.Began
		}
	}
	return published.Began.Add(published.Took).Sub(first)
}

// result reads the steps' outputs, or turns a failed build into an error.
func (e *Engine) result(ctx context.Context, p plan.Plan, out plan.Outcome, r Result, log *splitter) (Result, error) {
	r.Build = out.Build
	for _, s := range out.Steps {
		r.Stages = append(r.Stages, StageTime{string(s.ID), s.Took.Seconds()})
	}
	var began plan.Started
	if s, ok := out.Find(plan.StepStart); ok && json.Unmarshal(s.Output, &began) == nil && began.Warning != "" {
		e.Report.Warn(began.Warning)
	}
	var tested plan.Tested
	if s, ok := out.Find(plan.StepTest); ok && json.Unmarshal(s.Output, &tested) == nil {
		r.Tests = &tested
	}
	if out.Status != plan.Success {
		return r, failure(out, log.tail)
	}
	switch p.Goal {
	case plan.GoalTest:
		r.Status = "tested"
		return r, nil
	case plan.GoalShared:
		r.Status, r.Shared = "built", sharedOf(p, out)
		return r, nil
	}
	released, err := released(out)
	if err != nil {
		return r, errs.New(errs.Internal, "Run `gcpdeploy status`.", "build %s ended well, but its release step says nothing: %w", out.Build, err)
	}
	r.Status, r.URL, r.Revision, r.Image, r.Percent = "released", released.URL, released.Revision, released.Image, released.Percent
	if released.Warning != "" {
		e.Report.Warn(released.Warning)
	}
	r.Private = released.Private
	if released.Closed != "" && p.Release.Service != "" { // else who follows it does not know what was wanted
		r.Private = !e.admit(ctx, p.Release, released.Closed)
	}
	if released.Superseded != "" {
		r.Status = "superseded"
		return r, errs.New(errs.Superseded, "", "superseded: a newer run (%s) serves %s; this one's image is tested and kept", released.Superseded, p.Service)
	}
	return r, nil
}
