package closure

import (
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
	"github.com/gcpdeploy/gcpdeploy/internal/python/reqfile"
)

// optionEntries are the options, written so that pip ends with the same settings,
// and two files with the same settings have the same lines.
func (c *Closure) optionEntries() (out []Entry) {
	o := c.Options
	flag := func(on bool, name string) {
		if on {
			out = append(out, Entry{Kind: Option, Name: name, Line: name})
		}
	}
	value := func(name, v string) {
		out = append(out, Entry{Kind: Option, Name: name, Value: v, Line: name + " " + reqfile.Quote(v)})
	}
	flag(o.NoIndex, "--no-index")
	if c.index != "" {
		value("--index-url", link.Index(c.index))
	}
	var extra []string
	for _, e := range c.extra {
		if e = link.Index(e); !slices.Contains(extra, e) {
			extra = append(extra, e)
			value("--extra-index-url", e)
		}
	}
	for _, l := range c.localLinks {
		value("--find-links", l)
	}
	lists("--no-binary", o.NoBinary, value)
	lists("--only-binary", o.OnlyBinary, value)
	flag(o.PreferBinary, "--prefer-binary")
	c.releases(flag, value)
	for _, h := range sortedSet(o.TrustedHosts) {
		value("--trusted-host", h)
	}
	flag(c.HashChecking(), "--require-hashes")
	flag(o.NoRequireHashes && c.anyHash(), "--no-require-hashes")
	for _, f := range sortedSet(o.Features) {
		value("--use-feature", f)
	}
	return out
}

// lists writes a set of names. Where all are meant, single names say nothing.
func lists(option string, names []string, value func(name, v string)) {
	if slices.Contains(names, all) {
		names = []string{all}
	}
	if len(names) > 0 {
		value(option, strings.Join(names, ","))
	}
}

// releases writes --pre and its kin. All releases of all projects is spelled
// --pre, which every pip knows; it outweighs final ones of all projects.
func (c *Closure) releases(flag func(bool, string), value func(name, v string)) {
	every, final := slices.Clone(c.Options.AllReleases), slices.Clone(c.Options.OnlyFinal)
	pre := c.Options.Pre || slices.Contains(every, all)
	flag(pre, "--pre")
	onlyNames := func(names []string) []string {
		return slices.DeleteFunc(names, func(n string) bool { return n == all })
	}
	switch {
	case pre:
		lists("--only-final", onlyNames(final), value)
	case slices.Contains(final, all):
		lists("--only-final", final, value)
		lists("--all-releases", every, value)
	default:
		lists("--all-releases", every, value)
		lists("--only-final", final, value)
	}
}
