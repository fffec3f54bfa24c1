package lockfile

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
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
	now := slices.Clone(p.Project.Dependencies)
	for _, more := range p.Project.Optional {
		now = append(now, more...)
	}
	if d := difference(p.Project.Name, now, locked.Requires); d != "" {
		return d
	}
	for name, items := range p.Groups {
		var now []string
		for _, item := range items {
			if s, ok := item.(string); ok {
				now = append(now, s)
			}
		}
		if normal(name) == "dev" {
			now = append(now, p.Tool.UV.Dev...)
		}
		if len(now) < len(items) {
			continue // what a group includes is locked as its own
		}
		for group, was := range locked.Groups {
			if normal(group) == normal(name) {
				if d := difference("", now, was); d != "" {
					return d
				}
			}
		}
	}
	return ""
}

var anySpecifier = regexp.MustCompile(`(===|~=|==|!=|<=|>=|<|>)\s*([^\s,;)]+)`)

// difference names a requirement that one side has and the other lacks.
func difference(self string, now []string, was []uvRequirement) string {
	locked := map[string][]string{}
	for _, r := range was {
		wanted := r.Specifier
		if cmp.Or(r.Git, r.URL, r.Path, r.Directory, r.Editable, r.Virtual) != "" {
			wanted = "@" // its source is in [tool.uv.sources], and outweighs a version
		}
		locked[normal(r.Name)] = append(locked[normal(r.Name)], sorted(strings.Split(wanted, ",")))
	}
	seen := map[string]bool{}
	for _, text := range now {
		m := specifierText.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		name := normal(m[1])
		if name == normal(self) && self != "" {
			continue // an extra that includes another
		}
		seen[name] = true
		var specs []string
		for _, s := range anySpecifier.FindAllStringSubmatch(m[3], -1) {
			specs = append(specs, s[1]+s[2])
		}
		if have := locked[name]; have == nil {
			return text + " was added to pyproject.toml since it was made"
		} else if !slices.Contains(have, sorted(specs)) && !slices.Contains(have, "@") {
			return text + " in pyproject.toml is not what was locked"
		}
	}
	for name := range locked {
		if !seen[name] && name != normal(self) {
			return name + " was taken out of pyproject.toml since it was made"
		}
	}
	return ""
}

func sorted(specs []string) string {
	specs = slices.Clone(specs)
	for i := range specs {
		specs[i] = strings.TrimSpace(specs[i])
	}
	slices.Sort(specs)
	return strings.Join(specs, ",")
}
