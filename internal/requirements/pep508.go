package requirements

import (
	"slices"
	"sort"
	"strings"

	"deps.dev/util/pypi"
)

// pep508 is a dependency specifier, parsed.
type pep508 struct {
	name    string // as written
	extras  []string
	specs   []specifier
	url     string
	urlAt   int
	markers *marker
}

// cursor walks over a dependency specifier or a marker; white space is blank
// and tab, as in pip's own parser.
type cursor struct {
	s string
	i int
}

func (c *cursor) space() {
	for c.i < len(c.s) && (c.s[c.i] == ' ' || c.s[c.i] == '\t') {
		c.i++
	}
}

func (c *cursor) end() bool        { return c.i >= len(c.s) }
func (c *cursor) rest() string     { return c.s[c.i:] }
func (c *cursor) at(s string) bool { return strings.HasPrefix(c.rest(), s) }
func (c *cursor) take(s string) bool {
	if !c.at(s) {
		return false
	}
	c.i += len(s)
	return true
}

// identifier reads a project or extra name; "" when there is none.
func (c *cursor) identifier() string {
	j := c.i
	for j < len(c.s) && (isAlnum(c.s[j]) || isSeparator(c.s[j])) {
		j++
	}
	for j > c.i && (c.s[j-1] == '.' || c.s[j-1] == '-') {
		j--
	}
	if j == c.i || !isAlnum(c.s[c.i]) {
		return ""
	}
	name := c.s[c.i:j]
	c.i = j
	return name
}

// parsePEP508 reads a whole dependency specifier: name[extras]specifiers or
// name[extras] @ URL, then a marker.
func parsePEP508(s string) (pep508, *fault) {
	var p pep508
	c := &cursor{s: s}
	c.space()
	if p.name = c.identifier(); p.name == "" {
		return p, noName(c)
	}
	c.space()
	var f *fault
	if p.extras, f = c.extras(); f != nil {
		return p, f
	}
	c.space()
	if c.take("@") {
		c.space()
		p.urlAt = c.i
		if j := strings.IndexAny(c.rest(), " \t"); j >= 0 {
			c.i += j
		} else {
			c.i = len(s)
		}
		if p.url = s[p.urlAt:c.i]; p.url == "" {
			return p, faultf(p.urlAt, "write the URL after the @: NAME @ https://…", "no URL follows the @")
		}
		c.space()
		if !c.end() && !c.at(";") {
			return p, faultf(c.i, "write one requirement a line, and \" ; \" before a marker", "unexpected text after the URL: %q", c.rest())
		}
	} else if p.specs, f = c.specifiers(); f != nil {
		return p, f
	}
	c.space()
	if c.take(";") {
		if p.markers, f = c.marker(); f != nil {
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

func (c *cursor) extras() ([]string, *fault) {
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
					return nil, faultf(open, hint, "the bracket of the extras is not closed")
				}
				return nil, faultf(c.i, hint, "extras are separated by commas, not by %q", c.rest()[:1])
			}
			c.space()
		}
		e := c.identifier()
		if e == "" {
			if c.end() {
				return nil, faultf(open, hint, "the bracket of the extras is not closed")
			}
			return nil, faultf(c.i, hint, "this is no name of an extra: %q", c.rest())
		}
		extras = append(extras, pypi.CanonPackageName(e))
		c.space()
	}
	return sortedSet(extras), nil
}

// sortedSet sorts and removes what is double; never nil.
func sortedSet(s []string) []string {
	out := append([]string{}, s...)
	sort.Strings(out)
	return slices.Compact(out)
}
