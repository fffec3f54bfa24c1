package engine

import (
	"context"

	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Keys are an app's keys, as `key --json` prints them. Testenv, content and app
// contain what only the registry knows, and are empty until the runtime image is
// there.
type Keys struct {
	plan.Keys
	Content key.Key `json:"content"`
}

// KeysOf are the keys that need nobody to ask.
func KeysOf(app plan.App) Keys { return Keys{Keys: plan.KeysOf(app, "")} }

// Keys asks the registry for what the later keys contain.
func (e *Engine) Keys(ctx context.Context, app plan.App) (Keys, error) {
	k := KeysOf(app)
	digest, ok, err := e.Registry.Digest(ctx, plan.Runtime, k.Runtime.Hash)
	if err != nil || !ok {
		return k, err
	}
	k.Keys = plan.KeysOf(app, digest)
	k.Content, err = e.contentKey(ctx, app, k.Wheels.Hash)
	return k, err
}

// contentKey is C of the wheels under a key; zero when they are not there.
func (e *Engine) contentKey(ctx context.Context, app plan.App, wheels string) (key.Key, error) {
	digest, ok, err := e.Registry.Digest(ctx, plan.Wheels, wheels)
	if err != nil || !ok {
		return key.Key{}, err
	}
	lock, err := e.Registry.ReadFile(ctx, plan.Wheels, digest, inventory.LockFile)
	if err != nil {
		return key.Key{}, err
	}
	labels, err := e.Registry.Labels(ctx, plan.Wheels, digest)
	if err != nil {
		return key.Key{}, err
	}
	base := labels[plan.BaseLabel]
	if base == "" {
		base = app.Config.BaseImage
	}
	return inventory.ContentKey(lock, base), nil
}
