package requirements

import (
	"strings"

	"deps.dev/util/semver"

	"github.com/gcpdeploy/gcpdeploy/internal/pywheel"
)

// truth is what is known of a marker: not everything about the target is.
type truth int

const (
	no truth = iota - 1
	maybe
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// applies says whether a requirement's marker holds for a target.
func (r Requirement) applies(t pywheel.Target) truth {
	if r.Marker == "" {
		return yes
	}
	m, f := parseMarker(r.Marker)
	if f != nil {
		return maybe
	}
	// Of the version the minor is known: what holds for the first patch level and
	// for a late one holds.
	first, last := m.holds(environment(t, ".0")), m.holds(environment(t, ".99"))
	if first != last {
		return maybe
	}
	return first
}

// environment has the variables of PEP 508 that the target decides.
func environment(t pywheel.Target, patch string) map[string]string {
	return map[string]string{
		"python_version": t.Python, "python_full_version": t.Python + patch, "implementation_version": t.Python + patch,
		"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux", "platform_machine": t.Machine,
		"platform_python_implementation": "CPython", "implementation_name": "cpython",
		"extra": "", // a requirements file asks for no extra of its own
	}
}

// holds evaluates a marker: "and" binds closer than "or".
func (m *marker) holds(env map[string]string) truth {
	if len(m.items) == 0 {
		return m.compare(env)
	}
	result, term := no, yes
	for i, item := range m.items {
		if i > 0 && m.words[i-1] == "or" {
			result, term = max(result, term), yes
		}
		term = min(term, item.holds(env))
	}
	return max(result, term)
}

// compare evaluates one comparison, as pip does: of versions where the variable
// is one and the value too, else of strings.
func (m *marker) compare(env map[string]string) truth {
	left, ok := m.left.value(env)
	if !ok {
		return maybe
	}
	right, ok := m.right.value(env)
	if !ok {
		return maybe
	}
	if m.left.isVersion() || m.right.isVersion() {
		c, err := semver.PyPI.ParseConstraint(m.op + right)
		if _, verr := semver.PyPI.Parse(left); err == nil && verr == nil && operatorAt(m.op) != "" {
			return truthOf(c.Match(left))
		}
	}
	switch m.op {
	case "in":
		return truthOf(strings.Contains(right, left))
	case "not in":
		return truthOf(!strings.Contains(right, left))
	case "==", "===":
		return truthOf(left == right)
	case "!=":
		return truthOf(left != right)
	case "<":
		return truthOf(left < right)
	case "<=":
		return truthOf(left <= right)
	case ">":
		return truthOf(left > right)
	case ">=":
		return truthOf(left >= right)
	}
	return maybe // pip refuses to compare strings so
}

func (o operand) value(env map[string]string) (string, bool) {
	if !o.variable {
		return o.text, true
	}
	v, ok := env[o.text]
	return v, ok
}

func (o operand) isVersion() bool {
	return o.variable && (o.text == "python_version" || o.text == "python_full_version" || o.text == "implementation_version")
}
