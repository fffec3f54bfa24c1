package lockfile

import (
	"maps"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// pdmProject is the pyproject.toml beside a pdm.lock, as it stands.
type pdmProject struct {
	project, pdm, groups, build map[string]any
}

// readPDMProject reads pyproject.toml; without one all is empty.
func readPDMProject(data []byte) (*pdmProject, error) {
	var all map[string]any
	if err := decodeTOML("pyproject.toml", data, &all); err != nil {
		return nil, err
	}
	return &pdmProject{table(all, "project"), table(table(all, "tool"), "pdm"), table(all, "dependency-groups"), table(all, "build-system")}, nil
}

func (p *pdmProject) name() string {
	s, _ := p.project["name"].(string)
	return s
}

// installed says whether PDM installs the project itself, in place. Of one that names
// no build backend nobody can tell how.
func (p *pdmProject) installed() bool {
	kind, ok := p.pdm["package-type"]
	return p.name() != "" && p.build != nil && p.pdm["distribution"] != false && (!ok || kind == "library")
}

// overrides says whether what packages ask for does not all hold.
func (p *pdmProject) overrides() bool {
	r := table(p.pdm, "resolution")
	return r["overrides"] != nil || r["excludes"] != nil
}

// index is the index that stands for PyPI, "" for none. Which package comes from
// another one the lock does not tell.
func (p *pdmProject) index() (url string, err error) {
	sources, _ := p.pdm["source"].([]any)
	for _, s := range sources {
		s, _ := s.(map[string]any)
		if s["name"] != "pypi" {
			return "", errs.At(errs.Place{File: "pyproject.toml"}, "Run `pdm export --prod -o requirements.txt`, and set requirements: [requirements.txt].",
				"[[tool.pdm.source]] names the index %v beside PyPI, and pdm.lock does not say which packages come from there", s["name"])
		}
		url, _ = s["url"].(string)
	}
	return url, nil
}

// relevant is the text that the content hash covers.
func (p *pdmProject) relevant() string {
	or := func(v, otherwise any) any {
		if v == nil {
			return otherwise
		}
		return v
	}
	dev := map[string]any{}
	for _, groups := range []map[string]any{p.groups, table(p.pdm, "dev-dependencies")} {
		for _, name := range slices.Sorted(maps.Keys(groups)) {
			have, _ := dev[pep508.Normal(name)].([]any)
			more, _ := groups[name].([]any)
			dev[pep508.Normal(name)] = slices.Concat(have, more)
		}
	}
	text, _ := pythonJSON(map[string]any{
		"sources": or(p.pdm["source"], []any{}), "dependencies": or(p.project["dependencies"], []any{}), "dev-dependencies": dev,
		"optional-dependencies": or(p.project["optional-dependencies"], map[string]any{}), "requires-python": or(p.project["requires-python"], ""),
		"resolution": or(p.pdm["resolution"], map[string]any{}),
	}, ", ", ": ")
	return text
}
