package builder

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/layer"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Stacks is what a runtime needs of the registry that is put together of layers there.
type Stacks interface {
	Registry
	// Layer is the one layer of an image, and the image's labels; NotFound where there is none.
	Layer(ctx context.Context, image, version string) (layer.Blob, map[string]string, error)
	// Mount lets a layer of one image be one of another; NotFound where it is lost.
	Mount(ctx context.Context, from, to string, l layer.Blob) error
	// MountImage is Mount for all layers of an image.
	MountImage(ctx context.Context, from, digest, to string) error
	// PushLayer puts an image of one layer there, without a tag.
	PushLayer(ctx context.Context, image string, l layer.Blob, labels map[string]string) (digest string, err error)
	// Stack puts layers on an image, and all under a tag of another one.
	Stack(ctx context.Context, image, digest, to, tag string, layers []layer.Placed, more layer.Ground) (stacked string, err error)
	// Uploaded is when an image was pushed.
	Uploaded(ctx context.Context, image, digest string) (time.Time, error)
}

// found is what the layers step leaves for the runtime step.
type found struct {
	System key.Key      `json:"system"` // zero = there are no packages of the system
	Known  string       `json:"known"`  // digest of the key's image, which is taken; "" = it is made
	Layers []foundLayer `json:"layers"` // the largest first
}

// foundLayer is a package with a layer of its own. Of one that is there, Blob is it.
type foundLayer struct {
	Key   key.Key    `json:"key"`
	Name  string     `json:"name"` // and version, for people
	There bool       `json:"there"`
	Blob  layer.Blob `json:"blob"`
}

// chosen is what the wheelhouse program reads of a layer.
type chosen struct {
	Key   string `json:"key"`
	Name  string `json:"name"`
	File  string `json:"file"`
	There bool   `json:"there"`
}

// systemAge is how long what was installed of the system's packages is taken for new
// runtimes: their distributions mend them without a change of any name.
const systemAge = 7 * 24 * time.Hour

// systemLine says in the Dockerfile what the system is.
const systemLine = "\nARG SYSTEM=made\n"

// Layers looks which packages of the wheels are there as layers, and makes those layers
// the runtime's: whoever removes their images now takes nothing from it. It leaves in dir,
// the build's source, what the next steps are to make.
func Layers(ctx context.Context, reg Stacks, p plan.Plan, wheels, dir string, now time.Time, out io.Writer) error {
	m, err := wheelsManifest(ctx, reg, dir, wheels)
	if err != nil {
		return err
	}
	program, err := programIn(dir)
	if err != nil {
		return err
	}
	var f found
	asked := []chosen{}
	for _, l := range m.Layers(program, p.Slim) {
		f.Layers = append(f.Layers, foundLayer{Key: l.Key, Name: l.Name + " " + l.Version})
		asked = append(asked, chosen{Key: l.Key.Hash, Name: l.Name, File: l.File})
	}
	g, gctx := errgroup.WithContext(ctx)
	for i := range f.Layers {
		g.Go(func() error { return take(gctx, reg, &f.Layers[i]) })
	}
	system := ""
	g.Go(func() (err error) {
		system, err = findSystem(gctx, reg, p, m, program, &f, now)
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	for i, l := range f.Layers {
		asked[i].There = l.There
	}
	fmt.Fprintln(out, f.String())
	return writeFound(dir, f, asked, system)
}

// SaveWheels leaves in dir, the build's source, which wheels the run goes on with. Their
// key's tag may be moved by another run before they are installed.
func SaveWheels(dir string, r plan.PublishedWheels) error {
	return os.WriteFile(filepath.Join(dir, plan.WheelsFile), []byte(r.Wheels), 0o644)
}

// wheelsManifest reads what the wheels are that are installed: those of ref, or that this
// run has published.
func wheelsManifest(ctx context.Context, reg Stacks, dir, ref string) (inventory.Manifest, error) {
	_, version, byDigest := cut(ref)
	if !byDigest {
		now, err := os.ReadFile(filepath.Join(dir, plan.WheelsFile))
		if err != nil {
			return inventory.Manifest{}, fmt.Errorf("reading which wheels were published: %w", err)
		}
		version = string(now)
	}
	data, err := reg.ReadFile(ctx, plan.Wheels, version, inventory.ManifestFile)
	if errs.KindOf(err) == errs.NotFound { // written by hand
		return inventory.Manifest{}, nil
	}
	if err != nil {
		return inventory.Manifest{}, fmt.Errorf("reading what the wheels are: %w", err)
	}
	return inventory.ParseManifest(data)
}

// programIn reads the wheelhouse program of the build, by its path.
func programIn(dir string) (map[string][]byte, error) {
	program := map[string][]byte{}
	files, err := fs.Glob(os.DirFS(dir), plan.Dir+"/wheels/wheelhouse/*.py")
	for _, name := range files {
		if program[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("reading the wheelhouse program: %w", err)
	}
	return program, nil
}

// take looks for a layer, and makes it one of the runtime's.
func take(ctx context.Context, reg Stacks, l *foundLayer) error {
	blob, _, err := reg.Layer(ctx, plan.Layers, l.Key.Hash)
	if err == nil {
		err = reg.Mount(ctx, plan.Layers, plan.Runtime, blob)
	}
	if errs.KindOf(err) == errs.NotFound { // or lost: then it is made again
		return nil
	}
	l.There, l.Blob = err == nil, blob
	return err
}

// findSystem says what the runtime stands on, as a stage or an image: the base as it is,
// an image of an earlier build, or what is made now.
func findSystem(ctx context.Context, reg Stacks, p plan.Plan, m inventory.Manifest, program map[string][]byte, f *found, now time.Time) (string, error) {
	packages := slices.Concat(p.Detected.RuntimePackages.Value, m.System)
	if len(packages) == 0 {
		return "bare", nil
	}
	slices.Sort(packages)
	f.System = inventory.SystemKey(p.Base, slices.Compact(packages), program)
	// A base that no registry names may be another one by now, and a refresh is for what is newer.
	if !strings.Contains(p.Base, "@sha256:") || p.Refresh || p.Wheelhouse != nil && p.Wheelhouse.Renew {
		return "made", nil
	}
	digest, ok, err := reg.Digest(ctx, plan.System, f.System.Hash)
	if err != nil || !ok {
		return "made", err
	}
	uploaded, err := reg.Uploaded(ctx, plan.System, digest)
	if err != nil || now.Sub(uploaded) > systemAge {
		return "made", err
	}
	err = reg.MountImage(ctx, plan.System, digest, plan.Runtime)
	if errs.KindOf(err) == errs.NotFound { // not all of it is there any more
		return "made", nil
	}
	if err != nil {
		return "", err
	}
	f.Known = digest
	return p.Repository + "/" + plan.System + "@" + digest, nil
}

// String is what was found, for people.
func (f found) String() string {
	var shared, lacking []string
	for _, l := range f.Layers {
		if l.There {
			shared = append(shared, l.Name)
		} else {
			lacking = append(lacking, l.Name)
		}
	}
	text := "layers: "
	switch {
	case len(f.Layers) == 0:
		text += "no package is large enough for one"
	case len(lacking) == 0:
		text += strings.Join(shared, ", ") + " shared; none is to be made"
	case len(shared) == 0:
		text += strings.Join(lacking, ", ") + " to be made"
	default:
		text += strings.Join(shared, ", ") + " shared; " + strings.Join(lacking, ", ") + " to be made"
	}
	if f.Known != "" {
		text += "; packages of the system are those of an earlier build"
	}
	return text
}

func writeFound(dir string, f found, asked []chosen, system string) error {
	file := filepath.Join(dir, plan.WheelFile)
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("saying what the system is: %w", err)
	}
	if bytes.Count(text, []byte(systemLine)) != 1 {
		return errs.New(errs.Internal, "Use one version of gcpdeploy for the client and the builder image.", "saying what the system is: %s has no line %q", plan.WheelFile, strings.TrimSpace(systemLine))
	}
	text = bytes.Replace(text, []byte(systemLine), []byte("\nARG SYSTEM="+system+"\n"), 1)
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return fmt.Errorf("saying what the system is: %w", err)
	}
	for name, value := range map[string]any{plan.LayersFile: f, plan.ChosenLayers: asked} {
		data, err := json.Marshal(value)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), data, 0o644)
		}
		if err != nil {
			return fmt.Errorf("saying which layers are there: %w", err)
		}
	}
	return nil
}
