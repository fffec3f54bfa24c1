package lockfile

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// resolve finds the packages that dependencies mean.
func (u *uvLock) resolve(in input, from int, dependencies []uvEdge) ([]edge, error) {
	var out []edge
	for _, d := range dependencies {
		var found []int
		for _, i := range u.byName[d.Name] {
			p := u.Packages[i]
			if (d.Version == "" || d.Version == p.Version) && (d.Source == nil || *d.Source == p.Source) {
				found = append(found, i)
			}
		}
		if len(found) != 1 {
			return nil, errs.At(errs.Place{File: in.file, Line: u.line(from)}, "Run `uv lock`.", "%s needs %s, which is locked %d times", u.Packages[from].Name, strings.TrimSpace(d.Name+" "+d.Version), len(found))
		}
		e := edge{to: found[0], marker: d.Marker}
		for _, x := range d.Extra {
			e.extras = append(e.extras, pep508.Normal(x))
		}
		out = append(out, e)
	}
	return out, nil
}

// pkg makes package i of its source.
func (u *uvLock) pkg(in input, i int) (Package, error) {
	q := u.Packages[i]
	p := Package{Name: pep508.Normal(q.Name), Version: q.Version, Line: u.line(i)}
	files := []artefact{{"", q.Sdist.Hash}}
	for _, w := range q.Wheels {
		files = append(files, artefact{cmp.Or(w.Filename, w.URL, w.Path), w.Hash})
	}
	if err := p.addFiles(in, files); err != nil {
		return p, err
	}
	s := q.Source
	switch {
	case s.Git != "":
		repository, commit, _ := strings.Cut(s.Git, "#")
		repository, query, _ := strings.Cut(repository, "?")
		if commit == "" {
			return p, errs.At(errs.Place{File: in.file, Line: p.Line}, "Run `uv lock`.", "the source of %s names no commit: %s", q.Name, s.Git)
		}
		p.URL, p.Hashes = gitURL(repository, commit, cmp.Or(s.Subdirectory, queryValue(query, "subdirectory"))), nil
	case s.URL != "":
		p.URL = s.URL
		if s.Subdirectory != "" {
			p.URL += "#subdirectory=" + s.Subdirectory
		}
	case s.Path != "":
		p.Path = in.local(s.Path)
	case s.folder() != "":
		p.Path, p.Hashes, p.Editable = in.local(s.folder()), nil, s.Editable != ""
	case s.Registry != "":
		p.Index = s.Registry
	}
	return p, in.index(p)
}

// noProject is the error where a lock has none for the app's folder: a workspace's
// root may be no project, and then one of its members is meant.
func (u *uvLock) noProject(in input) error {
	hint := "Run `uv lock`."
	var members []string
	for _, p := range u.Packages {
		if dir := p.Source.folder(); fs.ValidPath(dir) {
			members = append(members, dir)
		}
	}
	if slices.Sort(members); in.member == "." && len(members) > 0 {
		hint = fmt.Sprintf("Name the member to deploy: --source %s, or `app: %s` in gcpdeploy.yaml; there is %s.", members[0], members[0], strings.Join(members, ", "))
	}
	return errs.At(errs.Place{File: in.file}, hint, "it does not lock a project in %s", in.member)
}

func (s uvSource) folder() string { return cmp.Or(s.Editable, s.Virtual, s.Directory) }

func queryValue(query, key string) string {
	for part := range strings.SplitSeq(query, "&") {
		if v, ok := strings.CutPrefix(part, key+"="); ok {
			return unescape(v)
		}
	}
	return ""
}
