package project

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/imagefile"
	"github.com/gcpdeploy/gcpdeploy/internal/python"
)

// choice is one of several Pythons that would do, and what speaks for it.
type choice struct {
	minor, why string
	from       string // the file that speaks for it, "" for none
}

// choose takes one of the allowed minors. Files decide, and never an index: the
// same commit chooses the same Python tomorrow. What the app was run with comes
// first, then what spares building from source, then what it is tested with; what
// is left open, the default, or the nearest to it.
func choose(fsys fs.FS, allowed []string, locks []string) choice {
	if minor, from := imagePython(fsys); slices.Contains(allowed, minor) {
		return choice{minor, from + " uses it", from}
	}
	var why, from string
	if some, lock := lockedWheels(fsys, allowed, locks); len(some) < len(allowed) {
		allowed, why, from = some, lock+" has more wheels for it", lock
	}
	if tested, file := testedPythons(fsys); len(tested) > 0 {
		some := slices.DeleteFunc(slices.Clone(allowed), func(m string) bool { return !slices.Contains(tested, m) })
		if len(some) > 0 && len(some) < len(allowed) {
			allowed, why, from = some, file+" tests it", file
		}
	}
	minor := nearest(allowed)
	switch {
	case minor == python.Default:
		return choice{minor, "it is the default", ""}
	case why == "":
		why = fmt.Sprintf("it is the nearest to the default, %s", python.Default)
	}
	return choice{minor, why, from}
}

// nearest is the default, else the newest before it, else the oldest after it.
// allowed is sorted, and not empty.
func nearest(allowed []string) string {
	at := slices.Index(python.Released, python.Default)
	for _, minor := range slices.Backward(allowed) {
		if slices.Index(python.Released, minor) <= at {
			return minor
		}
	}
	return allowed[0]
}

// note tells of a choice among several.
func (c choice) note(allowed []string, said string) []string {
	if len(allowed) == 1 {
		return nil
	}
	return []string{fmt.Sprintf("Python %s: %s allows %s, and %s; pin it with .python-version", c.minor, said, strings.Join(allowed, ", "), c.why)}
}

// imagePython is the Python that the app's Dockerfile is based on.
func imagePython(fsys fs.FS) (minor, from string) {
	for _, file := range imagefile.Names {
		text, ok, err := appfile.Read(fsys, file)
		if err != nil || !ok {
			continue
		}
		image, ok := imagefile.Read(text)
		if !ok {
			return "", ""
		}
		return image.Python(), appfile.Ref(file, image.BaseLine)
	}
	return "", ""
}
