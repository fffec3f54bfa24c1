package lockfile

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// poetryLock is what matters of a poetry.lock. From lock version 2.1 on each
// package says for which groups and markers it is there; before, only a walk
// from the project's own dependencies tells.
type poetryLock struct {
	Packages []poetryPackage `toml:"package"`
	Metadata struct {
		Version string                  `toml:"lock-version"`
		Python  string                  `toml:"python-versions"`
		Hash    string                  `toml:"content-hash"`
		Files   map[string][]poetryFile `toml:"files"` // lock version 1
	} `toml:"metadata"`

	line func(i int) int
}

type poetryPackage struct {
	Name         string              `toml:"name"`
	Version      string              `toml:"version"`
	Groups       []string            `toml:"groups"`
	Markers      any                 `toml:"markers"` // text, or text by group
	Files        []poetryFile        `toml:"files"`
	Dependencies map[string]any      `toml:"dependencies"`
	Extras       map[string][]string `toml:"extras"`
	Source       struct {
		Type         string `toml:"type"`
		URL          string `toml:"url"`
		Commit       string `toml:"resolved_reference"`
		Subdirectory string `toml:"subdirectory"`
	} `toml:"source"`
}

type poetryFile struct {
	File string `toml:"file"`
	Hash string `toml:"hash"`
}

// parsePoetry gives what `poetry export` would.
func parsePoetry(in input) (*Lock, error) {
	k := &poetryLock{}
	if err := decodeTOML(in.file, in.data, k); err != nil {
		return nil, err
	}
	version, _, _ := strings.Cut(k.Metadata.Version, ".")
	if version != "1" && version != "2" {
		return nil, errs.At(errs.Place{File: in.file}, "Run `poetry lock` with Poetry 1 or 2.", "lock version %q of poetry.lock is not known", k.Metadata.Version)
	}
	if err := in.demands(0, required{"package", k.Packages != nil}, required{"metadata.python-versions", k.Metadata.Python != ""},
		required{"metadata.content-hash", k.Metadata.Hash != ""}); err != nil {
		return nil, err
	}
	project, err := readPoetryProject(in.project)
	if err != nil {
		return nil, err
	}
	if err := in.admits(k.Metadata.Python, 0); err != nil {
		return nil, err
	}
	k.line = tableLines(in.data, "[[package]]", len(k.Packages))
	for i := range k.Packages {
		p := &k.Packages[i]
		if err := in.demands(k.line(i), required{"name", p.Name != ""}, required{"version", p.Version != ""},
			required{"source.url", p.Source.Type == "" || p.Source.URL != ""}); err != nil {
			return nil, err
		}
		p.Files = append(p.Files, k.Metadata.Files[p.Name]...)
	}
	grouped := slices.ContainsFunc(k.Packages, func(p poetryPackage) bool { return p.Groups != nil })
	l := &Lock{Groups: project.names()}
	l.limitPoetry(project)
	if grouped || len(k.Packages) == 0 {
		err = k.byGroup(in, project, l)
	} else {
		err = k.byWalk(in, project, l)
	}
	if err != nil {
		return nil, err
	}
	if len(in.project) > 0 && !project.hashes(k.Metadata.Hash) {
		l.Stale = "the dependencies in pyproject.toml were changed since it was made"
	}
	return l.finish(in)
}

// byGroup takes each package by the groups and markers that it has itself.
func (k *poetryLock) byGroup(in input, project *poetryProject, l *Lock) error {
	group, env, without := cmp.Or(in.group, "main"), in.env, in.env
	extra := in.group != "" && project.hasExtra(in.group)
	if extra {
		group, env.Extras = "main", []string{in.group}
	}
	found := in.group == "" || extra || project.hasGroup(in.group)
	for i, p := range k.Packages {
		if !slices.ContainsFunc(p.Groups, func(g string) bool { return pep508.Normal(g) == group }) {
			continue
		}
		found = true
		marker := p.marker(group)
		rest, holds, err := env.Reduce(marker)
		if err != nil {
			return placed(in, k.line(i), err)
		}
		if extra && holds { // what is there anyway is no part of the extra
			if _, anyway, _ := without.Reduce(marker); anyway {
				continue
			}
		}
		if holds {
			if err := k.add(in, i, rest, l); err != nil {
				return err
			}
		}
	}
	if !found {
		return noGroup(in)
	}
	return nil
}

// marker is the package's marker in one group.
func (p poetryPackage) marker(group string) string {
	switch m := p.Markers.(type) {
	case string:
		return m
	case map[string]any:
		for name, text := range m {
			if s, ok := text.(string); ok && pep508.Normal(name) == group {
				return s
			}
		}
	}
	return ""
}

// add makes package i of its source.
func (k *poetryLock) add(in input, i int, marker string, l *Lock) error {
	q := k.Packages[i]
	p := Package{Name: pep508.Normal(q.Name), Version: q.Version, Marker: marker, Line: k.line(i)}
	var files []artefact
	for _, f := range q.Files {
		files = append(files, artefact{f.File, f.Hash})
	}
	if err := p.addFiles(in, files); err != nil {
		return err
	}
	switch s := q.Source; s.Type {
	case "":
	case "legacy":
		p.Index = s.URL
	case "git":
		if s.Commit == "" {
			return errs.At(errs.Place{File: in.file, Line: p.Line}, "Run `poetry lock`.", "the source of %s names no commit", q.Name)
		}
		p.URL, p.Hashes = gitURL(s.URL, s.Commit, s.Subdirectory), nil
	case "url":
		p.URL = s.URL
		if s.Subdirectory != "" {
			p.URL += "#subdirectory=" + s.Subdirectory
		}
	case "file":
		p.Path = in.local(s.URL)
	case "directory":
		p.Path, p.Hashes = in.local(s.URL), nil
	default:
		return errs.At(errs.Place{File: in.file, Line: p.Line}, "Export requirements.txt with `poetry export`.", "%s comes from a source of type %q, which is not known", q.Name, s.Type)
	}
	l.Packages = append(l.Packages, p)
	return in.index(p)
}
