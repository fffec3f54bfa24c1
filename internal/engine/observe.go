package engine

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/python/wheel"
)

// Observe looks up what the plan depends on. When everything is there these are
// six reads in two rounds; the rest happens on a miss only.
func (e *Engine) Observe(ctx context.Context, app plan.App) (plan.Facts, error) {
	var f plan.Facts
	var wanted func(string) bool
	run := ctx
	g, ctx := errgroup.WithContext(run)
	digest := func(ctx context.Context, to *string, image, tag string) func() error {
		return func() error {
			d, ok, err := e.Registry.Digest(ctx, image, tag)
			if ok {
				*to = d
			}
			return err
		}
	}
	g.Go(digest(ctx, &f.Builder, plan.Builder, e.Place.Version))
	if app.Goal == plan.GoalRelease { // else who asks need not have the right to look at what serves
		g.Go(func() (err error) {
			f.Service, wanted, err = e.Target.Observe(ctx, plan.ReleaseOf(app, e.Place))
			return err
		})
		g.Go(func() (err error) {
			_, f.Busy, err = e.Builds.Running(ctx, ServiceTag(app.Config.Service, app.Config.Elsewhere()))
			return err
		})
	}
	g.Go(func() error {
		keys := plan.KeysOf(app, "")
		if err := digest(ctx, &f.Runtime, plan.Runtime, keys.Runtime.Hash)(); err != nil {
			return err
		}
		if err := e.expireRuntime(ctx, app, &f); err != nil || f.Aged {
			return err
		}
		g, ctx := errgroup.WithContext(ctx)
		if f.Runtime == "" {
			g.Go(digest(ctx, &f.Wheels, plan.Wheels, keys.Wheels.Hash))
			return g.Wait()
		}
		keys = plan.KeysOf(app, f.Runtime)
		if keys.TestEnv.Hash != "" {
			g.Go(digest(ctx, &f.TestEnv, plan.TestEnv, keys.TestEnv.Hash))
		}
		if app.Goal != plan.GoalShared {
			g.Go(digest(ctx, &f.Image, app.Config.Service, keys.App.Hash))
		}
		return g.Wait()
	})
	if err := g.Wait(); err != nil {
		return f, err
	}
	if f.Image != "" && f.Service.Exists {
		f.Service.AsWanted = wanted(f.Image)
	}
	if f.Runtime == "" {
		e.observeMiss(run, app, &f)
	}
	return f, context.Cause(run)
}

// expireRuntime takes a runtime image for missing that is older than the configuration
// allows. Who sets no limit pays no call.
func (e *Engine) expireRuntime(ctx context.Context, app plan.App, f *plan.Facts) error {
	limit := app.Config.Wheels.MaxAge
	if limit == 0 || f.Runtime == "" {
		return nil
	}
	made, err := e.Registry.Uploaded(ctx, plan.Runtime, f.Runtime)
	if err == nil && e.Clock.Now().Sub(made) > limit {
		f.Runtime, f.Aged = "", true
	}
	return err
}

// observeMiss adds what only a miss needs: the keys of the image that serves now,
// the base image's digest, earlier wheels to take finished ones from, and what
// the package indexes have of the pins. All are optional: without them the plan
// says less, and its build does more.
func (e *Engine) observeMiss(ctx context.Context, app plan.App, f *plan.Facts) {
	var g errgroup.Group
	if f.Wheels == "" {
		g.Go(func() error {
			if f.Files = e.askIndexes(ctx, app); len(f.Files) > 0 {
				f.Pythons = pythons(app.Config)
			}
			return nil
		})
	}
	g.Go(func() error {
		if f.Wheels == "" {
			e.findEarlier(ctx, app, f)
			return nil
		}
		// Wheels made on one base are installed on the same one, wherever its tag points now.
		if labels, err := e.Registry.Labels(ctx, plan.Wheels, f.Wheels); err == nil {
			f.Base = labels[plan.BaseLabel]
		}
		return nil
	})
	if name, digest, ok := strings.Cut(f.Service.Image, "@"); ok && name == e.Place.Repository+"/"+app.Config.Service {
		g.Go(func() error {
			labels, err := e.Registry.Labels(ctx, app.Config.Service, digest)
			if err != nil {
				return nil
			}
			var made plan.Made
			if json.Unmarshal([]byte(labels[plan.Label]), &made) == nil && made.Wheels.Hash != "" {
				f.Previous = &made
			}
			return nil
		})
	}
	_ = g.Wait()                                         // none can fail
	if app.Goal != plan.GoalRelease && f.Earlier != "" { // nobody was asked what serves
		if labels, err := e.Registry.Labels(ctx, plan.Wheels, f.Earlier); err == nil {
			if k := (inventory.Image{Labels: labels}).Key(); k.Hash != "" {
				f.Previous = &plan.Made{Wheels: k}
			}
		}
	}
}

// indexWait bounds the time that all answers of package indexes may take.
const indexWait = 2 * time.Second

// askIndexes asks the package indexes what they have of the pinned projects.
func (e *Engine) askIndexes(ctx context.Context, app plan.App) map[string][]wheel.File {
	if e.Index == nil {
		return nil
	}
	indexes, projects := plan.Asked(app)
	if len(projects) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, indexWait, errors.New("the package index did not answer in time"))
	defer cancel()
	return e.Index.Files(ctx, indexes, projects)
}

// findEarlier pins the base image, and looks for the wheels image that a build on it
// can take most from: one listing, however many images there are.
func (e *Engine) findEarlier(ctx context.Context, app plan.App, f *plan.Facts) {
	var tags map[string]string
	var g errgroup.Group
	g.Go(func() error {
		f.Base = e.Registry.Pin(ctx, app.Config.BaseImage)
		return nil
	})
	g.Go(func() (err error) {
		tags, err = e.Registry.Tags(ctx, plan.Wheels)
		return err
	})
	if g.Wait() == nil {
		f.Earlier = plan.Earlier(app, f.Base, tags)
	}
}
