package pep508

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"deps.dev/util/semver"
)

// Environment is what markers are reduced in: CPython of one minor version on
// Linux. Which patch level and which kernel it will be is not known.
type Environment struct {
	Python  string   // the minor version, "3.12"; "3.14t" is the same to markers
	Machine string   // as platform_machine; "" = x86_64
	Extras  []string // asked for, normalised (PEP 503)
	Groups  []string // dependency groups asked for, normalised
}

// known are the variables with one value.
var known = map[string]string{
	"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux",
	"platform_python_implementation": "CPython", "implementation_name": "cpython",
}

// patches bounds the patch levels that a minor version may have.
const patches = 100

// Reduce evaluates a marker as far as the environment decides it. holds is
// false when it never holds; else rest is what must hold yet, "" for nothing.
// The error has no place: it tells what is wrong with the text.
func (e Environment) Reduce(text string) (rest string, holds bool, err error) {
	if strings.TrimSpace(text) == "" {
		return "", true, nil
	}
	m, f := ParseMarker(text)
	if f != nil {
		return "", false, fmt.Errorf("the marker %q: %s", text, f.Message)
	}
	left, value := e.reduce(m)
	return left.String(), value != no, nil
}

// Always says whether a marker holds whatever is not known of the environment; one
// that cannot be read does not.
func (e Environment) Always(text string) bool {
	rest, holds, err := e.Reduce(text)
	return err == nil && holds && rest == ""
}

// Satisfies says whether some patch level of the Python is allowed by a version
// specifier such as ">=3.10,<4"; err tells that it is none.
func (e Environment) Satisfies(specifier string) (bool, error) {
	c, err := semver.PyPI.ParseConstraint(specifier)
	if err != nil {
		return false, fmt.Errorf("%q is no version specifier", specifier)
	}
	return slices.ContainsFunc(e.fullVersions(), c.Match), nil
}

// language is the version without the letter of a free-threaded build.
func (e Environment) language() string { return strings.TrimSuffix(e.Python, "t") }

func (e Environment) fullVersions() []string {
	out, minor := make([]string, patches), e.language()
	for i := range out {
		out[i] = fmt.Sprintf("%s.%d", minor, i)
	}
	return out
}

// truth is the value of a marker of which not all is known.
type truth int

const (
	no truth = iota
	maybe
	yes
)

// reduce gives what is left of a marker: nil unless it may hold.
func (e Environment) reduce(m *Marker) (*Marker, truth) {
	if len(m.items) == 0 {
		if v := e.compare(m); v != maybe {
			return nil, v
		}
		return m, maybe
	}
	either, value := &Marker{}, no
	for i := 0; i < len(m.items); {
		both, holds := &Marker{}, yes
		for ; ; i++ { // "and" binds more than "or"
			left, v := e.reduce(m.items[i])
			holds = min(holds, v)
			if left != nil {
				both.join("and", left)
			}
			if i == len(m.words) || m.words[i] == "or" {
				i++
				break
			}
		}
		value = max(value, holds)
		if holds == maybe {
			either.join("or", both)
		}
	}
	if value != maybe {
		return nil, value
	}
	return either, maybe
}

func (m *Marker) join(word string, item *Marker) {
	if len(m.items) > 0 {
		m.words = append(m.words, word)
	}
	m.items = append(m.items, item)
}

// compare evaluates one comparison.
func (e Environment) compare(m *Marker) truth {
	name, value, swapped := m.left.text, m.right.text, false
	switch {
	case m.left.variable && m.right.variable:
		return maybe
	case m.right.variable:
		name, value, swapped = m.right.text, m.left.text, true
	}
	switch name {
	case "extra":
		return truthOf(slices.Contains(e.Extras, value) == (m.op == "==" || m.op == "==="))
	case "extras":
		return truthOf(slices.Contains(e.Extras, value) == (m.op == "in"))
	case "dependency_groups":
		return truthOf(slices.Contains(e.Groups, value) == (m.op == "in"))
	case "platform_machine":
		return compareText(cmp.Or(e.Machine, "x86_64"), m.op, value, swapped)
	case "python_version":
		return compareVersions(e.language(), m.op, value, swapped)
	case "python_full_version", "implementation_version":
		return e.comparePatches(m.op, value, swapped)
	}
	have, ok := known[name]
	if !ok {
		return maybe // the kernel's own
	}
	return compareText(have, m.op, value, swapped)
}

// comparePatches compares what is known but for its patch level. An order
// changes once from the first to the last; only equality needs each looked at.
func (e Environment) comparePatches(op, value string, swapped bool) truth {
	versions := e.fullVersions()
	if !strings.Contains(value, e.language()+".") {
		versions = []string{versions[0], versions[patches-1]}
	}
	first := compareVersions(versions[0], op, value, swapped)
	for _, v := range versions[1:] {
		if compareVersions(v, op, value, swapped) != first {
			return maybe
		}
	}
	return first
}

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// compareVersions compares as versions (PEP 440) where both sides are some, else
// as text.
func compareVersions(have, op, value string, swapped bool) truth {
	left, right := have, value
	if swapped {
		left, right = value, have
	}
	if op != "in" && op != "not in" {
		_, n := scanVersion(left, "")
		if c, err := semver.PyPI.ParseConstraint(op + right); err == nil && n == len(left) {
			return truthOf(c.Match(left))
		}
	}
	return compareText(have, op, value, swapped)
}

// compareText compares a variable's value with another, or the other way round.
func compareText(have, op, value string, swapped bool) truth {
	if swapped {
		have, value = value, have
	}
	switch op {
	case "in":
		return truthOf(strings.Contains(value, have))
	case "not in":
		return truthOf(!strings.Contains(value, have))
	case "==", "===":
		return truthOf(have == value)
	case "!=":
		return truthOf(have != value)
	case "<":
		return truthOf(have < value)
	case "<=":
		return truthOf(have <= value)
	case ">":
		return truthOf(have > value)
	case ">=":
		return truthOf(have >= value)
	}
	return maybe // pip refuses to compare texts by ~=
}
