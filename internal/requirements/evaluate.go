package requirements

import "github.com/gcpdeploy/gcpdeploy/internal/pywheel"

// applies says whether a requirement's marker holds for a target.
func (r Requirement) applies(t pywheel.Target) truth {
	if r.Marker == "" {
		return yes
	}
	m, f := parseMarker(r.Marker)
	if f != nil {
		return maybe
	}
	_, value := Environment{Python: t.Python, Machine: t.Machine}.reduce(m)
	return value
}
