package lockfile

import (
	"fmt"
	"slices"
)

// uvLimit is a build constraint of uv's: a project and its versions, or a link.
type uvLimit struct {
	Name      string `toml:"name"`
	Specifier string `toml:"specifier"`
	Marker    string `toml:"marker"`
}

// limit takes over uv's build constraints. One that is a link limits no version.
func (l *Lock) limit(in input, limits []uvLimit) {
	for _, c := range limits {
		if c.Specifier == "" {
			l.Notes = append(l.Notes, fmt.Sprintf("%s: the build constraint on %s names no versions, and is not used", in.file, c.Name))
			continue
		}
		text := c.Name + c.Specifier
		if c.Marker != "" {
			text += " ; " + c.Marker
		}
		l.BuildConstraints = append(l.BuildConstraints, text)
	}
}

// limitPoetry takes over [tool.poetry.build-constraints]. Poetry has them for one
// package each, pip for all.
func (l *Lock) limitPoetry(p *poetryProject) {
	for of, tools := range table(p.poetry, "build-constraints") {
		tools, _ := tools.(map[string]any)
		for name, v := range tools {
			marker := ""
			if t, ok := v.(map[string]any); ok {
				v = t["version"]
				marker, _ = t["markers"].(string)
			}
			version, _ := v.(string)
			either := poetrySpecifier(version)
			if len(either) != 1 { // pip's know no "or"
				l.Notes = append(l.Notes, fmt.Sprintf("pyproject.toml: the build constraint on %s of %s is not used: pip cannot read %v", name, of, v))
				continue
			}
			text := name + either[0]
			if marker != "" {
				text += " ; " + marker
			}
			l.BuildConstraints = append(l.BuildConstraints, text)
		}
	}
	slices.Sort(l.BuildConstraints)
	slices.Sort(l.Notes)
}
