package engine

import (
	"context"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// ExplainedKeys is how an app's keys stand, as `key --explain --json` prints it.
type ExplainedKeys struct {
	Wheels  ExplainedKey `json:"wheels"`
	Runtime ExplainedKey `json:"runtime"`
	TestEnv ExplainedKey `json:"testenv"`
	App     ExplainedKey `json:"app"`
}

// ExplainedKey is one key: whether an image has it, and if none does, how it
// differs from the one of the image in Against.
type ExplainedKey struct {
	plan.Status
	Against string            `json:"against,omitempty"`
	Changes []plan.Difference `json:"changes"`
}

// Nearest gives the key of the earlier wheels that differs least from k.
type Nearest func(ctx context.Context, k key.Key) (nearest key.Key, ok bool, err error)

// ExplainKeys says which fields made a key miss: against the image that serves, or
// where nothing is deployed against the nearest earlier wheels.
func (e *Engine) ExplainKeys(ctx context.Context, app plan.App, nearest Nearest) (ExplainedKeys, error) {
	facts, err := e.Observe(ctx, app)
	if err != nil {
		return ExplainedKeys{}, err
	}
	p := plan.Make(app, e.Place, facts)
	image, made := e.serving(ctx, app, facts)
	if image == "" && p.Keys.Wheels.Status == plan.Miss {
		k, ok, err := nearest(ctx, plan.KeysOf(app, "").Wheels)
		if err != nil {
			return ExplainedKeys{}, err
		}
		if ok {
			image, made = plan.Wheels+":"+k.Short(), plan.Made{Wheels: k}
		}
	}
	how := plan.Explain(app, made)
	explained := func(s plan.Status, changes []plan.Difference) ExplainedKey {
		if s.Status != plan.Miss || changes == nil {
			return ExplainedKey{Status: s, Changes: []plan.Difference{}}
		}
		return ExplainedKey{s, image, changes}
	}
	r := ExplainedKeys{
		Wheels: explained(p.Keys.Wheels, how.Wheels), Runtime: explained(p.Keys.Runtime, how.Runtime),
		TestEnv: explained(p.Keys.TestEnv, how.TestEnv), App: explained(p.Image, how.App),
	}
	if len(r.Wheels.Changes) > 0 && len(r.Runtime.Changes) == 0 {
		r.Runtime.Reason = "other wheels"
	}
	return r, nil
}

// serving is the app image that the service runs, and what it was made from; ""
// where it does not say that.
func (e *Engine) serving(ctx context.Context, app plan.App, facts plan.Facts) (image string, made plan.Made) {
	service := app.Config.Service
	name, digest, ok := strings.Cut(facts.Service.Image, "@")
	if !ok || name != e.Place.Repository+"/"+service {
		return "", made
	}
	image = service + "@" + key.Short(digest)
	if facts.Previous != nil {
		return image, *facts.Previous
	}
	labels, err := e.Registry.Labels(ctx, service, digest)
	if err != nil { // it says less without
		return "", made
	}
	if made, ok = (inventory.Image{Labels: labels}).Made(); !ok {
		return "", plan.Made{}
	}
	return image, made
}
