// Package pep508 reads what Python's tools write of a dependency: its name and
// extras, versions (PEP 440), a URL after an @, and the marker, and evaluates markers
// in an environment. It takes what pip 26.3 takes, and tells what is wrong with all
// else. It knows one text at a time: neither files nor options, nor what a URL or a
// path leads to. Requirement files and lock files are read with it.
package pep508

import (
	"slices"
	"sort"
	"strings"
)

// Dependency is a dependency specifier, parsed.
type Dependency struct {
	Name       string   // as written
	Extras     []string // normalised and sorted; nil without brackets
	Specifiers Specifiers
	URL        string
	URLAt      int // where it begins in the text
	Marker     *Marker
}

// Parse reads a whole dependency specifier: name[extras]specifiers or
// name[extras] @ URL, then a marker.
func Parse(s string) (Dependency, *Fault) {
	var p Dependency
	c := &cursor{s: s}
	c.space()
	if p.Name = c.identifier(); p.Name == "" {
		return p, noName(c)
	}
	c.space()
	var f *Fault
	if p.Extras, f = c.extras(); f != nil {
		return p, f
	}
	c.space()
	if c.take("@") {
		c.space()
		p.URLAt = c.i
		if j := strings.IndexAny(c.rest(), " \t"); j >= 0 {
			c.i += j
		} else {
			c.i = len(s)
		}
		if p.URL = s[p.URLAt:c.i]; p.URL == "" {
			return p, Faultf(p.URLAt, "write the URL after the @: NAME @ https://…", "no URL follows the @")
		}
		c.space()
		if !c.end() && !c.at(";") {
			return p, Faultf(c.i, "write one requirement a line, and \" ; \" before a marker", "unexpected text after the URL: %q", c.rest())
		}
	} else if p.Specifiers, f = c.specifiers(); f != nil {
		return p, f
	}
	c.space()
	if c.take(";") {
		if p.Marker, f = c.marker(); f != nil {
			return p, f
		}
		c.space()
		if !c.end() {
			return p, afterMarker(c)
		}
	}
	if !c.end() {
		return p, afterSpecifiers(c, p)
	}
	return p, nil
}

func (c *cursor) extras() ([]string, *Fault) {
	open := c.i
	if !c.take("[") {
		return nil, nil
	}
	var extras []string
	const hint = "write extras as NAME[one,two]"
	for c.space(); !c.take("]"); {
		if len(extras) > 0 {
			if !c.take(",") {
				if c.end() {
					return nil, Faultf(open, hint, "the bracket of the extras is not closed")
				}
				return nil, Faultf(c.i, hint, "extras are separated by commas, not by %q", c.rest()[:1])
			}
			c.space()
		}
		e := c.identifier()
		if e == "" {
			if c.end() {
				return nil, Faultf(open, hint, "the bracket of the extras is not closed")
			}
			return nil, Faultf(c.i, hint, "this is no name of an extra: %q", c.rest())
		}
		extras = append(extras, Normal(e))
		c.space()
	}
	return sortedSet(extras), nil
}

// ParseExtras reads the extras behind a path, "[one,two]".
func ParseExtras(s string) ([]string, *Fault) {
	c := &cursor{s: s}
	return c.extras()
}

// sortedSet sorts and removes what is double; never nil.
func sortedSet(s []string) []string {
	out := append([]string{}, s...)
	sort.Strings(out)
	return slices.Compact(out)
}
