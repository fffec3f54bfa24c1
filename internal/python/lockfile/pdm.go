package lockfile

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// pdmLock is what matters of a pdm.lock of version 4 whose packages say for which
// groups and markers they are there (the strategy inherit_metadata, PDM's default).
type pdmLock struct {
	Metadata struct {
		Groups   []string    `toml:"groups"`
		Strategy []string    `toml:"strategy"`
		Version  string      `toml:"lock_version"`
		Hash     string      `toml:"content_hash"`
		Targets  []pdmTarget `toml:"targets"` // from 4.5 on
	} `toml:"metadata"`
	Packages []pdmPackage `toml:"package"`
}

type pdmTarget struct {
	Python         string `toml:"requires_python"`
	Platform       string `toml:"platform"`
	Implementation string `toml:"implementation"`
}

type pdmPackage struct {
	Name         string    `toml:"name"`
	Version      string    `toml:"version"`
	Extras       []string  `toml:"extras"`
	Groups       []string  `toml:"groups"`
	Marker       string    `toml:"marker"`
	Files        []pdmFile `toml:"files"`
	Git          string    `toml:"git"`
	Hg           string    `toml:"hg"`
	Svn          string    `toml:"svn"`
	Bzr          string    `toml:"bzr"`
	Revision     string    `toml:"revision"`
	Subdirectory string    `toml:"subdirectory"`
	URL          string    `toml:"url"`
	Path         string    `toml:"path"`
	Editable     bool      `toml:"editable"`
}

type pdmFile struct {
	File string `toml:"file"`
	URL  string `toml:"url"` // in its place, with the strategy static_urls
	Hash string `toml:"hash"`
}

// parsePDM gives what `pdm export --prod` would; of a group or extra by name what
// `pdm export --no-default -G NAME` would.
func parsePDM(in input) (*Lock, error) {
	k := &pdmLock{}
	if err := decodeTOML(in.file, in.data, k); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(k.Metadata.Version, "4.") {
		return nil, errs.At(errs.Place{File: in.file}, "Lock again with PDM 2.", "lock version %q of pdm.lock is not known", k.Metadata.Version)
	}
	if !slices.Contains(k.Metadata.Strategy, "inherit_metadata") {
		return nil, errs.At(errs.Place{File: in.file}, "Run `pdm lock --strategy inherit_metadata`, or `pdm export --prod -o requirements.txt` and set requirements: [requirements.txt].",
			"its packages do not say which groups they belong to")
	}
	if err := in.demands(0, required{"package", k.Packages != nil}, required{"metadata.groups", k.Metadata.Groups != nil}, required{"metadata.content_hash", k.Metadata.Hash != ""}); err != nil {
		return nil, err
	}
	if err := k.admits(in); err != nil {
		return nil, err
	}
	group, groups := cmp.Or(in.group, "default"), names(slices.Clone(k.Metadata.Groups))
	if !slices.Contains(groups, group) {
		return nil, noGroup(in)
	}
	project, err := readPDMProject(in.project)
	if err != nil {
		return nil, err
	}
	index, err := project.index()
	if err != nil {
		return nil, err
	}
	line := tableLines(in.data, "[[package]]", len(k.Packages))
	l := &Lock{Groups: slices.DeleteFunc(groups, func(g string) bool { return g == "default" }), Overrides: project.overrides()}
	for i, q := range k.Packages {
		if err := in.demands(line(i), required{"name", q.Name != ""}, required{"version", q.Version != ""}, required{"groups", q.Groups != nil}); err != nil {
			return nil, err
		}
		// One with extras is there beside the package itself, for their dependencies.
		if len(q.Extras) > 0 || !slices.ContainsFunc(q.Groups, func(g string) bool { return pep508.Normal(g) == group }) {
			continue
		}
		rest, holds, err := in.env.Reduce(q.Marker)
		if err != nil {
			return nil, placed(in, line(i), err)
		}
		if !holds {
			continue
		}
		p := Package{Name: pep508.Normal(q.Name), Version: q.Version, Marker: rest, Line: line(i)}
		if err := q.source(in, index, &p); err != nil {
			return nil, err
		}
		l.Packages = append(l.Packages, p)
	}
	if in.group == "" && project.installed() {
		l.Project = closure.Located{Text: project.name(), Line: tableLines(in.data, "[metadata]", 1)(0), Path: ".", Editable: true, Complete: true}
	}
	if sum := sha256.Sum256([]byte(project.relevant())); len(in.project) > 0 && "sha256:"+hex.EncodeToString(sum[:]) != k.Metadata.Hash {
		l.Stale = "the dependencies in pyproject.toml were changed since it was made"
	}
	return l.finish(in)
}

// admits refuses a lock that was made for other targets.
func (k *pdmLock) admits(in input) error {
	var python error
	for _, t := range k.Metadata.Targets {
		linux := t.Platform == "" || t.Platform == "linux" || strings.HasPrefix(t.Platform, "manylinux") && strings.HasSuffix(t.Platform, "_x86_64")
		if linux && (t.Implementation == "" || t.Implementation == "cpython") {
			if python = in.admits(t.Python, 0); python == nil {
				return nil
			}
		}
	}
	if python != nil || len(k.Metadata.Targets) == 0 && slices.Contains(k.Metadata.Strategy, "cross_platform") {
		return python
	}
	return errs.At(errs.Place{File: in.file}, "Run `pdm lock --platform linux --append`.", "it is locked for other platforms than CPython on Linux, x86_64")
}

// source fills in where a package comes from.
func (q pdmPackage) source(in input, index string, p *Package) error {
	var files []artefact
	for _, f := range q.Files {
		files = append(files, artefact{cmp.Or(f.File, f.URL), f.Hash})
	}
	if err := p.addFiles(in, files); err != nil {
		return err
	}
	switch {
	case q.Git != "" && q.Revision == "" || q.Hg != "" || q.Svn != "" || q.Bzr != "":
		return errs.At(errs.Place{File: in.file, Line: p.Line}, "Lock it from a git repository.", "the source of %s is no commit of a git repository", q.Name)
	case q.Git != "":
		p.URL, p.Hashes, p.Others = gitURL(q.Git, q.Revision, q.Subdirectory), nil, nil
	case q.Path != "":
		p.Path, p.Editable = in.local(q.Path), q.Editable
	case q.URL != "":
		if p.URL = q.URL; q.Subdirectory != "" {
			p.URL += "#subdirectory=" + q.Subdirectory
		}
	default:
		p.Index = index
	}
	return in.index(*p)
}
