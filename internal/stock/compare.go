package stock

import (
	"context"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// OfApp names the app's own key among those to compare.
const OfApp = "."

// Comparison is how two keys differ, as `key diff --json` prints it. Wheels says
// how the wheels of two runtime images differ, where that is known.
type Comparison struct {
	Kind    string            `json:"kind"` // plan.Wheels or plan.Runtime
	A       string            `json:"a"`
	B       string            `json:"b"`
	Changes []plan.Difference `json:"changes"`
	Wheels  []plan.Difference `json:"wheels,omitempty"`
}

// compared is one of the two keys. Wheels is that in a runtime key, where it is
// known.
type compared struct {
	kind        string
	key, wheels key.Key
}

// Compare says in which fields two keys of wheels or runtime images differ, from a
// to b. Each is the beginning of a key or digest, or OfApp for the key that app
// leads to, which else may be zero.
func (k Keeper) Compare(ctx context.Context, app plan.App, a, b string) (Comparison, error) {
	images, err := k.Registry.Images(ctx)
	if err != nil {
		return Comparison{}, err
	}
	st := inventory.Stock{Images: images}
	var sides [2]compared
	for n, name := range []string{a, b} {
		if name != OfApp {
			if sides[n], err = k.find(ctx, st, name); err != nil {
				return Comparison{}, err
			}
		}
	}
	for n, name := range []string{a, b} {
		if name == OfApp {
			sides[n] = ofApp(app, sides[1-n].kind)
		}
	}
	before, now := sides[0], sides[1]
	if before.kind != now.kind {
		return Comparison{}, errs.New(errs.Usage, "Give two keys of one kind.", "%s is a %s key and %s a %s key", a, before.kind, b, now.kind)
	}
	places := app.Closure
	if b != OfApp {
		places = nil // the lines of the app are not where b's requirements come from
	}
	c := Comparison{Kind: now.kind, A: before.key.Hash, B: now.key.Hash, Changes: []plan.Difference{}}
	changes := plan.Differences(places, sharedFields(before.key, now.key), sharedFields(now.key, before.key))
	c.Changes = append(c.Changes, changes...)
	if before.wheels.Hash != now.wheels.Hash && now.wheels.Hash != "" {
		c.Wheels = plan.Differences(places, before.wheels, now.wheels)
	}
	return c, nil
}

// ofApp is the app's key of a kind; of wheels where that is open.
func ofApp(app plan.App, kind string) compared {
	keys := plan.KeysOf(app, "")
	if kind == plan.Runtime {
		return compared{plan.Runtime, keys.Runtime, keys.Wheels}
	}
	return compared{kind: plan.Wheels, key: keys.Wheels}
}

// find looks a key up in the registry, with its fields.
func (k Keeper) find(ctx context.Context, st inventory.Stock, prefix string) (compared, error) {
	image, _, err := st.Find(prefix, plan.Wheels, plan.Runtime)
	if err != nil {
		return compared{}, err
	}
	found := compared{kind: image.Package}
	if found.key, err = k.keyOf(ctx, image); err != nil {
		return compared{}, err
	}
	if found.key.Hash == "" {
		return compared{}, errs.New(errs.Usage, "Compare with an image of a newer gcpdeploy.", "%s does not say from which fields its key was made", k.Ref(image.Package, image.Digest))
	}
	if image.Package != plan.Runtime {
		return found, nil
	}
	for _, f := range found.key.Fields {
		if f.Name != plan.Wheels {
			continue
		}
		if w, _, err := st.Find(f.Value, plan.Wheels); err == nil { // it may be gone; then less is said
			if wk, err := k.keyOf(ctx, w); err == nil && wk.Hash == f.Value {
				found.wheels = wk
			}
		}
	}
	return found, nil
}

// keyOf is the key of an image with the fields that made it.
func (k Keeper) keyOf(ctx context.Context, i inventory.Image) (key.Key, error) {
	labels, err := k.Registry.Labels(ctx, i.Package, i.Digest)
	if err != nil {
		return key.Key{}, err
	}
	return inventory.Image{Labels: labels}.Key(), nil
}

// sharedFields is a key without the fields of a runtime key that the other one, of
// an image that names its wheels alone, cannot have.
func sharedFields(k, other key.Key) key.Key {
	if len(other.Fields) != 1 || other.Fields[0].Name != plan.Wheels {
		return k
	}
	k.Fields = slices.DeleteFunc(slices.Clone(k.Fields), func(f key.Field) bool { return f.Name != plan.Wheels })
	return k
}
