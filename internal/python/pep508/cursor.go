package pep508

import "strings"

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
	for j < len(c.s) && (IsAlnum(c.s[j]) || isSeparator(c.s[j])) {
		j++
	}
	for j > c.i && (c.s[j-1] == '.' || c.s[j-1] == '-') {
		j--
	}
	if j == c.i || !IsAlnum(c.s[c.i]) {
		return ""
	}
	name := c.s[c.i:j]
	c.i = j
	return name
}
