package closure

import (
	"slices"
	"strings"
)

// Kind is what an entry is.
type Kind int

const (
	Option     Kind = iota // of the whole run
	Required               // what is installed
	Constraint             // what only limits it
)

// Entry is one line of the closure's canonical form, with its parts.
type Entry struct {
	Kind Kind
	// Name is the option with its dashes, or the project; where a line names none, the
	// path or the address of its source, up to where a name would end.
	Name      string
	Value     string   // an option's, "" for a switch
	Specifier string   // of versions in their normal form: "!=1.5,>=1.2"
	Local     bool     // the line is a path in the app's tree
	Hashes    []string // "sha256:DIGEST", as pip wants them written
	Line      string   // as pip reads it, without the hashes

	key string // lines of one project have one key
}

// String is the whole line.
func (e Entry) String() string {
	var b strings.Builder
	b.WriteString(e.Line)
	for _, h := range e.Hashes {
		b.WriteString(" --hash=" + h)
	}
	return b.String()
}

// Entries are the closure in its canonical form: options first, then what is
// required, then the constraints, sorted by project; lines of one project keep their
// order. Comments, includes, spelling and credentials are gone, so two closures of one
// meaning have the same entries.
func (c *Closure) Entries() []Entry {
	var required, constraints []Entry
	for _, q := range c.Requirements {
		if q.form.apart || c.provider(q) != nil {
			continue
		}
		switch e := q.entry(); {
		case !q.Constraint && !c.limits(q):
			required = append(required, e)
		case q.Constraint || len(q.Extras) == 0:
			e.Kind = Constraint
			constraints = append(constraints, e)
		}
	}
	return slices.Concat(c.optionEntries(), distinct(required), distinct(constraints))
}

// distinct sorts entries, and keeps the first of equal ones.
func distinct(entries []Entry) []Entry {
	slices.SortStableFunc(entries, func(a, b Entry) int { return strings.Compare(a.key, b.key) })
	seen, key := map[string]bool{}, ""
	return slices.DeleteFunc(entries, func(e Entry) bool {
		if e.key != key {
			clear(seen) // equal lines have equal keys
			key = e.key
		}
		line := e.String()
		double := seen[line]
		seen[line] = true
		return double
	})
}
