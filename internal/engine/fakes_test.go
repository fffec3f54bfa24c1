package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/release/releasetest"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// recorder keeps what was reported, one line for each call.
type recorder struct {
	mu    sync.Mutex
	lines []string
}

var _ ui.Reporter = (*recorder)(nil)

func (r *recorder) add(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
}

func (r *recorder) Head(text string)       { r.add("head %s", text) }
func (r *recorder) Start(stage string)     { r.add("start %s", stage) }
func (r *recorder) Log(stage, line string) { r.add("log %s: %s", stage, line) }
func (r *recorder) Note(text string)       { r.add("note %s", text) }
func (r *recorder) Warn(text string)       { r.add("warn %s", text) }
func (r *recorder) Close()                 {}
func (r *recorder) Ended(string)           {}
func (r *recorder) Done(s ui.Stage) {
	r.add("%s", strings.TrimRight(fmt.Sprintf("done %s %v %s", s.Name, s.Took, s.Detail), " "))
}
func (r *recorder) Fail(s ui.Stage) { r.add("fail %s", s.Name) }

func (r *recorder) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.lines...)
}

// targets are where the apps of these tests go.
var targets = []config.Target{releasetest.Kind.Config}

// google is everything that engine talks to. It records the calls.
type google struct {
	recorder
	tags    map[string]string // image:tag → digest
	labels  map[string]map[string]string
	age     time.Duration // of every image
	service release.Service
	same    bool
	running []plan.Outcome // the answers of Running, one after the other
	end     []plan.Outcome // what Watch gives, one after the other
	hang    bool           // Watch goes on until ctx ends
	there   bool           // the archive
	fail    map[string]error
}

func (g *google) call(name string) error {
	g.add("%s", name)
	return g.fail[name]
}

func (g *google) Digest(_ context.Context, image, tag string) (string, bool, error) {
	d, ok := g.tags[image+":"+tag]
	return d, ok, g.call("digest " + image)
}

func (g *google) MoveTag(_ context.Context, image, tag, digest string) error {
	g.mu.Lock()
	g.tags[image+":"+tag] = digest
	g.mu.Unlock()
	return g.call("move " + image)
}

func (g *google) Uploaded(_ context.Context, image, _ string) (time.Time, error) {
	return time.Unix(0, 0).Add(-g.age), g.call("uploaded " + image)
}

func (g *google) Size(context.Context, string, string) (int64, error) { return 1000, nil }

func (g *google) Tags(_ context.Context, image string) (map[string]string, error) {
	tags := map[string]string{}
	for name, digest := range g.tags {
		if tag, ok := strings.CutPrefix(name, image+":"); ok {
			tags[tag] = digest
		}
	}
	return tags, g.call("tags " + image)
}

func (g *google) Labels(_ context.Context, image, digest string) (map[string]string, error) {
	return g.labels[image+"@"+digest], g.call("labels " + image)
}

func (g *google) ReadFile(_ context.Context, image, _, path string) ([]byte, error) {
	return []byte("of " + image), g.call("read " + path)
}

func (g *google) Pin(_ context.Context, ref string) string {
	_ = g.call("pin " + ref)
	return ref + "@sha256:pinned"
}

type target struct{ *google }

func (t target) Observe(context.Context, release.Spec) (release.Service, func(string) bool, error) {
	return t.service, func(string) bool { return t.same }, t.call("service")
}

func (t target) State(context.Context, release.Spec) (release.State, bool, error) {
	return release.State{Image: t.service.Image}, t.service.Exists, t.call("state")
}

func (t target) Admit(context.Context, release.Spec) error { return t.call("admit") }

func (t target) Check(context.Context, release.Spec, release.Service) error { return t.call("check") }

type objects struct{ *google }

func (o objects) Ensure(context.Context) error { return o.call("bucket") }
func (o objects) Bucket() string               { return "bucket" }
func (o objects) Exists(context.Context, string) (bool, error) {
	return o.there, o.call("exists")
}
func (o objects) Read(_ context.Context, object string) (io.ReadCloser, error) {
	return nil, o.call("read " + object)
}
func (o objects) Upload(_ context.Context, _ string, write func(io.Writer) error) error {
	return errors.Join(o.call("upload"), write(io.Discard))
}

type builds struct{ *google }

func (b builds) Fits(plan.Plan, []string) error { return b.fail["fits"] }

func (b builds) Submit(ctx context.Context, _ plan.Plan, _, _ string, _ time.Time, tags []string) (plan.Outcome, error) {
	err := b.call("submit")
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return plan.Outcome{Build: "mine", Name: strings.Join(tags, " ")}, err
}

func (b builds) Running(context.Context, string) (plan.Outcome, bool, error) {
	err := b.call("running")
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.running) == 0 {
		return plan.Outcome{}, false, err
	}
	o := b.running[0]
	b.running = b.running[1:]
	return o, o.Build != "", err
}

func (b builds) Last(context.Context, string) (plan.Outcome, bool, error) {
	return plan.Outcome{Steps: []plan.StepOutcome{{ID: plan.StepWheels, Took: time.Minute}}}, true, b.call("last")
}

func (b builds) Watch(ctx context.Context, o plan.Outcome, _ io.Writer) (plan.Outcome, error) {
	if err := b.call("watch " + o.Build); err != nil {
		return o, err
	}
	if b.hang && ctx.Done() != nil && b.end == nil {
		<-ctx.Done()
		b.end = []plan.Outcome{{Build: o.Build, Status: plan.Cancelled}}
		return o, context.Cause(ctx)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	end := b.end[0]
	b.end = b.end[1:]
	end.Build = o.Build
	return end, nil
}

func (b builds) Cancel(_ context.Context, o plan.Outcome) error { return b.call("cancel " + o.Build) }

var aPlace = plan.Place{Project: "p", Region: "r", Repository: "host/p/r", Version: "v1"}

func (g *google) engine() *Engine {
	return &Engine{
		Place:    aPlace,
		Registry: g, Target: target{g}, Objects: objects{g}, Builds: builds{g},
		Report: &recorder{}, Clock: poll.NewJumping(time.Unix(0, 0)),
	}
}
