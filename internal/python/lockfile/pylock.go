package lockfile

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// pylock is what matters of a pylock.toml (PEP 751, lock version 1.0).
type pylock struct {
	Version       string          `toml:"lock-version"`
	CreatedBy     string          `toml:"created-by"`
	Python        string          `toml:"requires-python"`
	Environments  []string        `toml:"environments"`
	Extras        []string        `toml:"extras"`
	Groups        []string        `toml:"dependency-groups"`
	DefaultGroups []string        `toml:"default-groups"`
	Packages      []pylockPackage `toml:"packages"`
}

type pylockPackage struct {
	Name    string         `toml:"name"`
	Version string         `toml:"version"`
	Marker  string         `toml:"marker"`
	Python  string         `toml:"requires-python"`
	Index   string         `toml:"index"`
	VCS     *pylockSource  `toml:"vcs"`
	Folder  *pylockSource  `toml:"directory"`
	Archive *pylockSource  `toml:"archive"`
	Sdist   *pylockSource  `toml:"sdist"`
	Wheels  []pylockSource `toml:"wheels"`
}

type pylockSource struct {
	Type         string            `toml:"type"`
	Name         string            `toml:"name"`
	URL          string            `toml:"url"`
	Path         string            `toml:"path"`
	Commit       string            `toml:"commit-id"`
	Subdirectory string            `toml:"subdirectory"`
	Hashes       map[string]string `toml:"hashes"`
}

// parsePylock gives what an installer of PEP 751 would install without extras
// and with the default groups; a group or extra by name is what it adds.
func parsePylock(in input) (*Lock, error) {
	k := &pylock{}
	if err := decodeTOML(in.file, in.data, k); err != nil {
		return nil, err
	}
	if major, _, _ := strings.Cut(k.Version, "."); major != "1" {
		return nil, errs.At(errs.Place{File: in.file}, "Lock again with a tool that writes version 1.0.", "lock version %q of pylock.toml is not known", k.Version)
	}
	if err := in.demands(0, required{"created-by", k.CreatedBy != ""}, required{"packages", k.Packages != nil}); err != nil {
		return nil, err
	}
	if err := in.admits(k.Python, 0); err != nil {
		return nil, err
	}
	env := in.env
	for _, g := range k.DefaultGroups {
		env.Groups = append(env.Groups, pep508.Normal(g))
	}
	without := env
	switch {
	case in.group == "":
	case slices.Contains(names(k.Extras), in.group):
		env.Extras = append(slices.Clone(env.Extras), in.group)
	case slices.Contains(names(k.Groups), in.group):
		env.Groups = append(slices.Clone(env.Groups), in.group)
	default:
		return nil, noGroup(in)
	}
	if err := in.suits(k.Environments); err != nil {
		return nil, err
	}
	line := tableLines(in.data, "[[packages]]", len(k.Packages))
	l := &Lock{Groups: names(k.Extras, k.Groups)}
	for i, q := range k.Packages {
		if err := q.check(in, line(i)); err != nil {
			return nil, err
		}
		rest, holds, err := env.Reduce(q.Marker)
		if err != nil {
			return nil, placed(in, line(i), err)
		}
		if _, anyway, _ := without.Reduce(q.Marker); !holds || in.group != "" && anyway {
			continue
		}
		if err := in.admits(q.Python, line(i)); err != nil {
			return nil, err
		}
		p := Package{Name: pep508.Normal(q.Name), Version: q.Version, Marker: rest, Line: line(i)}
		if err := q.source(in, &p); err != nil {
			return nil, err
		}
		if p.Path == "." && in.member == "." {
			continue // the app itself
		}
		l.Packages = append(l.Packages, p)
	}
	return l.finish(in)
}

// check demands what PEP 751 does: a source, and hashes of all that is a file.
func (q pylockPackage) check(in input, line int) error {
	files := slices.Clone(q.Wheels)
	for _, s := range []*pylockSource{q.Sdist, q.Archive} {
		if s != nil {
			files = append(files, *s)
		}
	}
	if err := in.demands(line, required{"name", q.Name != ""},
		required{"wheels, sdist, archive, directory or vcs", len(files) > 0 || q.Folder != nil || q.VCS != nil},
		required{"directory.path", q.Folder == nil || q.Folder.Path != ""}); err != nil {
		return err
	}
	for _, f := range files {
		if err := in.demands(line, required{"hashes", len(f.Hashes) > 0}, required{"url or path", f.URL != "" || f.Path != ""}); err != nil {
			return err
		}
	}
	return nil
}

// source fills in where a package comes from.
func (q pylockPackage) source(in input, p *Package) error {
	var files []artefact
	add := func(s pylockSource) {
		for algorithm, sum := range s.Hashes {
			files = append(files, artefact{cmp.Or(s.Name, s.URL, s.Path), algorithm + ":" + sum})
		}
	}
	switch {
	case q.VCS != nil:
		if q.VCS.Type != "git" || q.VCS.URL == "" || q.VCS.Commit == "" {
			return errs.At(errs.Place{File: in.file, Line: p.Line}, "Lock it from a git repository on a server.", "the source of %s is no commit of a git repository on a server", q.Name)
		}
		p.URL = gitURL(q.VCS.URL, q.VCS.Commit, q.VCS.Subdirectory)
	case q.Folder != nil:
		p.Path = in.local(strings.TrimSuffix(q.Folder.Path+"/"+q.Folder.Subdirectory, "/"))
	case q.Archive != nil && q.Archive.URL != "":
		if add(*q.Archive); q.Archive.Subdirectory != "" {
			q.Archive.URL += "#subdirectory=" + q.Archive.Subdirectory
		}
		p.URL = q.Archive.URL
	case q.Archive != nil:
		add(*q.Archive)
		p.Path = in.local(q.Archive.Path)
	default:
		p.Index = q.Index
		for _, w := range q.Wheels {
			add(w)
		}
		if q.Sdist != nil {
			add(*q.Sdist)
		}
	}
	if err := p.addFiles(in, files); err != nil {
		return err
	}
	return in.index(*p)
}
