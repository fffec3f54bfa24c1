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

// slimmers are those that decide what is removed from it, where that is asked for.
var slimmers = []string{"elf.py", "slim.py", "spare.py", "symbols.py"}

// slimField says in a layer's key what the package is without.
const slimField = "slim"

// LayerOf is a package that has a layer of its own.
type LayerOf struct {
	Package
	Key key.Key
}

// Layers are the packages that have layers of their own, the largest first: apps that
// share some share them from the bottom. Their keys cover all that decides what pip makes
// of a wheel: its content, the Python, its pip, and our program, by slash path; and of a
// package that is slimmed what it is without.
func (m Manifest) Layers(program map[string][]byte, slim plan.Slim) (layers []LayerOf) {
	if m.Magic == "" { // a Python that is not known
		return nil
	}
	fields := []key.Field{
		key.Of("python", m.Implementation+" "+m.Python), key.Of("bytecode", m.Magic), key.Of("platform", m.Platform), key.Of("pip", m.Tools["pip"]),
	}
	fields = append(fields, programFields(program, installers...)...)
	for _, p := range m.Packages {
		if p.Size >= heavy {
			own := []key.Field{key.Of("package", p.Name+" "+p.Version), key.Of("wheel", p.SHA256)}
			if without := slim.Of(p.Name); len(without) > 0 {
				own = append(append(own, key.Of(slimField, strings.Join(without, " "))), programFields(program, slimmers...)...)
			}
			layers = append(layers, LayerOf{p, key.New(plan.Layers, append(own, fields...)...)})
		}
	}
	slices.SortFunc(layers, func(a, b LayerOf) int { return cmp.Or(cmp.Compare(b.Size, a.Size), cmp.Compare(a.Name, b.Name)) })
	return layers[:min(mostLayers, len(layers))]
}

// programFields are some files of the wheelhouse program as a part of keys.
func programFields(program map[string][]byte, names ...string) (fields []key.Field) {
	for _, path := range slices.Sorted(maps.Keys(program)) {
		if name := path[strings.LastIndexByte(path, '/')+1:]; slices.Contains(names, name) {
			fields = append(fields, key.Of("program "+name, key.Sum(program[path])))
		}
	}
	return fields
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
	return key.New(plan.System, append(fields, programFields(program, "apt.py", "system.py")...)...)
}

// BaseKey names a base image in the registry, by the digest of its configuration, which is
// what Docker calls it by.
func BaseKey(id string) key.Key {
	return key.New(plan.System, key.Of("base image's configuration", id))
}

// SharedLayer is a package's layer, and who has it.
type SharedLayer struct {
	Package string // and version, and what it is without
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
			shared = append(shared, x.sharing(SharedLayer{Package: p.Name + " " + p.Version + without(i.Key()), Key: i.Key().Hash, Size: i.Layers[0].Size}, i.Layers[0].Blob))
		}
	}
	return shared
}

// without says for people what a layer's package is without.
func without(k key.Key) string {
	for _, f := range k.Fields {
		if f.Name == slimField {
			return " without " + strings.ReplaceAll(f.Value, " ", ", ")
		}
	}
	return ""
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
