// Package inventory knows what the images of a repository are to each other:
// which tag is a key, which image was made from which, what the revisions of the
// services use, and what may go. It is given plain values (Stock) and decides;
// stock gathers them and does what was decided. A label that is missing makes it
// say less, and remove less.
package inventory

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// wheelsLabel is the label of a wheels or a runtime image with the wheels key.
var wheelsLabel = plan.KeyLabel(plan.Wheels)

// Stock is what there is: the repository's images, what the services' revisions
// run, and the builds under way.
type Stock struct {
	Images []Image
	Uses   []release.Use
	Builds []Build
}

// Image is what the repository holds under one digest. Layers and Labels are
// empty when they were not read.
type Image struct {
	Package  string // plan.Wheels, plan.Runtime, …, or a service's name
	Digest   string
	Tags     []string
	Size     int64
	Uploaded time.Time
	Parts    []string // digests of what an index is made of
	Labels   map[string]string
	Layers   []Layer // from the bottom
}

// Layer is one layer of an image: the digest of what is in it, and the digest
// and the size of its bytes in the registry.
type Layer struct {
	ID, Blob string
	Size     int64
}

// Build is one that has not ended: when its run began to look at the registry,
// and the digests and keys in its steps.
type Build struct {
	ID    string
	Began time.Time
	Names []string
}

var (
	isKey   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	isRun   = regexp.MustCompile(`^run-[A-Za-z0-9._-]+$`)
	partial = regexp.MustCompile(`^partial-([0-9a-f]{40})$`)
	isLease = regexp.MustCompile(`^lease-[A-Za-z0-9._-]+$`)
	near    = regexp.MustCompile(`^near-([0-9a-f]{12})-[A-Za-z0-9._-]+$`)
)

// ours says whether a tag is of a form that this program makes.
func ours(tag string) bool {
	return isKey.MatchString(tag) || isRun.MatchString(tag) || partial.MatchString(tag) || near.MatchString(tag) || isLease.MatchString(tag)
}

// Keys are the tags that are whole keys.
func (i Image) Keys() []string { return i.tags(isKey) }

// Partial is the beginning of the wheels key that a failed build made some wheels
// for, or "".
func (i Image) Partial() string {
	for _, t := range i.Tags {
		if m := partial.FindStringSubmatch(t); m != nil {
			return m[1]
		}
	}
	return ""
}

// Name is what to call the image: by its key, where it has some the one that it
// says it was made for; by its run; or by its digest.
func (i Image) Name() string {
	keys := i.Keys()
	for _, k := range append([]string{i.Labels[wheelsLabel], i.Key().Hash}, keys...) {
		if slices.Contains(keys, k) {
			return key.Short(k)
		}
	}
	if p := i.Partial(); p != "" {
		return "partial-" + key.Short(p)
	}
	for _, t := range i.tags(isRun) {
		return t
	}
	return "@" + key.Short(i.Digest)
}

func (i Image) tags(form *regexp.Regexp) (tags []string) {
	for _, t := range i.Tags {
		if form.MatchString(t) {
			tags = append(tags, t)
		}
	}
	return tags
}

// Key is the key with its fields that the image was made for; zero where it does
// not say. Of a runtime image that says no more, it has the wheels alone.
func (i Image) Key() key.Key {
	var k key.Key
	if json.Unmarshal([]byte(i.Labels[plan.FieldsLabel]), &k) == nil && isKey.MatchString(k.Hash) {
		return k
	}
	hash, wheels := i.Labels[plan.KeyLabel(plan.Runtime)], i.Labels[wheelsLabel]
	if isKey.MatchString(hash) && wheels != "" {
		return key.Key{Hash: hash, Fields: []key.Field{key.Of(plan.Wheels, wheels)}}
	}
	return key.Key{}
}

// Made is what an app image says it was made from; ok is false where it does not.
func (i Image) Made() (m plan.Made, ok bool) {
	text := i.Labels[plan.Label]
	return m, text != "" && json.Unmarshal([]byte(text), &m) == nil
}

// Base is the image's base by digest, as far as known.
func (i Image) Base() string { return i.Labels[plan.BaseLabel] }

// shared says whether a package is one of the images that all services share.
func shared(pkg string) bool {
	return slices.Contains([]string{plan.Wheels, plan.Runtime, plan.TestEnv, plan.System, plan.Layers}, pkg)
}

// App says whether the image is of a service's package.
func (i Image) App() bool {
	return !shared(i.Package) && i.Package != plan.Builder && i.Package != plan.Leases
}

var digits = regexp.MustCompile(`[0-9a-f]{64}`)

// brief shortens the digests in a text.
func brief(text string) string {
	return digits.ReplaceAllStringFunc(text, func(s string) string { return s[:8] })
}

// family names the images that replace each other: same Python, platform and
// base, as far as they are known; of a service, all its images.
func (x *index) family(i *Image) string {
	if i.App() {
		return i.Package
	}
	if w := x.tag(plan.Wheels, i.Labels[wheelsLabel]); i.Package == plan.Runtime && w != nil {
		return x.family(w)
	}
	fields := map[string]string{}
	for _, f := range i.Key().Fields {
		fields[f.Name] = f.Value
	}
	var parts []string
	if v := fields["python"]; v != "" {
		parts = append(parts, "Python "+v)
	}
	for _, v := range []string{fields["platform"], cmp.Or(i.Base(), fields["base image"])} {
		if v != "" {
			parts = append(parts, v)
		}
	}
	if len(parts) == 0 {
		for _, t := range i.tags(near) {
			return near.FindStringSubmatch(t)[1]
		}
	}
	return strings.Join(parts, ", ")
}
