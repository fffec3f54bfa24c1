package closure

import (
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
	"github.com/gcpdeploy/gcpdeploy/internal/python/wheel"
)

// DefaultIndex is the index that pip asks when none is named.
const DefaultIndex = "https://pypi.org/simple"

// Indexes are the URLs of the package indexes that pip asks, the main one
// first, without credentials and without a slash at the end; none where an
// index is not the only source: with --no-index or --find-links.
func (c *Closure) Indexes() []string {
	if c.Options.NoIndex || len(c.Options.FindLinks) > 0 {
		return nil
	}
	urls := []string{DefaultIndex}
	if c.index != "" {
		urls[0] = link.Index(c.index)
	}
	for _, e := range c.extra {
		urls = append(urls, link.Index(e))
	}
	return urls
}

// Pins are the projects that pip takes from an index in exactly one version
// (==, from the requirement or from a constraint) on the target, one for each
// project, sorted. A project whose wheels --no-binary refuses is none of them:
// nothing is open there.
func (c *Closure) Pins(t wheel.Target) []wheel.Pin {
	env := pep508.Environment{Python: t.Python, Machine: t.Machine}
	limits := map[string]string{}
	for _, r := range c.Requirements {
		if v := r.exactly(); r.Constraint && v != "" && env.Always(r.Marker) {
			limits[r.Name] = v
		}
	}
	var pins []wheel.Pin
	for _, r := range c.Requirements {
		version := r.exactly()
		if version == "" {
			version = limits[r.Name]
		}
		if r.Constraint || r.Link != "" || version == "" || named(c.Options.NoBinary, c.Options.OnlyBinary, r.Name) || !env.Always(r.Marker) {
			continue
		}
		pins = append(pins, wheel.Pin{
			Name: r.Name, Version: version, SHA256: r.sha256(),
			OnlyBinary: named(c.Options.OnlyBinary, c.Options.NoBinary, r.Name),
		})
	}
	slices.SortStableFunc(pins, func(a, b wheel.Pin) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(pins, func(a, b wheel.Pin) bool { return a.Name == b.Name })
}

// exactly is the version of a requirement that allows one alone, or "".
func (r Requirement) exactly() string {
	for s := range strings.SplitSeq(r.Specifier, ",") {
		if v, ok := strings.CutPrefix(s, "=="); ok && !strings.HasPrefix(v, "=") && !strings.HasSuffix(v, ".*") {
			return v
		}
	}
	return ""
}

// sha256 are the hashes to choose files by, for whichever target; none where other
// algorithms allow more files.
func (r Requirement) sha256() (hashes []string) {
	if len(r.Hashes) != 1 {
		return nil
	}
	for _, h := range r.Hashes["sha256"] {
		hashes = append(hashes, strings.ToLower(h))
	}
	for _, h := range r.others {
		if digest, ok := strings.CutPrefix(h, "sha256:"); ok {
			hashes = append(hashes, strings.ToLower(digest))
		}
	}
	return hashes
}

// named says whether one of --no-binary and --only-binary, these, holds for a
// project: by its name, or by :all: where the other option has not its name.
func named(these, others []string, name string) bool {
	return slices.Contains(these, name) || slices.Contains(these, all) && !slices.Contains(others, name)
}
