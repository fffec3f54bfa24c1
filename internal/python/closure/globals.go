package closure

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
	"github.com/gcpdeploy/gcpdeploy/internal/python/reqfile"
)

// choices applies the options that count wherever they stand, in their order.
func (l *loader) choices(uses []reqfile.Use) *pep508.Fault {
	for _, u := range uses {
		var f *pep508.Fault
		switch u.Name {
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
func (l *loader) globals(s reqfile.Statement) *pep508.Fault {
	o := &l.c.Options
	index := ""
	var extra []string
	for _, u := range s.Uses {
		switch u.Name {
		case "--no-index":
			o.NoIndex = true
			l.c.index, l.c.extra = "", nil
		case "--index-url":
			index = u.Value
		case "--extra-index-url":
			extra = append(extra, u.Value)
		case "--find-links":
			if bad := l.findLinks(s.Path, u); bad != nil {
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
			if !isHost(u.Value) {
				return pep508.Faultf(u.At, "write the host alone, or HOST:PORT", "--trusted-host needs a host, not %q", link.Mask(u.Value))
			}
			if !slices.Contains(o.TrustedHosts, u.Value) {
				o.TrustedHosts = append(o.TrustedHosts, u.Value)
			}
			l.warn("--trusted-host %s turns the check of its certificate off; ca_file in gcpdeploy.yaml trusts a CA of your own", u.Value)
		case "--use-feature":
			if !slices.Contains(features, u.Value) {
				return pep508.Faultf(u.At, "the features are "+strings.Join(features, ", "), "pip has no feature %q", u.Value)
			}
			if !slices.Contains(o.Features, u.Value) {
				o.Features = append(o.Features, u.Value)
			}
		}
	}
	if o.RequireHashes && o.NoRequireHashes {
		return pep508.Faultf(-1, "remove one of them", "--require-hashes and --no-require-hashes exclude each other")
	}
	return l.indexes(index, extra)
}

// isHost says whether s is HOST or HOST:PORT.
func isHost(s string) bool {
	host, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") && strings.Count(s, ":") == 1 || strings.Contains(s, "]:") {
		host, port = s[:i], s[i+1:]
	}
	n, err := strconv.ParseUint("0"+port, 10, 32)
	return host != "" && err == nil && n < 1<<16 && !strings.ContainsAny(host, "/?#@") && strings.IndexFunc(host, pep508.IsSpace) < 0
}

func (l *loader) indexes(index string, extra []string) *pep508.Fault {
	if index == "" && extra == nil {
		return nil
	}
	if l.c.Options.NoIndex {
		l.warn("pip ignores every index of a run with --no-index")
		return nil
	}
	if index != "" {
		if len(l.c.extra) > 0 {
			l.warn("pip forgets the extra index URLs that stand before an --index-url")
		}
		l.c.index, l.c.extra = link.Mask(index), nil
	}
	for _, e := range extra {
		l.c.extra = append(l.c.extra, link.Mask(e))
		l.warn("an extra index has no rank: the highest version on any index wins, whoever put it there (dependency confusion); one --index-url for all is safer")
	}
	for _, v := range append([]string{index}, extra...) {
		if v == "" {
			continue
		}
		a := link.Split(v)
		if a.Scheme != "http" && a.Scheme != "https" {
			l.warn("the index URL %q seems wrong: it should begin with https:// (and -i takes no =)", link.Mask(v))
		}
		if f := l.credential(a, 0); f != nil {
			return f
		}
	}
	return nil
}

// findLinks adds a page, or a folder of the app's own, to look for files in: a
// path is tried relative to the file, then relative to the app's directory.
func (l *loader) findLinks(file string, u reqfile.Use) *pep508.Fault {
	o := &l.c.Options
	add := func(shown, canonical string) {
		o.FindLinks = append(o.FindLinks, shown)
		if canonical != "" && !slices.Contains(l.c.localLinks, canonical) {
			l.c.localLinks = append(l.c.localLinks, canonical)
		}
	}
	a := link.Split(u.Value)
	value := u.Value
	switch a.Scheme {
	case "http", "https", "ftp":
		add(link.Mask(u.Value), a.Canonical())
		return l.credential(a, u.At)
	case "file":
		value = link.Unquote(a.Path)
	}
	for _, base := range []string{filepath.Dir(file), l.dir} {
		path := value
		if !filepath.IsAbs(path) {
			path = filepath.Join(base, filepath.FromSlash(value))
		}
		if _, err := os.Stat(path); err != nil {
			continue
		}
		rel, bad := l.relative(filepath.Clean(path), u.Value, u.At)
		if bad != nil {
			return bad
		}
		if strings.HasSuffix("/"+rel, "/..") {
			return pep508.Faultf(u.At, "name a folder that holds nothing but wheels and archives", "--find-links %s is a folder around the app", u.Value)
		}
		l.locals[rel] = true
		shown := u.Value
		if a.Scheme == "" && base != l.dir && !filepath.IsAbs(value) {
			shown = rel
		}
		add(shown, localPath(rel))
		return nil
	}
	l.warn("pip ignores --find-links %s: it does not exist", u.Value)
	add(u.Value, "")
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
	c.Files, c.Logins = l.files.Files, l.files.Logins
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
	c.Hosts, c.Unsafe = c.hosts()
	return c
}
