package reqfile

import (
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// Statement is a line that is understood.
type Statement struct {
	Line
	Kind Kind
	// Value is the requirement, or what -e, -r or -c names; At is where it, or its
	// option, begins in the line.
	Value string
	At    int
	Uses  []Use
	// Path is the file's own; Constraint says that what it asks for only limits.
	Path       string
	Constraint bool

	limits bool // an include of constraints
}

// parse reads one line: a requirement, an editable one, an include, or options.
// Whatever pip would drop of it is a fault.
func parse(l Line) (Statement, *pep508.Fault) {
	s := Statement{Line: l}
	if strings.ContainsAny(l.Text, "\n\r") {
		return s, pep508.Faultf(-1, "set the variable to a value of one line", "the value of a variable holds a line break")
	}
	text, from := breakLine(l.Text)
	words, bad := shellWords(l.Text[from:], from)
	if bad != nil {
		return s, bad
	}
	var loose []word
	if s.Uses, loose, bad = parseOptions(words); bad != nil {
		return s, bad
	}
	kind, main := classify(text, s.Uses)
	s.Kind, s.Value = kind, strings.TrimRightFunc(text, pep508.IsSpace)
	if main >= 0 {
		u := s.Uses[main]
		s.Value, s.At, s.limits = u.Value, u.At, u.Name == "--constraint"
	}
	return s, dropped(kind, main, s.Uses, loose)
}

// Kind is what a line is.
type Kind int

const (
	Options Kind = iota // of all files together
	Requirement
	Editable
	Include // whose file is read next
)

var places = map[Kind]string{
	Requirement: "on the line of a requirement", Editable: "on the line of an editable requirement", Include: "on the line of an include",
}

// classify decides as pip does: a requirement before -e before -r before -c,
// and of several the first. main is the deciding option.
func classify(text string, uses []Use) (kind Kind, main int) {
	if text != "" {
		return Requirement, -1
	}
	for _, name := range []string{"--editable", "--requirement", "--constraint"} {
		for i, u := range uses {
			if u.Name == name {
				if name == "--editable" {
					return Editable, i
				}
				return Include, i
			}
		}
	}
	return Options, -1
}

// dropped finds the first part of a line that pip reads and forgets.
func dropped(kind Kind, main int, uses []Use, loose []word) *pep508.Fault {
	links := 0
	for i, u := range uses {
		switch u.Name {
		case "--no-binary", "--only-binary", "--all-releases", "--only-final":
			continue // these count wherever they stand
		case "--hash":
			if kind == Requirement {
				continue
			}
			if kind == Editable {
				return pep508.Faultf(u.At, "remove --hash, or install the project without -e", "pip drops the --hash of an editable requirement without a word")
			}
			return pep508.Faultf(u.At, "write it behind its requirement, on the same line", "pip drops a --hash without a requirement")
		case "--config-settings":
			if kind == Requirement || kind == Editable {
				continue
			}
			return pep508.Faultf(u.At, "write it behind its requirement, on the same line", "pip drops --config-settings without a requirement, without a word")
		case "--find-links":
			if links++; kind == Options && links == 1 {
				continue
			}
		}
		own := "write " + u.written + " on a line of its own"
		switch {
		case i == main:
			continue
		case kind == Options && u.Name != "--find-links":
			continue
		case main >= 0 && u.Name == uses[main].Name, kind == Options:
			return pep508.Faultf(u.At, own, "pip reads only the first %s of a line and would drop %q without a word", u.Name, u.Value)
		}
		return pep508.Faultf(u.At, own, "pip drops %s %s without a word", u.written, places[kind])
	}
	if len(loose) > 0 {
		return pep508.Faultf(loose[0].at, "write "+loose[0].text+" on a line of its own", "pip drops %q, which stands behind an option, without a word", loose[0].text)
	}
	return nil
}
