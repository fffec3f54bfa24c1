package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Shared is what a run has of the images that all apps share.
type Shared struct {
	Wheels  SharedImage  `json:"wheels"`
	Runtime SharedImage  `json:"runtime"`
	TestEnv *SharedImage `json:"testenv,omitempty"` // nil = the tests need no packages of their own
	// Seconds is how long the wheels took; 0 where they were there.
	Seconds  float64      `json:"wheels_seconds"`
	Packages []plan.Wheel `json:"packages"` // origin "present" where the run made no wheels
	// Against is the nearest earlier wheels image by digest, "" where there is none, and
	// Changed what these wheels have that it has not, or otherwise.
	Against string         `json:"against,omitempty"`
	Changed []plan.Changed `json:"changed"`
}

// SharedImage is one of them.
type SharedImage struct {
	Key    string `json:"key"`
	Digest string `json:"digest,omitempty"`
	Bytes  int64  `json:"bytes,omitempty"`
	Built  bool   `json:"built"` // by this run
}

// sharedOf is what a plan and the build that it led to say.
func sharedOf(p plan.Plan, out plan.Outcome) *Shared {
	s := &Shared{
		Wheels:  SharedImage{Key: p.Keys.Wheels.Key, Digest: p.Keys.Wheels.Digest},
		Runtime: SharedImage{Key: p.Keys.Runtime.Key, Digest: p.Keys.Runtime.Digest},
		Changed: []plan.Changed{}, Packages: []plan.Wheel{},
	}
	read := func(id plan.StepID, to any) bool {
		step, ok := out.Find(id)
		return ok && json.Unmarshal(step.Output, to) == nil
	}
	var wheels plan.PublishedWheels
	if read(plan.StepPublishWheels, &wheels) {
		s.Wheels.Digest, s.Wheels.Built, s.Seconds = wheels.Wheels, !wheels.Adopted, wheels.Seconds
		s.Packages = append(s.Packages, wheels.Packages...)
	}
	var made plan.Published
	published := read(plan.StepPublish, &made)
	if published {
		s.Runtime.Digest, s.Runtime.Built = made.Runtime, p.Keys.Runtime.Status == plan.Miss
	}
	if p.Keys.TestEnv.Status != plan.None {
		s.TestEnv = &SharedImage{Key: p.Keys.TestEnv.Key, Digest: p.Keys.TestEnv.Digest}
		if published && made.TestEnv != "" {
			testenv, _ := p.Seeds.Keys(made.Runtime)
			s.TestEnv = &SharedImage{testenv.Hash, made.TestEnv, 0, true}
		}
	}
	return s
}

// Prebuild makes what a deploy of the app would make of the images that all apps
// share, under their keys, and says what is in them. A later deploy with equal keys
// builds none of them.
func (e *Engine) Prebuild(ctx context.Context, app *App, started time.Time, show func(plan.Plan)) (Result, error) {
	app.Goal = plan.GoalShared
	r, err := e.Deploy(ctx, app, started, show)
	if err != nil {
		return r, err
	}
	if r.Shared == nil { // it was left to itself
		return r, nil
	}
	return r, e.describe(ctx, app.App, r.Shared)
}

// describe adds what the registry says of the images.
func (e *Engine) describe(ctx context.Context, app plan.App, s *Shared) error {
	if s.Wheels.Digest == "" { // who installed them is enough for a deploy, and says which they were
		labels, err := e.Registry.Labels(ctx, plan.Runtime, s.Runtime.Digest)
		if err != nil {
			return err
		}
		s.Wheels.Digest = labels[plan.WheelsLabel]
	}
	if s.Wheels.Digest == "" {
		found, _, err := e.Registry.Digest(ctx, plan.Wheels, s.Wheels.Key)
		if err != nil {
			return err
		}
		s.Wheels.Digest = found
	}
	g, gctx := errgroup.WithContext(ctx)
	size := func(image string, of *SharedImage) {
		if of != nil && of.Digest != "" {
			g.Go(func() (err error) {
				of.Bytes, err = e.Registry.Size(gctx, image, of.Digest)
				return err
			})
		}
	}
	size(plan.Wheels, &s.Wheels)
	size(plan.Runtime, &s.Runtime)
	size(plan.TestEnv, s.TestEnv)
	g.Go(func() error { return e.comparePackages(gctx, app, s) })
	return g.Wait()
}

// comparePackages says what is in the wheels, and what of it is not so in the
// nearest earlier ones.
func (e *Engine) comparePackages(ctx context.Context, app plan.App, s *Shared) error {
	if s.Wheels.Digest == "" {
		return nil // the wheels were pruned: the runtime is there without them
	}
	now, err := e.packagesOf(ctx, s.Wheels.Digest)
	if err != nil {
		return err
	}
	if len(s.Packages) == 0 {
		for _, p := range now {
			s.Packages = append(s.Packages, plan.Wheel{Name: p.Name, Version: p.Version, Origin: "present"})
		}
	}
	labels, err := e.Registry.Labels(ctx, plan.Wheels, s.Wheels.Digest)
	if err != nil {
		return err
	}
	tags, err := e.Registry.Tags(ctx, plan.Wheels)
	if err != nil {
		return err
	}
	for tag, digest := range tags {
		if digest == s.Wheels.Digest {
			delete(tags, tag)
		}
	}
	if s.Against = plan.NearestWheels(app, labels[plan.BaseLabel], tags); s.Against == "" {
		return nil
	}
	then, err := e.packagesOf(ctx, s.Against)
	if err != nil {
		return err
	}
	s.Changed = inventory.Changes(then, now)
	return nil
}

// packagesOf are those of a wheels image.
func (e *Engine) packagesOf(ctx context.Context, digest string) ([]inventory.Package, error) {
	data, err := e.Registry.ReadFile(ctx, plan.Wheels, digest, inventory.ManifestFile)
	if err != nil {
		return nil, fmt.Errorf("reading what the wheels are: %w", err)
	}
	m, err := inventory.ParseManifest(data)
	return m.Packages, err
}
