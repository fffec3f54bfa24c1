package requirements

import (
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// line reads one logical line of a file: a requirement, an editable one, an
// include, or options. Whatever pip would drop of it is an error.
func (l *loader) line(f source, lg logical) error {
	l.at = errs.Place{File: f.name, Line: lg.first}
	if strings.ContainsAny(lg.text, "\n\r") {
		return faultf(-1, "set the variable to a value of one line", "the value of a variable holds a line break").usage(f.name, lg)
	}
	text, from := breakLine(lg.text)
	words, bad := shellWords(lg.text[from:], from)
	if bad != nil {
		return bad.usage(f.name, lg)
	}
	uses, loose, bad := parseOptions(words)
	if bad != nil {
		return bad.usage(f.name, lg)
	}
	kind, main := classify(text, uses)
	if bad = dropped(kind, main, uses, loose); bad == nil {
		bad = l.choices(uses)
	}
	if bad != nil {
		return bad.usage(f.name, lg)
	}
	switch kind {
	case requirementLine:
		bad = l.addRequirement(f, lg, strings.TrimRightFunc(text, isSpace), nil, uses)
	case editableLine:
		bad = l.addRequirement(f, lg, uses[main].value, &uses[main], uses)
	case includeLine:
		return l.include(f, lg, uses[main])
	default:
		bad = l.globals(f, uses)
	}
	if bad != nil {
		return bad.usage(f.name, lg)
	}
	return nil
}

type lineKind int

const (
	optionLine lineKind = iota
	requirementLine
	editableLine
	includeLine
)

var kindPlaces = map[lineKind]string{
	requirementLine: "on the line of a requirement", editableLine: "on the line of an editable requirement", includeLine: "on the line of an include",
}

// classify decides as pip does: a requirement before -e before -r before -c,
// and of several the first. main is the deciding option.
func classify(text string, uses []use) (kind lineKind, main int) {
	if text != "" {
		return requirementLine, -1
	}
	for _, name := range []string{"--editable", "--requirement", "--constraint"} {
		for i, u := range uses {
			if u.name == name {
				if name == "--editable" {
					return editableLine, i
				}
				return includeLine, i
			}
		}
	}
	return optionLine, -1
}

// dropped finds the first part of a line that pip reads and forgets.
func dropped(kind lineKind, main int, uses []use, loose []word) *fault {
	links := 0
	for i, u := range uses {
		switch u.name {
		case "--no-binary", "--only-binary", "--all-releases", "--only-final":
			continue // these count wherever they stand
		case "--hash":
			if kind == requirementLine {
				continue
			}
			if kind == editableLine {
				return faultf(u.at, "remove --hash, or install the project without -e", "pip drops the --hash of an editable requirement without a word")
			}
			return faultf(u.at, "write it behind its requirement, on the same line", "pip drops a --hash without a requirement")
		case "--config-settings":
			if kind == requirementLine || kind == editableLine {
				continue
			}
			return faultf(u.at, "write it behind its requirement, on the same line", "pip drops --config-settings without a requirement, without a word")
		case "--find-links":
			if links++; kind == optionLine && links == 1 {
				continue
			}
		}
		own := "write " + u.written + " on a line of its own"
		switch {
		case i == main:
			continue
		case kind == optionLine && u.name != "--find-links":
			continue
		case main >= 0 && u.name == uses[main].name, kind == optionLine:
			return faultf(u.at, own, "pip reads only the first %s of a line and would drop %q without a word", u.name, u.value)
		}
		return faultf(u.at, own, "pip drops %s %s without a word", u.written, kindPlaces[kind])
	}
	if len(loose) > 0 {
		return faultf(loose[0].at, "write "+loose[0].text+" on a line of its own", "pip drops %q, which stands behind an option, without a word", loose[0].text)
	}
	return nil
}

// addRequirement appends a requirement to the closure.
func (l *loader) addRequirement(f source, lg logical, text string, editable *use, uses []use) *fault {
	r := Requirement{
		Raw: mask(text), File: f.name, Line: lg.first, Constraint: f.constraint, Editable: editable != nil,
		Hashes: map[string][]string{}, ConfigSettings: Settings{}, Extras: []string{},
	}
	var bad *fault
	if editable != nil {
		if f.constraint {
			return faultf(editable.at, "move the line to a requirements file", "a constraint cannot be editable")
		}
		bad = l.editable(&r, text).unplaced(editable.at)
	} else {
		bad = l.requirement(&r, text)
	}
	if bad != nil {
		return bad
	}
	for _, u := range uses {
		switch u.name {
		case "--hash":
			bad = addHash(r.Hashes, u)
		case "--config-settings":
			bad = r.ConfigSettings.add(u)
		}
		if bad != nil {
			return bad
		}
	}
	switch {
	case r.Constraint && r.Name == "":
		return faultf(0, "write NAME==VERSION, or NAME @ URL", "a constraint needs a name")
	case r.Constraint && len(r.Extras) > 0:
		return faultf(0, "remove ["+strings.Join(r.Extras, ",")+"] here, and ask for it in a requirements file", "a constraint cannot have extras")
	}
	l.c.Requirements = append(l.c.Requirements, r)
	return nil
}
