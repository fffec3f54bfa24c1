package requirements

import "github.com/gcpdeploy/gcpdeploy/internal/errs"

// Located is a dependency specifier and where it stands.
type Located struct {
	Text   string
	Line   int // counted from 1, 0 when unknown
	Column int // of the first character of Text, 0 when unknown
}

// ParseStrings makes a closure of PEP 508 strings, such as the dependencies of
// a pyproject.toml: no paths, no options, no variables. file is slashed and
// relative to dir, where file: URLs may point.
func ParseStrings(dir, file string, lines []Located) (*Closure, error) {
	l, err := newLoader(dir, nil)
	if err != nil {
		return nil, err
	}
	for _, line := range lines {
		l.at = errs.Place{File: file, Line: line.Line, Column: line.Column}
		r := Requirement{
			Raw: mask(line.Text), File: file, Line: line.Line,
			Hashes: map[string][]string{}, ConfigSettings: Settings{}, Extras: []string{},
		}
		p, f := parsePEP508(line.Text)
		if f == nil {
			f = l.set(&r, p)
		}
		if f != nil {
			place := l.at
			if place.Column > 0 && f.at > 0 {
				place.Column += f.at
			}
			return nil, errs.At(place, mask(f.hint), "%s", mask(f.msg))
		}
		l.c.Requirements = append(l.c.Requirements, r)
	}
	l.c.Files = []string{file}
	return l.finish(), nil
}
