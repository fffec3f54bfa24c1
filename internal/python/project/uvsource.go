package project

import (
	"maps"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// unlocked refuses dependencies that uv takes from a folder. Without a lock that says
// so pip would ask the index for the name, which may be anybody's there.
func (p *Pyproject) unlocked() error {
	for _, name := range slices.Sorted(maps.Keys(p.Tool.UV.Sources)) {
		all, ok := p.Tool.UV.Sources[name].([]any) // one for each marker
		if !ok {
			all = []any{p.Tool.UV.Sources[name]}
		}
		local := slices.ContainsFunc(all, func(one any) bool {
			source, _ := one.(map[string]any)
			return source["path"] != nil || source["workspace"] == true
		})
		for i, text := range p.Project.Dependencies {
			d, f := pep508.Parse(text)
			if !local || f != nil || pep508.Normal(d.Name) != pep508.Normal(name) {
				continue
			}
			return errs.At(appfile.At(File, p.text, p.line("project.dependencies", i)), "Run `uv lock`.",
				"%s is a local package by [tool.uv.sources], and there is no uv.lock", d.Name)
		}
	}
	return nil
}
