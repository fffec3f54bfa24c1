package inventory

import (
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// index finds the images of a Stock.
type index struct {
	Stock
	byTag    map[string]*Image   // "wheels:TAG"
	byDigest map[string][]*Image // the same bytes may be in several packages
}

func newIndex(s Stock) *index {
	x := &index{Stock: s, byTag: map[string]*Image{}, byDigest: map[string][]*Image{}}
	for n := range s.Images {
		i := &s.Images[n]
		x.byDigest[i.Digest] = append(x.byDigest[i.Digest], i)
		for _, t := range i.Tags {
			x.byTag[i.Package+":"+t] = i
		}
	}
	return x
}

// tag gives the image under a tag, or nil.
func (x *index) tag(pkg, tag string) *Image { return x.byTag[pkg+":"+tag] }

// at gives the image of a package by digest, or nil.
func (x *index) at(pkg, digest string) *Image {
	for _, i := range x.byDigest[digest] {
		if i.Package == pkg {
			return i
		}
	}
	return nil
}

// named gives the images that a container's reference can mean. A digest is
// enough, whatever host it was pulled from.
func (x *index) named(ref string) []*Image {
	if _, digest, ok := strings.Cut(ref, "@"); ok {
		return x.byDigest[digest]
	}
	path, tag := ref, "latest"
	if c := strings.LastIndexByte(ref, ':'); c > strings.LastIndexByte(ref, '/') {
		path, tag = ref[:c], ref[c+1:]
	}
	var found []*Image
	for n := range x.Images {
		if i := &x.Images[n]; strings.HasSuffix(path, "/"+i.Package) && slices.Contains(i.Tags, tag) {
			found = append(found, i)
		}
	}
	return found
}

// runtimeOf is the very runtime image that an app image stands on: the one whose
// layers it begins with. Where no layers are known it is the one of its key, whose
// tag may have moved since.
func (x *index) runtimeOf(app *Image) *Image {
	var best *Image
	for n := range x.Images {
		i := &x.Images[n]
		if i.Package == plan.Runtime && beginsWith(app.Layers, i.Layers) && (best == nil || len(i.Layers) > len(best.Layers)) {
			best = i
		}
	}
	if best == nil {
		made, _ := app.Made()
		best = x.tag(plan.Runtime, made.Runtime.Hash)
	}
	return best
}

func beginsWith(layers, lower []Layer) bool {
	if len(lower) == 0 || len(lower) > len(layers) {
		return false
	}
	for n, l := range lower {
		if l.ID == "" || l.ID != layers[n].ID {
			return false
		}
	}
	return true
}

// installed is the wheels image that a runtime image was made from.
func (x *index) installed(runtime *Image) *Image {
	if runtime == nil {
		return nil
	}
	if w := x.at(plan.Wheels, runtime.Labels[plan.WheelsLabel]); w != nil {
		return w
	}
	return x.tag(plan.Wheels, runtime.Labels[wheelsLabel])
}

// wheelsOf is the wheels image that an app image's packages came from.
func (x *index) wheelsOf(app *Image) *Image {
	if w := x.installed(x.runtimeOf(app)); w != nil {
		return w
	}
	made, _ := app.Made()
	return x.tag(plan.Wheels, made.Wheels.Hash)
}

// needs are the shared images that an app image was made from, and those that
// its keys lead to now: what the next change of its source starts from.
func (x *index) needs(app *Image) []*Image {
	made, _ := app.Made()
	runtimes := []*Image{x.runtimeOf(app), x.tag(plan.Runtime, made.Runtime.Hash)}
	needed := append(slices.Clone(runtimes), x.tag(plan.Wheels, made.Wheels.Hash))
	for _, r := range runtimes {
		if r != nil {
			testenv, _ := made.Seeds.Keys(r.Digest)
			needed = append(needed, x.installed(r), x.tag(plan.TestEnv, testenv.Hash))
		}
	}
	return slices.DeleteFunc(needed, func(i *Image) bool { return i == nil })
}
