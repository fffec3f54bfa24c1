package lockfile

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// poetryProject is the pyproject.toml beside a poetry.lock, as it stands: the
// lock's content hash covers parts of it whole.
type poetryProject struct {
	project, poetry, groups map[string]any
}

// readPoetryProject reads pyproject.toml; without one all is empty.
func readPoetryProject(data []byte) (*poetryProject, error) {
	var all map[string]any
	if err := decodeTOML("pyproject.toml", data, &all); err != nil {
		return nil, err
	}
	tool := table(all, "tool")
	return &poetryProject{table(all, "project"), table(tool, "poetry"), table(all, "dependency-groups")}, nil
}

func table(in map[string]any, key string) map[string]any {
	t, _ := in[key].(map[string]any)
	return t
}

func hasKey(t map[string]any, name string) bool {
	return slices.Contains(names(slices.Collect(maps.Keys(t))), name)
}

func (p *poetryProject) hasExtra(name string) bool {
	return hasKey(table(p.poetry, "extras"), name) || hasKey(table(p.project, "optional-dependencies"), name)
}

func (p *poetryProject) hasGroup(name string) bool {
	return hasKey(table(p.poetry, "group"), name) || hasKey(p.groups, name) || name == "dev" && p.poetry["dev-dependencies"] != nil
}

// names are all groups and extras.
func (p *poetryProject) names() []string {
	var keys []string
	for _, t := range []map[string]any{table(p.poetry, "extras"), table(p.project, "optional-dependencies"), table(p.poetry, "group"), p.groups} {
		keys = append(keys, slices.Collect(maps.Keys(t))...)
	}
	if p.poetry["dev-dependencies"] != nil {
		keys = append(keys, "dev")
	}
	return names(keys)
}

// dependencies are the project's own of a group or extra, "" for the main ones.
func (p *poetryProject) dependencies(group string) ([]poetryDependency, bool) {
	own := poetryDependencies(table(p.poetry, "dependencies"))
	switch {
	case group == "":
		var out []poetryDependency
		for _, d := range own {
			if !d.optional {
				out = append(out, d)
			}
		}
		return append(out, specified(p.project["dependencies"])...), true
	case p.hasExtra(group):
		out := []poetryDependency{}
		for key, value := range table(p.project, "optional-dependencies") {
			if pep508.Normal(key) == group {
				out = append(out, specified(value)...)
			}
		}
		for key, value := range table(p.poetry, "extras") {
			names, _ := value.([]any)
			for _, d := range own {
				for _, name := range names {
					if s, ok := name.(string); ok && pep508.Normal(key) == group && d.isNamed(s) {
						out = append(out, d)
					}
				}
			}
		}
		return out, true
	case group == "dev" && p.poetry["dev-dependencies"] != nil:
		return poetryDependencies(table(p.poetry, "dev-dependencies")), true
	}
	for key, value := range table(p.poetry, "group") {
		if g, ok := value.(map[string]any); ok && pep508.Normal(key) == group {
			return poetryDependencies(table(g, "dependencies")), true
		}
	}
	return nil, false
}

var specifierText = regexp.MustCompile(`^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?\s*\(?([^;@)]*)\)?[^;]*(?:;(.*))?$`)

// specified reads dependency specifiers (PEP 508), as far as choosing a locked
// package needs it.
func specified(list any) []poetryDependency {
	texts, _ := list.([]any)
	var out []poetryDependency
	for _, t := range texts {
		s, _ := t.(string)
		m := specifierText.FindStringSubmatch(s)
		if m == nil {
			continue
		}
		d := poetryDependency{name: pep508.Normal(m[1]), version: strings.TrimSpace(m[3]), marker: m[4]}
		for e := range strings.SplitSeq(m[2], ",") {
			if e = strings.TrimSpace(e); e != "" {
				d.extras = append(d.extras, pep508.Normal(e))
			}
		}
		out = append(out, d)
	}
	return out
}

// hashes says whether some Poetry gives this content hash for the project.
// They differ in what they cover: Poetry 1 has [tool.poetry] alone, 2.0 adds
// [project], later ones add [dependency-groups].
func (p *poetryProject) hashes(want string) bool {
	for _, groups := range []map[string]any{p.groups, nil} {
		for _, project := range []map[string]any{p.project, nil} {
			text, ok := pythonJSON(p.relevant(project, groups), ", ", ": ")
			if sum := sha256.Sum256([]byte(text)); !ok || hex.EncodeToString(sum[:]) == want {
				return true
			}
		}
	}
	return false
}

func (p *poetryProject) relevant(project, groups map[string]any) map[string]any {
	outer, inner := map[string]any{}, map[string]any{}
	for _, key := range []string{"requires-python", "dependencies", "optional-dependencies"} {
		if v, ok := project[key]; ok {
			outer[key] = v
		}
	}
	for _, key := range []string{"dependencies", "source", "extras", "dev-dependencies", "group"} {
		v, ok := p.poetry[key]
		if ok || len(outer)+len(groups) == 0 && key != "group" {
			inner[key] = v
		}
	}
	all := map[string]any{}
	if len(outer) > 0 {
		all["project"] = outer
	}
	if len(groups) > 0 {
		all["dependency-groups"] = groups
	}
	if len(all) == 0 {
		return inner
	}
	all["tool"] = map[string]any{"poetry": inner}
	return all
}
