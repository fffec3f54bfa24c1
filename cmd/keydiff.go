package cmd

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func keyDiffCommand(s ui.Streams, d Deps) *cli.Command {
	return &cli.Command{
		Name:      "diff",
		Usage:     "print the fields in which two keys of wheels or runtime images differ; `.` is the app's key",
		ArgsUsage: "A B",
		Flags:     appFlags(),
		Action: func(c *cli.Context) error {
			args, asJSON, err := arguments(c, 2)
			if err != nil {
				return err
			}
			if len(args) != 2 {
				return errs.New(errs.Usage, "Run `"+c.Command.HelpName+" --help`.", "give two keys, or one and . for the app")
			}
			return KeyDiff(c.Context, s, d, appOptions(c), args[0], args[1], asJSON)
		},
	}
}

// diffReport is `key diff --json`. Wheels says how the wheels of two runtime
// images differ, where that is known.
type diffReport struct {
	Kind    string            `json:"kind"` // plan.Wheels or plan.Runtime
	A       string            `json:"a"`
	B       string            `json:"b"`
	Changes []plan.Difference `json:"changes"`
	Wheels  []plan.Difference `json:"wheels,omitempty"`
}

// side is one of the two keys. Wheels is that in a runtime key, where it is known.
type side struct {
	kind        string
	key, wheels key.Key
}

// KeyDiff prints the fields in which two keys differ, from a to b.
func KeyDiff(ctx context.Context, s ui.Streams, d Deps, o AppOptions, a, b string, asJSON bool) error {
	var own plan.App
	var r *repository
	var err error
	if a == "." || b == "." {
		app, lerr := engine.Load(ctx, o.input(d))
		if lerr != nil {
			return lerr
		}
		own = app.App
		r, err = repositoryOf(ctx, d, o, own.Config)
	} else {
		r, err = openRepository(ctx, d, o)
	}
	if err != nil {
		return err
	}
	defer r.Close()
	found, err := r.images.Images(ctx)
	if err != nil {
		return err
	}
	var st inventory.Stock
	for _, i := range found {
		st.Images = append(st.Images, inventory.Image{Package: i.Name, Digest: i.Digest, Tags: i.Tags})
	}
	var sides [2]side
	for n, name := range []string{a, b} {
		if name != "." {
			if sides[n], err = r.side(ctx, st, name); err != nil {
				return err
			}
		}
	}
	mine(own, &sides)
	before, now := sides[0], sides[1]
	if before.kind != now.kind {
		return errs.New(errs.Usage, "Give two keys of one kind.", "%s is a %s key and %s a %s key", a, before.kind, b, now.kind)
	}
	places := own.Closure
	if b != "." {
		places = nil // the lines of the app are not where b's requirements come from
	}
	out := diffReport{Kind: now.kind, A: before.key.Hash, B: now.key.Hash}
	out.Changes = plan.Differences(places, known(before.key, now.key), known(now.key, before.key))
	if before.wheels.Hash != now.wheels.Hash && now.wheels.Hash != "" {
		out.Wheels = plan.Differences(places, before.wheels, now.wheels)
	}
	if out.Changes == nil {
		out.Changes = []plan.Difference{}
	}
	if asJSON {
		return ui.WriteJSON(s.Out, out)
	}
	out.print(s.Out)
	return nil
}

// side finds a key in the registry, with its fields.
func (r *repository) side(ctx context.Context, st inventory.Stock, prefix string) (side, error) {
	image, _, err := st.Find(prefix, plan.Wheels, plan.Runtime)
	if err != nil {
		return side{}, err
	}
	k, err := r.keyOf(ctx, image)
	if err != nil {
		return side{}, err
	}
	if k.Hash == "" {
		return side{}, errs.New(errs.Usage, "Compare with an image of a newer gcpdeploy.", "%s does not say from which fields its key was made", r.images.Ref(image.Package, image.Digest))
	}
	sd := side{kind: image.Package, key: k}
	if image.Package != plan.Runtime {
		return sd, nil
	}
	for _, f := range k.Fields {
		if f.Name != plan.Wheels {
			continue
		}
		if w, _, err := st.Find(f.Value, plan.Wheels); err == nil { // it may be gone; then less is said
			if wk, err := r.keyOf(ctx, w); err == nil && wk.Hash == f.Value {
				sd.wheels = wk
			}
		}
	}
	return sd, nil
}

// known is a key without the fields of a runtime key that the other one, of an
// image that names its wheels alone, cannot have.
func known(k, other key.Key) key.Key {
	if len(other.Fields) != 1 || other.Fields[0].Name != plan.Wheels {
		return k
	}
	k.Fields = slices.DeleteFunc(slices.Clone(k.Fields), func(f key.Field) bool { return f.Name != plan.Wheels })
	return k
}

func (r *repository) keyOf(ctx context.Context, i inventory.Image) (key.Key, error) {
	labels, err := r.images.Labels(ctx, i.Package, i.Digest)
	return inventory.Image{Labels: labels}.Key(), err
}

// mine puts the app's key where none was looked up: of the other one's kind.
func mine(app plan.App, sides *[2]side) {
	for n := range sides {
		if sides[n].kind != "" {
			continue
		}
		keys := plan.KeysOf(app, "")
		if sides[1-n].kind == plan.Runtime {
			sides[n] = side{plan.Runtime, keys.Runtime, keys.Wheels}
		} else {
			sides[n] = side{kind: plan.Wheels, key: keys.Wheels}
		}
	}
}

func (r diffReport) print(w io.Writer) {
	if r.A == r.B {
		fmt.Fprintf(w, "%s %s: no field differs\n", r.Kind, key.Short(r.B))
		return
	}
	fmt.Fprintf(w, "%s %s → %s\n", r.Kind, key.Short(r.A), key.Short(r.B))
	if len(r.Changes) == 0 {
		fmt.Fprintln(w, "    a field that an image does not tell")
	}
	for _, c := range r.Changes {
		fmt.Fprintln(w, "    "+c.Text)
		if c.Name == plan.Wheels {
			for _, c := range r.Wheels {
				fmt.Fprintln(w, "        "+c.Text)
			}
		}
	}
}
