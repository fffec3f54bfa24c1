package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python"
	"github.com/gcpdeploy/gcpdeploy/internal/python/wheel"
)

// Lack is a pinned requirement that has no wheel for the plan's Python.
type Lack struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Reason  string `json:"reason"`
}

// Forecast says before the wheels are built which pinned requirements will take
// long or cannot be had, as far as the package indexes answered.
type Forecast struct {
	Compile     []Lack `json:"compile,omitempty"`     // will be built from source
	Unavailable []Lack `json:"unavailable,omitempty"` // cannot be installed
	// BetterPython is the minor version that builds least from source, the newest
	// of equals; "" when this one is as good, or no other is known to be better.
	BetterPython string `json:"better_python,omitempty"`
}

// Asked says which indexes a forecast asks, and for which projects; none where
// nothing can be told from them.
func Asked(app App) (indexes, projects []string) {
	if indexes = app.Closure.Indexes(); len(indexes) == 0 || machines[app.Platform] == "" {
		return nil, nil
	}
	for _, python := range append([]string{app.Config.Python}, python.Released...) { // markers may ask another one for other projects
		for _, p := range app.Closure.Pins(target(app, python)) {
			projects = append(projects, p.Name)
		}
	}
	slices.Sort(projects)
	return indexes, slices.Compact(projects)
}

// forecast judges the pins for this Python and, where some are lacking, for the
// others. note is the same for people, "" when nothing is lacking.
func forecast(app App, f Facts) (fc Forecast, note string) {
	if len(f.Files) == 0 {
		return fc, ""
	}
	chosen := map[string][]wheel.File{}
	release := func(p wheel.Pin) ([]wheel.File, bool) {
		files, ok := f.Files[p.Name]
		id := p.Name + "==" + p.Version
		if _, done := chosen[id]; ok && !done {
			chosen[id] = p.Select(files)
		}
		return chosen[id], ok
	}
	if fc, _ = lacks(app, release, app.Config.Python); len(fc.Compile)+len(fc.Unavailable) == 0 {
		return fc, ""
	}
	var left []Lack // what the better one builds
	for _, python := range slices.Backward(f.Pythons) {
		other, all := lacks(app, release, python)
		if !all || len(other.Unavailable) > 0 {
			continue
		}
		better := len(fc.Unavailable) > 0 || len(other.Compile) < len(fc.Compile)
		if fc.BetterPython != "" {
			better = len(other.Compile) < len(left)
		}
		if better {
			fc.BetterPython, left = python, other.Compile
		}
	}
	return fc, fc.note(app.Config.Python, left)
}

// lacks judges the pins for a Python; release gives a pin's files, and whether
// the indexes answered. all says that they did for every one.
func lacks(app App, release func(wheel.Pin) ([]wheel.File, bool), python string) (fc Forecast, all bool) {
	t := target(app, python)
	all = true
	for _, p := range app.Closure.Pins(t) {
		files, ok := release(p)
		if !ok {
			all = false
			continue
		}
		switch offer, reason := t.Judge(p, files); offer {
		case wheel.Source:
			fc.Compile = append(fc.Compile, Lack{p.Name, p.Version, reason})
		case wheel.Nothing:
			fc.Unavailable = append(fc.Unavailable, Lack{p.Name, p.Version, reason})
		}
	}
	return fc, all
}

// machines are Python's names of Docker's architectures.
var machines = map[string]string{"linux/amd64": "x86_64", "linux/arm64": "aarch64"}

func target(app App, python string) wheel.Target {
	return wheel.Target{Python: python, Machine: machines[app.Platform]}
}

// note is the forecast for people, in one line; left is what the better Python
// would build from source.
func (fc Forecast) note(python string, left []Lack) string {
	var parts []string
	if len(fc.Unavailable) > 0 {
		parts = append(parts, fmt.Sprintf("Python %s cannot have %s", python, naming(fc.Unavailable, func(l Lack) string {
			return l.pin() + " (" + l.Reason + ")"
		})))
	}
	if n := len(fc.Compile); n > 0 {
		has := "have"
		if n == 1 {
			has = "has"
		}
		parts = append(parts, fmt.Sprintf("%s %s no wheel for Python %s and will be built from source", naming(fc.Compile, Lack.pin), has, python))
	}
	if fc.BetterPython != "" {
		would := "all have wheels"
		if len(left) > 0 {
			would = "only " + naming(left, Lack.pin) + " would be built"
		}
		parts = append(parts, fmt.Sprintf("with python: %q %s", fc.BetterPython, would))
	}
	return strings.Join(parts, "; ")
}

func (l Lack) pin() string { return l.Name + " " + l.Version }

// naming lists up to five.
func naming(lacks []Lack, name func(Lack) string) string {
	const most = 5
	var names []string
	for _, l := range lacks[:min(most, len(lacks))] {
		names = append(names, name(l))
	}
	last := len(names) - 1
	switch {
	case len(lacks) > most:
		return fmt.Sprintf("%s and %d more", strings.Join(names, ", "), len(lacks)-most)
	case last > 0:
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return names[0]
}
