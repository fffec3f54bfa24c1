package project

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// Dependencies reads a pseudo-file: "pyproject.toml" is `[project]
// dependencies`, "pyproject.toml[test]" the dependency group or extra test, "." the
// project itself, "main.py" the block in that script. ok is false for any other
// name: that is a real requirements file.
func Dependencies(fsys fs.FS, name string) (reqs closure.Strings, ok bool, err error) {
	if name == Self {
		reqs, err = self(fsys)
		return reqs, true, err
	}
	if strings.HasSuffix(name, ".py") {
		s, err := readScript(fsys, name)
		if s == nil {
			return reqs, err != nil, err
		}
		return closure.Strings{File: name, Lines: s.located()}, true, nil // its logins are refused one by one
	}
	rest, ok := strings.CutPrefix(name, File)
	group, closed := strings.CutSuffix(strings.TrimPrefix(rest, "["), "]")
	if !ok || (rest != "" && (!closed || rest[0] != '[')) {
		return reqs, false, nil
	}
	reqs.File = File
	p, err := Read(fsys)
	if p != nil && link.HasLogin(p.text) {
		reqs.Logins = []string{File}
	}
	switch {
	case err != nil:
	case p == nil:
		err = errs.New(errs.Usage, "Correct the name under requirements.", "there is no %s", File)
	case rest == "":
		reqs.Lines = p.located("project.dependencies", p.Project.Dependencies)
		err = p.unlocked()
	default:
		reqs.Lines, err = p.group(group, nil)
	}
	return reqs, true, err
}

func (p *Pyproject) located(key string, texts []string) []closure.Located {
	out := make([]closure.Located, len(texts))
	for i, t := range texts {
		out[i] = closure.Located{Text: t, Line: p.line(key, i)}
	}
	return out
}

// group gives a dependency group (PEP 735), or else an extra, with what they
// include.
func (p *Pyproject) group(name string, path []string) ([]closure.Located, error) {
	for key, items := range p.Groups {
		if pep508.Normal(key) != pep508.Normal(name) {
			continue
		}
		if slices.Contains(path, pep508.Normal(name)) {
			return nil, errs.New(errs.Usage, "", "%s: the group %s includes itself", File, name)
		}
		return p.expandGroup(key, items, append(path, pep508.Normal(name)))
	}
	return p.extra(name, "dependency group or extra", path)
}

// extra gives an extra, with the extras of the same project that it includes;
// what is the word for one that is not there.
func (p *Pyproject) extra(name, what string, path []string) ([]closure.Located, error) {
	if slices.Contains(path, pep508.Normal(name)) {
		return nil, errs.New(errs.Usage, "", "%s: the extra %s includes itself", File, name)
	}
	for key, texts := range p.Project.Optional {
		if pep508.Normal(key) == pep508.Normal(name) {
			return p.expandExtra(key, texts, append(path, pep508.Normal(name)))
		}
	}
	return nil, errs.New(errs.Usage, "Correct the name in the brackets.", "%s has no %s %q", File, what, name)
}

func (p *Pyproject) expandGroup(key string, items []any, path []string) ([]closure.Located, error) {
	var out []closure.Located
	dottedKey := "dependency-groups." + key
	for i, item := range items {
		line := p.line(dottedKey, i)
		switch item := item.(type) {
		case string:
			out = append(out, closure.Located{Text: item, Line: line})
			continue
		case map[string]any:
			if inner, ok := item["include-group"].(string); ok {
				more, err := p.group(inner, path)
				if err != nil {
					return nil, err
				}
				out = append(out, more...)
				continue
			}
		}
		return nil, errs.At(appfile.At(File, p.text, line), "Write a requirement, or {include-group = \"name\"}.", "element %d of the group %s is not understood", i+1, key)
	}
	return out, nil
}

var ownExtra = regexp.MustCompile(`^\s*([A-Za-z0-9._-]+)\s*\[([^\]]*)\]\s*$`)

// expandExtra follows extras that name the project itself, as in app[web].
func (p *Pyproject) expandExtra(key string, texts []string, path []string) ([]closure.Located, error) {
	var out []closure.Located
	for i, l := range p.located("project.optional-dependencies."+key, texts) {
		m := ownExtra.FindStringSubmatch(texts[i])
		if m == nil || pep508.Normal(m[1]) != pep508.Normal(p.Project.Name) {
			out = append(out, l)
			continue
		}
		for name := range strings.SplitSeq(m[2], ",") {
			more, err := p.extra(strings.TrimSpace(name), "extra", path)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", appfile.Ref(File, l.Line), err)
			}
			out = append(out, more...)
		}
	}
	return out, nil
}
