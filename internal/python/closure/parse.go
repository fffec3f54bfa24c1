package closure

import (
	"os"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// requirement reads the text of one requirement, as pip's constructor does:
// URL, path or PEP 508, then a marker.
func (l *loader) requirement(r *Requirement, text string) *pep508.Fault {
	sep := ";"
	if link.IsURL(text) {
		sep = "; "
	}
	name, rest, found := strings.Cut(text, sep)
	var m *pep508.Marker
	if markers := strings.TrimFunc(rest, pep508.IsSpace); found && markers != "" {
		var f *pep508.Fault
		if m, f = pep508.ParseMarker(markers); f != nil {
			return f.Shift(len(name) + len(sep) + strings.Index(rest, markers))
		}
	}
	name = strings.TrimFunc(name, pep508.IsSpace)
	if f := l.source(r, name); f != nil {
		return f
	}
	if m != nil {
		r.setMarker(m)
	}
	return nil
}

func (l *loader) source(r *Requirement, name string) *pep508.Fault {
	if link.IsURL(name) {
		if i := strings.IndexFunc(name, pep508.IsSpace); i >= 0 {
			return pep508.Faultf(i, `write " ; " before a marker, " # " before a comment, and %20 for a blank of the URL's own`, "a URL cannot hold a blank")
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
	p, f := pep508.Parse(name)
	if f != nil {
		if looksLikePath(name) && !strings.Contains(name, " @ ") {
			return notAPath(name, f)
		}
		return f
	}
	return l.set(r, p)
}

// set fills a requirement from a parsed dependency specifier.
func (l *loader) set(r *Requirement, p pep508.Dependency) *pep508.Fault {
	r.Name = pep508.Normal(p.Name)
	if len(p.Extras) > 0 {
		r.Extras = p.Extras
	}
	r.Specifier = p.Specifiers.String()
	r.form.specifier = p.Specifiers.Canonical()
	r.setMarker(p.Marker)
	if p.URL == "" {
		return nil
	}
	r.form.named = true
	return l.setLink(r, p.URL, p.URLAt)
}

func (r *Requirement) setMarker(m *pep508.Marker) {
	r.Marker, r.form.marker = m.String(), m.Escaped()
}

func (r *Requirement) setPathExtras(text string, at int) *pep508.Fault {
	if text == "" {
		return nil
	}
	extras, f := pep508.ParseExtras(strings.ToLower(text))
	if f != nil {
		return f.Shift(at)
	}
	r.Extras = extras
	return nil
}

func notAPath(name string, f *pep508.Fault) *pep508.Fault {
	switch {
	case strings.HasPrefix(name, "git+") || strings.HasPrefix(name, "git@"):
		return link.BadScheme(name, "", 0)
	case strings.Contains(name, "://"):
		return link.BadScheme(name, link.Split(name).Scheme, 0)
	case f.At > 0 && strings.IndexByte(name, '/') > f.At && strings.ContainsAny(name[:f.At+1], "<>=~!"):
		return f
	}
	return pep508.Faultf(0, "paths of projects are relative to the app's directory, not to the file", "there is no file or folder %s", name)
}

// editable reads the value of -e: a project's folder, or NAME @ VCS-URL.
func (l *loader) editable(r *Requirement, text string) *pep508.Fault {
	if p, f := pep508.Parse(text); f == nil && p.URL != "" {
		if a := link.Split(p.URL); a.Scheme != "file" && !a.VCS() {
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
	if !link.Split(text).VCS() {
		return notEditable(text)
	}
	if _, _, ok := link.FragmentValue(text, "egg"); !ok {
		return pep508.Faultf(0, `write -e "NAME @ `+text+`"`, "the project's name is missing")
	}
	return l.setLink(r, text, 0)
}

func notEditable(text string) *pep508.Fault {
	if path, _, ok := strings.Cut(text, ";"); ok && looksLikePath(path) {
		return pep508.Faultf(0, "write the path without -e, and the marker after it: "+strings.TrimSpace(path)+" ; …", "an editable path takes no marker")
	}
	if looksLikePath(text) && !link.IsURL(text) {
		return pep508.Faultf(0, "paths are relative to the app's directory, not to the file", "there is no folder %s", text)
	}
	return pep508.Faultf(0, "write -e ./FOLDER or -e git+https://…#egg=NAME; without -e for all else", "%q can be no editable requirement", text)
}
