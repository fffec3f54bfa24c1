package engine

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/source"
)

// RefreshResult is what a refresh came to, as `wheels refresh --json` prints it.
type RefreshResult struct {
	Type     string         `json:"type"`   // "result"
	Status   string         `json:"status"` // "nothing_to_do", "would_change" or "promoted"
	Service  string         `json:"service"`
	Packages int            `json:"packages"`
	Changed  []plan.Changed `json:"changed"`
	Wheels   string         `json:"wheels"`            // digest of what deploys get from now on
	Runtime  string         `json:"runtime,omitempty"` // of a promotion
	Tests    *plan.Tested   `json:"tests,omitempty"`
	Builds   []string       `json:"builds"`
	Seconds  float64        `json:"seconds"`

	// Failed is the build that did not end well, where one was run. It is told
	// to those who are notified; who ran the refresh has seen it.
	Failed *FailedBuild `json:"-"`
	LogURL string       `json:"-"` // of the last build
}

// FailedBuild is where a build failed.
type FailedBuild struct {
	Step plan.StepID // "" = before, between or after its steps
	Log  []string    // the last lines of the step, without logins
}

// Refresh resolves an app's requirements again. Where that comes to other
// packages, or to another base image, it makes their wheels, a runtime and the
// app's image of them, tests it, and only then lets deploys have them. dryRun
// ends after the resolution. Whatever fails, deploys get what they got before.
func (e *Engine) Refresh(ctx context.Context, app *App, builder string, dryRun bool, started time.Time) (RefreshResult, error) {
	r := RefreshResult{Type: "result", Service: app.Config.Service, Changed: []plan.Changed{}, Builds: []string{}}
	if err := refuseStranger(app.App); err != nil {
		return r, err
	}
	f, tagged, err := e.wheelsInUse(ctx, app.App)
	if err != nil {
		return r, err
	}
	f.Builder = builder
	r.Wheels = f.Wheels
	var resolved plan.ResolvedPackages
	if err := e.refreshBuild(ctx, app, plan.MakeResolve(app.App, e.Place, f), plan.StepResolved, &resolved, &r, started); err != nil {
		return r, err
	}
	base, err := e.baseChange(ctx, f)
	if err != nil {
		return r, err
	}
	r.Packages, r.Changed = resolved.Packages, append(resolved.Changed, base...)
	switch {
	case len(r.Changed) > 0 && dryRun:
		r.Status = "would_change"
		return r, nil
	case len(r.Changed) == 0:
		r.Status = "nothing_to_do"
		if tagged != f.Wheels && !dryRun { // a promotion was cut after its first half
			return r, e.Registry.MoveTag(ctx, plan.Wheels, plan.KeysOf(app.App, "").Wheels.Hash, f.Wheels)
		}
		return r, nil
	}
	var candidate plan.PublishedWheels
	if err := e.refreshBuild(ctx, app, plan.MakeCandidate(app.App, e.Place, f), plan.StepPublishWheels, &candidate, &r, started); err != nil {
		return r, err
	}
	f.Wheels = candidate.Wheels
	var promoted plan.Promoted
	if err := e.refreshBuild(ctx, app, plan.MakePromote(app.App, e.Place, f), plan.StepPromote, &promoted, &r, started); err != nil {
		return r, err
	}
	r.Status, r.Wheels, r.Runtime = "promoted", promoted.Wheels, promoted.Runtime
	return r, nil
}

// wheelsInUse finds the wheels that deploys get: those that the runtime image was
// installed from where it says so, else those that the wheels' key points to,
// which tagged is.
func (e *Engine) wheelsInUse(ctx context.Context, app plan.App) (f plan.Facts, tagged string, err error) {
	keys := plan.KeysOf(app, "")
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		tagged, _, err = e.Registry.Digest(gctx, plan.Wheels, keys.Wheels.Hash)
		return err
	})
	g.Go(func() error {
		digest, ok, err := e.Registry.Digest(gctx, plan.Runtime, keys.Runtime.Hash)
		if err != nil || !ok {
			return err
		}
		labels, err := e.Registry.Labels(gctx, plan.Runtime, digest)
		f.Wheels = labels[plan.WheelsLabel]
		return err
	})
	g.Go(func() error {
		f.Base = e.Registry.Pin(gctx, app.Config.BaseImage)
		return nil
	})
	if err := g.Wait(); err != nil {
		return f, "", err
	}
	if f.Wheels == "" {
		f.Wheels = tagged
	}
	if f.Wheels == "" {
		return f, "", errs.New(errs.NotFound, "Run `gcpdeploy up`, which makes them.", "there are no wheels of these requirements to refresh")
	}
	return f, tagged, nil
}

// baseChange says whether the base image is another one than that of the wheels
// in use, where both are known by digest.
func (e *Engine) baseChange(ctx context.Context, f plan.Facts) ([]plan.Changed, error) {
	labels, err := e.Registry.Labels(ctx, plan.Wheels, f.Wheels)
	was := labels[plan.BaseLabel]
	if err != nil || was == "" || f.Base == "" || was == f.Base {
		return nil, err
	}
	return []plan.Changed{{Name: "base image", Old: was, New: f.Base}}, nil
}

// refreshBuild runs one build of a refresh and reads what its last step says.
func (e *Engine) refreshBuild(ctx context.Context, app *App, p plan.Plan, step plan.StepID, output any, r *RefreshResult, started time.Time) error {
	src, err := app.Archive(p)
	if err != nil {
		return err
	}
	b, err := e.runBuild(ctx, p, src, started, func() {})
	if err != nil {
		return err
	}
	r.Builds, r.LogURL = append(r.Builds, b.out.Build), b.out.LogURL
	var tested plan.Tested
	if s, ok := b.out.Find(plan.StepTest); ok && json.Unmarshal(s.Output, &tested) == nil {
		r.Tests = &tested
	}
	if b.out.Status != plan.Success {
		id := failedStep(b.out)
		r.Failed = &FailedBuild{Step: id, Log: b.log.tail(id)}
		return failure(b.out, b.log.tail)
	}
	s, _ := b.out.Find(step)
	if err := json.Unmarshal(s.Output, output); err != nil {
		return errs.New(errs.Internal, logOf(b.out), "build %s ended well, but its step %s says nothing: %w", b.out.Build, step, err)
	}
	return nil
}

// NotStored is why there is no source of a service that serves.
const NotStored = "the run that deployed what serves did not store its source"

// Deployed unpacks the source that the service was last deployed from into dir. why
// says why there is none to go on with; "" when there is.
func (e *Engine) Deployed(ctx context.Context, name string, s release.Spec, dir string) (why string, err error) {
	none := "the service was not deployed yet"
	object, serves, err := e.lastSource(ctx, name, s)
	if serves {
		none = NotStored
	}
	if err != nil || object == "" {
		return none, err
	}
	archive, err := e.Objects.Read(ctx, object)
	if errs.KindOf(err) == errs.NotFound {
		return none, nil
	}
	if err != nil {
		return none, err
	}
	err = source.Unpack(archive, dir, func(name string, r io.Reader) error {
		var p plan.Plan
		if name != plan.Dir+"/plan.json" {
			return nil
		}
		err := json.NewDecoder(r).Decode(&p)
		if p.Source.App != "" {
			why = "what was deployed is a part of a repository, without its lock file"
		}
		return err
	})
	return why, errors.Join(err, archive.Close())
}
