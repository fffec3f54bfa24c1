package requirements

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// choices applies the options that count wherever they stand, in their order.
func (l *loader) choices(uses []use) *fault {
	for _, u := range uses {
		var f *fault
		switch u.name {
		case "--no-binary":
			f = l.noBinary.add(u, l.onlyBinary)
		case "--only-binary":
			f = l.onlyBinary.add(u, l.noBinary)
		case "--all-releases":
			f = l.allReleases.add(u, l.onlyFinals)
		case "--only-final":
			f = l.onlyFinals.add(u, l.allReleases)
		}
		if f != nil {
			return f
		}
	}
	return nil
}

// globals applies a line of options. Pip reads a whole line before it acts, so
// on one line --no-index comes first, then the last -i, then the extra ones.
func (l *loader) globals(f source, uses []use) *fault {
	o := &l.c.Options
	index := ""
	var extra []string
	for _, u := range uses {
		switch u.name {
		case "--no-index":
			o.NoIndex = true
			l.c.index, l.c.extra = "", nil
		case "--index-url":
			index = u.value
		case "--extra-index-url":
			extra = append(extra, u.value)
		case "--find-links":
			if bad := l.findLinks(f, u); bad != nil {
				return bad
			}
		case "--prefer-binary":
			o.PreferBinary = true
		case "--pre":
			o.Pre = true
			l.allReleases[all] = true
		case "--require-hashes":
			o.RequireHashes = true
		case "--no-require-hashes":
			o.NoRequireHashes = true
		case "--trusted-host":
			if !isHost(u.value) {
				return faultf(u.at, "write the host alone, or HOST:PORT", "--trusted-host needs a host, not %q", u.value)
			}
			if !slices.Contains(o.TrustedHosts, u.value) {
				o.TrustedHosts = append(o.TrustedHosts, u.value)
			}
			l.warn("--trusted-host %s turns the check of its certificate off; ca_file in gcpdeploy.yaml trusts a CA of your own", u.value)
		case "--use-feature":
			if !slices.Contains(features, u.value) {
				return faultf(u.at, "the features are "+strings.Join(features, ", "), "pip has no feature %q", u.value)
			}
			if !slices.Contains(o.Features, u.value) {
				o.Features = append(o.Features, u.value)
			}
		}
	}
	l.indexes(index, extra)
	return nil
}

// isHost says whether s is HOST or HOST:PORT.
func isHost(s string) bool {
	host, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") && strings.Count(s, ":") == 1 || strings.Contains(s, "]:") {
		host, port = s[:i], s[i+1:]
	}
	n, err := strconv.ParseUint("0"+port, 10, 32)
	return host != "" && err == nil && n < 1<<16 && !strings.ContainsAny(host, "/?#@") && strings.IndexFunc(host, isSpace) < 0
}

func (l *loader) indexes(index string, extra []string) {
	if index == "" && extra == nil {
		return
	}
	if l.c.Options.NoIndex {
		l.warn("pip ignores every index of a run with --no-index")
		return
	}
	if index != "" {
		if len(l.c.extra) > 0 {
			l.warn("pip forgets the extra index URLs that stand before an --index-url")
		}
		l.c.index, l.c.extra = mask(index), nil
	}
	for _, e := range extra {
		l.c.extra = append(l.c.extra, mask(e))
		l.warn("an extra index has no rank: the highest version on any index wins, whoever put it there (dependency confusion); one --index-url for all is safer")
	}
	for _, v := range append([]string{index}, extra...) {
		if v == "" {
			continue
		}
		a := splitURL(v)
		if a.scheme != "http" && a.scheme != "https" {
			l.warn("the index URL %q seems wrong: it should begin with https:// (and -i takes no =)", mask(v))
		}
		l.credential(a)
	}
}

// findLinks adds a page, or a folder of the app's own, to look for files in: a
// path is tried relative to the file, then relative to the app's directory.
func (l *loader) findLinks(f source, u use) *fault {
	o := &l.c.Options
	add := func(shown, canonical string) {
		o.FindLinks = append(o.FindLinks, shown)
		if canonical != "" && !slices.Contains(l.c.localLinks, canonical) {
			l.c.localLinks = append(l.c.localLinks, canonical)
		}
	}
	a := splitURL(u.value)
	value := u.value
	switch a.scheme {
	case "http", "https", "ftp":
		l.credential(a)
		add(mask(u.value), a.canonical())
		return nil
	case "file":
		value = unquote(a.path)
	}
	for _, base := range []string{filepath.Dir(f.path), l.dir} {
		path := value
		if !filepath.IsAbs(path) {
			path = filepath.Join(base, filepath.FromSlash(value))
		}
		if _, err := os.Stat(path); err != nil {
			continue
		}
		rel, bad := l.inside(filepath.Clean(path), u.value, u.at)
		if bad != nil {
			return bad
		}
		l.locals[rel] = true
		shown := u.value
		if a.scheme == "" && base != l.dir && !filepath.IsAbs(value) {
			shown = rel
		}
		add(shown, localPath(rel))
		return nil
	}
	l.warn("pip ignores --find-links %s: it does not exist", u.value)
	add(u.value, "")
	return nil
}

func (l *loader) warn(format string, args ...any) {
	w := Warning{File: l.at.File, Line: l.at.Line, Message: fmt.Sprintf(format, args...)}
	if !slices.Contains(l.c.Warnings, w) {
		l.c.Warnings = append(l.c.Warnings, w)
	}
}

// finish writes what was gathered into the closure.
func (l *loader) finish() *Closure {
	c := l.c
	o := &c.Options
	if c.index != "" {
		o.IndexURLs = append(o.IndexURLs, c.index)
	}
	o.IndexURLs = append(o.IndexURLs, c.extra...)
	o.NoBinary, o.OnlyBinary = l.noBinary.names(), l.onlyBinary.names()
	o.AllReleases, o.OnlyFinal = l.allReleases.names(), l.onlyFinals.names()
	o.Pre = o.Pre && l.allReleases[all] // a later --only-final :all: takes it back
	if o.Pre && len(o.AllReleases) == 1 {
		o.AllReleases = nil // --pre says it
	}
	for path := range l.locals {
		c.Locals = append(c.Locals, path)
	}
	slices.Sort(c.Locals)
	c.Hosts = c.hosts()
	return c
}
