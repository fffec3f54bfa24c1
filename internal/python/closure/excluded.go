package closure

import (
	"strconv"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// youngest bounds the minor versions of Python 3 that a marker is tried with.
const youngest = 30

// Excluded are the requirements that are not installed at all on a Python because
// the markers of all their lines exclude it, each by its first line. What another
// platform's marker excludes is left out anyway, whatever the Python: it is not
// among them.
func (c *Closure) Excluded(python string) []Requirement {
	installed, seen := map[string]bool{}, map[string]bool{}
	for _, r := range c.Requirements {
		if !r.Constraint && holds(r.Marker, python) {
			installed[r.Name] = r.Name != ""
		}
	}
	var out []Requirement
	for _, r := range c.Requirements {
		if r.Constraint || installed[r.Name] || r.Name != "" && seen[r.Name] || holds(r.Marker, python) || !elsewhere(r.Marker) {
			continue
		}
		seen[r.Name] = true
		out = append(out, r)
	}
	return out
}

// elsewhere says whether a marker holds on any Python 3.
func elsewhere(marker string) bool {
	for minor := range youngest {
		if holds(marker, "3."+strconv.Itoa(minor)) {
			return true
		}
	}
	return false
}

func holds(marker, python string) bool {
	_, ok, err := pep508.Environment{Python: python}.Reduce(marker)
	return ok || err != nil
}
