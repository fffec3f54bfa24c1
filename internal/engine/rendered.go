package engine

import (
	"maps"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Rendered is a file that a build of the app's images reads.
type Rendered struct {
	Name string // slash path
	Data []byte
}

// Rendered are the app's Dockerfiles, and then what their builds read.
func (a *App) Rendered() []Rendered {
	in := a.App
	req, con := in.Closure.Canonical()
	files := []Rendered{
		{"wheel.Dockerfile", in.Wheel}, {"main.Dockerfile", in.Main},
		{"requirements.txt", req}, {"constraints.txt", con},
	}
	if in.Tests != nil {
		req, con := in.Tests.Canonical()
		files = append(files, Rendered{"test-requirements.txt", req}, Rendered{"test-constraints.txt", con})
	}
	if build := plan.BuildRequirements(in); build != nil {
		files = append(files, Rendered{"build-requirements.txt", build})
	}
	for _, name := range slices.Sorted(maps.Keys(in.Program)) {
		files = append(files, Rendered{name, in.Program[name]})
	}
	return files
}
