package inventory

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// What has a layer of its own: a wheel of so many bytes at least, and so many of them at
// most, as an image has 127 layers and each is one more thing to ask for. A package of half
// a megabyte that moves costs about the same in a layer of its own and among others, one
// of a megabyte half as much; a first pull takes longer with each layer (0028). Of
// spectrum's packages numpy and scipy are 96 % of the bytes, and the others are smaller
// than 0.3 MB.
const (
	heavy      = 1 << 20
	mostLayers = 20
)

// installers are the files of the wheelhouse program that decide what an installed
// package comes to.
var installers = []string{"bytecode.py", "files.py", "install.py", "pip.py", "record.py", "spread.py"}

// LayerOf is a package that has a layer of its own.
type LayerOf struct {
	Package
	Key key.Key
}

// Layers are the packages that have layers of their own, the largest first: apps that
// share some share them from the bottom. Their keys cover all that decides what pip makes
// of a wheel: its content, the Python, its pip, and our program, by slash path.
func (m Manifest) Layers(program map[string][]byte) (layers []LayerOf) {
	if m.Magic == "" { // a Python that is not known
		return nil
	}
	fields := []key.Field{
		key.Of("python", m.Implementation+" "+m.Python), key.Of("bytecode", m.Magic), key.Of("platform", m.Platform), key.Of("pip", m.Tools["pip"]),
	}
	for _, path := range slices.Sorted(maps.Keys(program)) {
		if name := path[strings.LastIndexByte(path, '/')+1:]; slices.Contains(installers, name) {
			fields = append(fields, key.Of("program "+name, key.Sum(program[path])))
		}
	}
	for _, p := range m.Packages {
		if p.Size >= heavy {
			layers = append(layers, LayerOf{p, key.New(plan.Layers, append(slices.Clone(fields), key.Of("package", p.Name+" "+p.Version), key.Of("wheel", p.SHA256))...)})
		}
	}
	slices.SortFunc(layers, func(a, b LayerOf) int { return cmp.Or(cmp.Compare(b.Size, a.Size), cmp.Compare(a.Name, b.Name)) })
	return layers[:min(mostLayers, len(layers))]
}

// LayerLabels are those of a layer's image.
func LayerLabels(k key.Key) map[string]string {
	text, _ := json.Marshal(k) // texts only: never fails
	return map[string]string{plan.KeyLabel(plan.Layers): k.Hash, plan.FieldsLabel: string(text)}
}

// SystemKey names what a runtime image stands on: a base by digest, with packages of the
// system, as our program installs them.
func SystemKey(base string, packages []string, program map[string][]byte) key.Key {
	fields := []key.Field{key.Of("base image", base), key.List("packages", packages)}
	for _, path := range slices.Sorted(maps.Keys(program)) {
		if name := path[strings.LastIndexByte(path, '/')+1:]; name == "apt.py" || name == "system.py" {
			fields = append(fields, key.Of("program "+name, key.Sum(program[path])))
		}
	}
	return key.New(plan.System, fields...)
}

// BaseKey names a base image in the registry, by the digest of its configuration, which is
// what Docker calls it by.
func BaseKey(id string) key.Key {
	return key.New(plan.System, key.Of("base image's configuration", id))
}

// SharedLayer is a package's layer, and who has it.
type SharedLayer struct {
	Package string // and version
	Key     string
	Size    int64         // bytes in the registry
	Images  int           // runtime images that have it
	UsedBy  []release.Use // revisions whose images do
}

// LayersOf are the layers of the packages of some wheels, in the wheels' order.
func (s Stock) LayersOf(m Manifest) (shared []SharedLayer) {
	x := newIndex(s)
	for _, p := range m.Packages {
		for n := range s.Images {
			i := &s.Images[n]
			if i.Package != plan.Layers || len(i.Layers) == 0 || !slices.Contains(i.Key().Fields, key.Of("wheel", p.SHA256)) {
				continue
			}
			shared = append(shared, x.sharing(SharedLayer{Package: p.Name + " " + p.Version, Key: i.Key().Hash, Size: i.Layers[0].Size}, i.Layers[0].Blob))
		}
	}
	return shared
}

// sharing adds who has a blob.
func (x *index) sharing(l SharedLayer, blob string) SharedLayer {
	has := func(i *Image) bool {
		return slices.ContainsFunc(i.Layers, func(l Layer) bool { return l.Blob == blob })
	}
	for n := range x.Images {
		if i := &x.Images[n]; i.Package == plan.Runtime && has(i) {
			l.Images++
		}
	}
	for _, u := range x.Uses {
		used := slices.ContainsFunc(u.Images, func(ref string) bool { return slices.ContainsFunc(x.named(ref), has) })
		if used && !slices.ContainsFunc(l.UsedBy, func(other release.Use) bool { return same(u, other) }) {
			l.UsedBy = append(l.UsedBy, u)
		}
	}
	return l
}
