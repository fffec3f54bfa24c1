package requirements

import (
	"os"
	"strings"

	"deps.dev/util/pypi"
)

// requirement reads the text of one requirement, as pip's constructor does:
// URL, path or PEP 508, then a marker.
func (l *loader) requirement(r *Requirement, text string) *fault {
	sep := ";"
	if isURL(text) {
		sep = "; "
	}
	name, rest, found := strings.Cut(text, sep)
	var m *marker
	if markers := strings.TrimFunc(rest, isSpace); found && markers != "" {
		var f *fault
		if m, f = parseMarker(markers); f != nil {
			return f.shift(len(name) + len(sep) + strings.Index(rest, markers))
		}
	}
	name = strings.TrimFunc(name, isSpace)
	if f := l.source(r, name); f != nil {
		return f
	}
	if m != nil {
		r.setMarker(m)
	}
	return nil
}

func (l *loader) source(r *Requirement, name string) *fault {
	if isURL(name) {
		if i := strings.IndexFunc(name, isSpace); i >= 0 {
			return faultf(i, `write " ; " before a marker, " # " before a comment, and %20 for a blank of the URL's own`, "a URL cannot hold a blank")
		}
		return l.setLink(r, name, 0)
	}
	bare, extras := stripExtras(name)
	before, _, at := strings.Cut(name, "@")
	switch {
	case looksLikePath(name) && isDir(l.abs(bare)),
		isArchive(bare) && (!at || looksLikePath(before) || isFile(l.abs(bare))):
		if f := r.setPathExtras(extras, len(bare)); f != nil {
			return f
		}
		return l.setLocal(r, bare, bare, 0)
	}
	p, f := parsePEP508(name)
	if f != nil {
		if looksLikePath(name) && !strings.Contains(name, " @ ") {
			return notAPath(name, f)
		}
		return f
	}
	return l.set(r, p)
}

// set fills a requirement from a parsed dependency specifier.
func (l *loader) set(r *Requirement, p pep508) *fault {
	r.Name = pypi.CanonPackageName(p.name)
	if len(p.extras) > 0 {
		r.Extras = p.extras
	}
	r.Specifier = listSpecifiers(p.specs, specifier.String)
	r.form.specifier = listSpecifiers(p.specs, specifier.canonical)
	r.setMarker(p.markers)
	if p.url == "" {
		return nil
	}
	r.form.named = true
	return l.setLink(r, p.url, p.urlAt)
}

func (r *Requirement) setMarker(m *marker) {
	r.Marker, r.form.marker = m.format(quotePlain), m.format(quoteSafe)
}

func (r *Requirement) setPathExtras(text string, at int) *fault {
	if text == "" {
		return nil
	}
	c := &cursor{s: strings.ToLower(text)}
	extras, f := c.extras()
	if f != nil {
		return f.shift(at)
	}
	r.Extras = extras
	return nil
}

func notAPath(name string, f *fault) *fault {
	switch {
	case strings.HasPrefix(name, "git+") || strings.HasPrefix(name, "git@"):
		return badScheme(name, address{}, 0)
	case strings.Contains(name, "://"):
		return badScheme(name, splitURL(name), 0)
	case f.at > 0 && strings.IndexByte(name, '/') > f.at && strings.ContainsAny(name[:f.at+1], "<>=~!"):
		return f
	}
	return faultf(0, "paths of projects are relative to the app's directory, not to the file", "there is no file or folder %s", name)
}

// editable reads the value of -e: a project's folder, or NAME @ VCS-URL.
func (l *loader) editable(r *Requirement, text string) *fault {
	if p, f := parsePEP508(text); f == nil && p.url != "" {
		if a := splitURL(p.url); a.scheme != "file" && !vcsSchemes[a.scheme] {
			return notEditable(text)
		}
		return l.set(r, p)
	}
	bare, extras := stripExtras(text)
	if info, err := os.Stat(l.abs(bare)); err == nil && info.IsDir() {
		if f := r.setPathExtras(extras, len(bare)); f != nil {
			return f
		}
		return l.setLocal(r, bare, bare, 0)
	}
	if strings.HasPrefix(strings.ToLower(bare), "file:") {
		if f := r.setPathExtras(extras, len(bare)); f != nil {
			return f
		}
		return l.setLink(r, bare, 0)
	}
	for _, vcs := range []string{"git", "hg", "svn", "bzr"} {
		if strings.HasPrefix(strings.ToLower(text), vcs+":") {
			text = vcs + "+" + text
			break
		}
	}
	if !vcsSchemes[splitURL(text).scheme] {
		return notEditable(text)
	}
	if _, _, ok := fragmentValue(text, "egg"); !ok {
		return faultf(0, `write -e "NAME @ `+text+`"`, "the project's name is missing")
	}
	return l.setLink(r, text, 0)
}

func notEditable(text string) *fault {
	if path, _, ok := strings.Cut(text, ";"); ok && looksLikePath(path) {
		return faultf(0, "write the path without -e, and the marker after it: "+strings.TrimSpace(path)+" ; …", "an editable path takes no marker")
	}
	if looksLikePath(text) && !isURL(text) {
		return faultf(0, "paths are relative to the app's directory, not to the file", "there is no folder %s", text)
	}
	return faultf(0, "write -e ./FOLDER or -e git+https://…#egg=NAME; without -e for all else", "%q can be no editable requirement", text)
}
