package builder

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/layer"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// ground is what the Dockerfile's stage `assembled` says of a runtime image.
var ground = layer.Ground{
	WorkDir: "/app", User: "10001:10001", Path: "/env/bin", Env: []string{"PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1"},
}

// The folders of what was installed, beside one for each package with a layer of its own:
// what all runtimes of a Python have, the other packages, and what is one app's.
const skeletonPart, restPart, topPart = "skeleton", "rest", "top"

// Runtime puts a runtime image together under ref: on the system's image the layers that
// are there, and what the build has installed into dir. A package's layer is kept as an
// image of its own under its key, for other apps. The image's tag is written last.
func Runtime(ctx context.Context, reg Stacks, p plan.Plan, dir, system, ref string, labels map[string]string, out io.Writer) error {
	f, err := readFound(dir)
	if err != nil {
		return err
	}
	tree, err := layer.OpenTree(filepath.Join(dir, plan.InstalledTree))
	if err != nil {
		return err
	}
	defer tree.Close()
	if f.Layers, err = installed(tree, f.Layers); err != nil {
		return err
	}
	a := assembly{reg: reg, tree: tree, dir: filepath.Join(dir, plan.Dir)}
	below, err := resolve(ctx, reg, system)
	if err != nil {
		return err
	}
	if err := keepSystem(ctx, reg, f, below); err != nil {
		return err
	}
	placed, err := a.place(ctx, f.Layers)
	defer a.clean(placed)
	if err != nil {
		return err
	}
	repo, tag, _ := cut(ref)
	more := ground
	more.Labels = labels
	digest, err := reg.Stack(ctx, plan.System, below, repo[strings.LastIndexByte(repo, '/')+1:], tag, placed, more)
	if errs.KindOf(err) == errs.NotFound { // lost since it was found: the next run makes it again
		return errs.New(errs.Transient, "Run again.", "not all that the runtime is made of is there any more: %w", err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s, %s made now: the runtime is %s\n", ui.Count(len(placed), "layer"), ui.Bytes(made(placed, f.Layers)), key.Short(digest))
	return nil
}

// readFound reads what the layers step has left.
func readFound(dir string) (f found, err error) {
	data, err := os.ReadFile(filepath.Join(dir, plan.LayersFile))
	if err == nil {
		err = json.Unmarshal(data, &f)
	}
	if err != nil {
		return f, fmt.Errorf("reading which layers are there: %w", err)
	}
	return f, nil
}

// installed are the layers that the installation has come to: a package may have turned
// out to have none.
func installed(tree *layer.Tree, layers []foundLayer) ([]foundLayer, error) {
	data, err := tree.ReadFile("layers.json")
	var keys []string
	if err == nil {
		err = json.Unmarshal(data, &keys)
	}
	if err != nil {
		return nil, fmt.Errorf("reading what was installed: %w", err)
	}
	return slices.DeleteFunc(layers, func(l foundLayer) bool { return !slices.Contains(keys, l.Key.Hash) }), nil
}

// keepSystem gives a system that was made its key's tag. It is moved where there is one:
// what is newer was asked for.
func keepSystem(ctx context.Context, reg Stacks, f found, digest string) error {
	if f.System.Hash == "" || f.Known != "" {
		return nil
	}
	return reg.MoveTag(ctx, plan.System, f.System.Hash, digest)
}

// assembly makes layers of what was installed.
type assembly struct {
	reg  Stacks
	tree *layer.Tree
	dir  string
}

// place gives the layers of the environment from the bottom, by how seldom they change.
// One is pushed while the next one is compressed.
func (a assembly) place(ctx context.Context, layers []foundLayer) ([]layer.Placed, error) {
	placed := make([]layer.Placed, len(layers)+3)
	g, gctx := errgroup.WithContext(ctx)
	pack := func() error {
		for i, l := range layers {
			to := &placed[1+i]
			to.Blob, to.From, to.What = l.Blob, plan.Layers, l.Name
			if l.There {
				continue
			}
			b, err := a.tree.Layer(gctx, "layers/"+l.Key.Hash, a.dir)
			if err != nil {
				return err
			}
			g.Go(func() (err error) {
				defer os.Remove(b.Path)
				to.Blob, err = keepLayer(gctx, a.reg, l, b)
				return err
			})
		}
		for _, part := range []struct {
			at         int
			name, what string
		}{{0, skeletonPart, "environment"}, {len(placed) - 2, restPart, "packages"}, {len(placed) - 1, topPart, "lock"}} {
			if a.tree.Has(part.name) {
				b, err := a.tree.Layer(gctx, part.name, a.dir)
				if placed[part.at] = (layer.Placed{Blob: b, What: part.what}); err != nil {
					return err
				}
			}
		}
		return nil
	}
	g.Go(pack)
	err := g.Wait()
	return slices.DeleteFunc(placed, func(p layer.Placed) bool { return p.Digest == "" }), err
}

// keepLayer puts a package's layer into the registry, and gives the one that its key
// stands for: another run may have been first.
func keepLayer(ctx context.Context, reg Stacks, l foundLayer, b layer.Blob) (layer.Blob, error) {
	digest, err := reg.PushLayer(ctx, plan.Layers, b, inventory.LayerLabels(l.Key))
	if err != nil {
		return b, err
	}
	ours := layer.Blob{Digest: b.Digest, ID: b.ID, Size: b.Size}
	current, created, err := reg.CreateTag(ctx, plan.Layers, l.Key.Hash, digest)
	if err != nil || created || current == digest {
		return ours, err
	}
	theirs, _, err := reg.Layer(ctx, plan.Layers, current)
	if err == nil {
		err = reg.Mount(ctx, plan.Layers, plan.Runtime, theirs)
	}
	if errs.KindOf(err) == errs.NotFound { // it is lost
		return ours, reg.MoveTag(ctx, plan.Layers, l.Key.Hash, digest)
	}
	return theirs, err
}

// made is how many bytes are of layers that were not there.
func made(placed []layer.Placed, layers []foundLayer) (n int64) {
	for _, p := range placed {
		if !slices.ContainsFunc(layers, func(l foundLayer) bool { return l.There && l.Blob.Digest == p.Digest }) {
			n += p.Size
		}
	}
	return n
}

// clean removes the files of layers.
func (a assembly) clean(placed []layer.Placed) {
	for _, p := range placed {
		if p.Path != "" {
			_ = os.Remove(p.Path)
		}
	}
}
