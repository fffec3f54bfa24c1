package lockfile

import (
	"cmp"
	"maps"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// uvMetadata is what the lock remembers of a project's own pyproject.toml.
type uvMetadata struct {
	Requires []uvRequirement            `toml:"requires-dist"`
	Extras   []string                   `toml:"provides-extras"`
	Groups   map[string][]uvRequirement `toml:"requires-dev"`
}

type uvRequirement struct {
	Name      string   `toml:"name"`
	Extras    []string `toml:"extras"`
	Specifier string   `toml:"specifier"`
	Git       string   `toml:"git"`
	URL       string   `toml:"url"`
	Path      string   `toml:"path"`
	Directory string   `toml:"directory"`
	Editable  string   `toml:"editable"`
	Virtual   string   `toml:"virtual"`
}

// uvProject is what matters of a pyproject.toml to tell whether it was locked.
type uvProject struct {
	Project struct {
		Name         string              `toml:"name"`
		Python       string              `toml:"requires-python"`
		Dependencies []string            `toml:"dependencies"`
		Optional     map[string][]string `toml:"optional-dependencies"`
		Dynamic      []string            `toml:"dynamic"`
	} `toml:"project"`
	Groups map[string][]any `toml:"dependency-groups"`
	Tool   struct {
		UV struct {
			Dev []string `toml:"dev-dependencies"`
		} `toml:"uv"`
	} `toml:"tool"`
}

// stale compares names, extras and versions with those that were locked. The
// spelling of markers is uv's own, so they are not compared.
func (u *uvLock) stale(in input, root int) string {
	var p uvProject
	if len(in.project) == 0 || decodeTOML("pyproject.toml", in.project, &p) != nil || slices.Contains(p.Project.Dynamic, "dependencies") {
		return "" // who reads pyproject.toml tells what is wrong with it
	}
	locked := u.Packages[root].Metadata
	if locked.Requires == nil && locked.Groups == nil && len(u.Packages[root].Dependencies) > 0 {
		return "" // the first uv's did not write it down
	}
	now := slices.Clone(p.Project.Dependencies)
	for _, extra := range slices.Sorted(maps.Keys(p.Project.Optional)) {
		now = append(now, p.Project.Optional[extra]...)
	}
	if d := difference(p.Project.Name, now, locked.Requires); d != "" {
		return d
	}
	for _, name := range slices.Sorted(maps.Keys(p.Groups)) {
		items, now := p.Groups[name], []string(nil)
		for _, item := range items {
			if s, ok := item.(string); ok {
				now = append(now, s)
			}
		}
		if pep508.Normal(name) == "dev" {
			now = append(now, p.Tool.UV.Dev...)
		}
		if len(now) < len(items) {
			continue // what a group includes is locked as its own
		}
		for group, was := range locked.Groups {
			if pep508.Normal(group) == pep508.Normal(name) {
				if d := difference("", now, was); d != "" {
					return d
				}
			}
		}
	}
	return ""
}

// difference names a requirement that one side has and the other lacks.
func difference(self string, now []string, was []uvRequirement) string {
	const sourced = "@" // its source is in [tool.uv.sources], and outweighs a version
	locked := map[string][]string{}
	for _, r := range was {
		wanted := canonical(r.Name + r.Specifier)
		if cmp.Or(r.Git, r.URL, r.Path, r.Directory, r.Editable, r.Virtual) != "" {
			wanted = sourced
		}
		locked[pep508.Normal(r.Name)] = append(locked[pep508.Normal(r.Name)], wanted)
	}
	seen := map[string]bool{}
	for _, text := range now {
		m := specifierText.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		name := pep508.Normal(m[1])
		if name == pep508.Normal(self) && self != "" {
			continue // an extra that includes another
		}
		seen[name] = true
		if have := locked[name]; have == nil {
			return text + " was added to pyproject.toml since it was made"
		} else if !slices.Contains(have, canonical(m[1]+m[3])) && !slices.Contains(have, sourced) {
			return text + " in pyproject.toml is not what was locked"
		}
	}
	for _, name := range slices.Sorted(maps.Keys(locked)) {
		if !seen[name] && name != pep508.Normal(self) {
			return name + " was taken out of pyproject.toml since it was made"
		}
	}
	return ""
}

// canonical is one spelling of a name with specifiers: order, blanks and the
// form of versions say nothing.
func canonical(text string) string {
	d, f := pep508.Parse(text)
	if f != nil {
		return text
	}
	return pep508.Normal(d.Name) + d.Specifiers.Canonical()
}
