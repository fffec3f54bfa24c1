// Package wheel tells from file names alone whether a package index has a
// wheel that a Python can install, or whether a pinned version would have to be
// built from its sdist. It knows the compatibility tags (PEP 425, 600, 656),
// yanked files and requires-python as pip treats them for an exact pin; it opens
// no file, asks no index and resolves nothing. It stands below requirements,
// which gives the pins, and plan, which draws the conclusions.
package wheel

import (
	"fmt"
	"slices"
	"strings"

	"deps.dev/util/pypi"
	"deps.dev/util/semver"
)

// Target is the Python that wheels are for: CPython, on a Linux with glibc.
type Target struct {
	Python  string // "3.12", or "3.14t" for a free-threaded build
	Machine string // as Python says it: "x86_64", "aarch64"
}

// Pin is a requirement of exactly one version.
type Pin struct {
	Name    string // normalised (PEP 503)
	Version string
	// SHA256 are the hashes that a file may have, in small hex; none = any.
	SHA256     []string
	OnlyBinary bool // pip's --only-binary
}

// File is a file of a project's page (PEP 503, 691).
type File struct {
	Name           string
	SHA256         string // "" when the index does not say
	RequiresPython string
	Yanked         bool
}

// Offer is what an index has of a pin.
type Offer int

const (
	// Nothing: pip would find no file to install.
	Nothing Offer = iota
	// Source: pip would build the sdist.
	Source
	// Wheel: pip would install a wheel.
	Wheel
)

// Judge says which kind of file pip would take for the pin, and why it is no
// wheel. files are all of the project's, of any version.
func (t Target) Judge(p Pin, files []File) (o Offer, reason string) {
	found := t.candidates(p, files)
	// Yanked files count for an exact pin, but after those that are not.
	if slices.ContainsFunc(found, func(c candidate) bool { return c.usable() && !c.yanked }) {
		found = slices.DeleteFunc(found, func(c candidate) bool { return c.yanked })
	}
	for _, c := range found {
		if c.usable() {
			o = max(o, c.offer)
		}
	}
	if o == Wheel {
		return o, ""
	}
	return o, t.reason(o, p, found)
}

// candidate is a file of the pin's version, with what keeps pip from taking it.
type candidate struct {
	offer    Offer // Wheel or Source
	yanked   bool
	platform bool   // a wheel for this platform, for whichever Python
	tags     bool   // false: a wheel for another Python or platform
	python   string // requires-python, where it excludes this one
	hash     bool   // false: its hash is not among those of the pin
	binary   bool   // false: an sdist, and only wheels are wanted
}

func (c candidate) usable() bool { return c.tags && c.python == "" && c.hash && c.binary }

// Select chooses the files of the pin's version, to judge them for several
// targets: a project's page has those of every version.
func (p Pin) Select(files []File) (found []File) {
	for _, f := range files {
		_, version, ok := parseWheel(p.Name, f.Name)
		if !ok {
			version, ok = sdistVersion(p.Name, f.Name)
		}
		if ok && sameVersion(p.Version, version) {
			found = append(found, f)
		}
	}
	return found
}

// candidates are the files of the pin's version, as the target sees them.
func (t Target) candidates(p Pin, files []File) (found []candidate) {
	for _, f := range p.Select(files) {
		c := candidate{offer: Source, yanked: f.Yanked, tags: true, binary: !p.OnlyBinary}
		if tags, _, ok := parseWheel(p.Name, f.Name); ok {
			c.offer, c.binary, c.tags = Wheel, true, slices.ContainsFunc(tags, t.installs)
			c.platform = slices.ContainsFunc(tags, func(tag pypi.PEP425Tag) bool { return t.runsOn(tag.Platform) })
		}
		if !t.allowed(f.RequiresPython) {
			c.python = f.RequiresPython
		}
		c.hash = len(p.SHA256) == 0 || f.SHA256 == "" || slices.Contains(p.SHA256, f.SHA256)
		found = append(found, c)
	}
	return found
}

// reason says why there is no wheel to take.
func (t Target) reason(o Offer, p Pin, found []candidate) string {
	anyOf := func(is func(candidate) bool) bool { return slices.ContainsFunc(found, is) }
	wheel := func(c candidate) bool { return c.offer == Wheel }
	excluded := func(c candidate) bool { return c.python != "" }
	lacks := "no wheel for Python " + t.Python
	switch {
	case len(found) == 0:
		return "no such version"
	case o == Nothing && anyOf(excluded):
		return "requires Python " + found[slices.IndexFunc(found, excluded)].python
	case anyOf(func(c candidate) bool { return wheel(c) && c.tags && c.python == "" && !c.hash }):
		lacks += " with a hash that is listed"
	case !anyOf(wheel):
		lacks = "only an sdist"
	case !anyOf(func(c candidate) bool { return wheel(c) && c.platform }):
		lacks = "no wheel for Linux on " + t.Machine
	}
	if o == Nothing && p.OnlyBinary && anyOf(func(c candidate) bool { return !wheel(c) }) {
		return lacks + ", and only_binary excludes the sdist"
	}
	return lacks
}

// allowed says whether requires-python allows this Python, at a late patch
// level. What cannot be read excludes nobody, as for pip.
func (t Target) allowed(requires string) bool {
	if requires == "" {
		return true
	}
	c, err := semver.PyPI.ParseConstraint(requires)
	return err != nil || c.Match(fmt.Sprintf("%s.%d", strings.TrimSuffix(t.Python, "t"), latePatch))
}

// latePatch is above every patch level that a minor version gets.
const latePatch = 99

// sameVersion says whether a pin accepts a file's version (PEP 440): 1.0 is
// 1.0.0, and without a local part accepts 1.0+cpu.
func sameVersion(pin, version string) bool {
	if pin == version {
		return true
	}
	if !strings.Contains(pin, "+") {
		version, _, _ = strings.Cut(version, "+")
	}
	a, err := semver.PyPI.Parse(pin)
	if err != nil {
		return false
	}
	b, err := semver.PyPI.Parse(version)
	return err == nil && a.Compare(b) == 0
}
