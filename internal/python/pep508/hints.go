package pep508

import (
	"strings"
	"unicode/utf8"
)

// noName explains a requirement that does not begin with a project's name.
func noName(c *cursor) *Fault {
	rest := c.rest()
	r, _ := utf8.DecodeRuneInString(rest)
	switch {
	case rest == "":
		return Faultf(c.i, "write the project's name", "there is no requirement here")
	case r == '"' || r == '\'' || r == '“' || r == '”' || r == '‘' || r == '’':
		return Faultf(c.i, "remove the quotes: "+strings.Trim(rest, `"'“”‘’`), "pip does not unquote requirements in a file")
	case operatorAt(rest) != "" || r == '=':
		return Faultf(c.i, "write the project's name before the version", "a version without a project")
	case strings.HasPrefix(rest, "["):
		return Faultf(c.i, "write the project's name before its extras", "extras without a project")
	case r == '\ufeff' || r == '\u200b' || r == '\u00a0':
		return Faultf(c.i, "delete the invisible character at the beginning of the line", "an invisible character (U+%04X) stands here", r)
	}
	return Faultf(c.i, "a name begins with a letter or a digit, e.g. flask==3.1.0", "this is no project name: %q", rest)
}

// badVersion explains an operator that no usable version follows; body begins
// at bodyAt, the operator at start.
func badVersion(op, body string, start, bodyAt int) *Fault {
	word := body
	if i := strings.IndexAny(word, " \t,;)"); i >= 0 {
		word = word[:i]
	}
	switch {
	case word == "":
		return Faultf(bodyAt, "write a version after "+op+", or remove it", "no version follows %s", op)
	case strings.HasPrefix(word, ">") || strings.HasPrefix(word, "<") || strings.HasPrefix(word, "="):
		return Faultf(start, "the operators are == != ~= >= <= > < ===", "%q is no operator", op+word[:1])
	case strings.HasPrefix(word, `"`) || strings.HasPrefix(word, "'"):
		return Faultf(bodyAt, "write the version without quotes: "+op+strings.Trim(word, `"'`), "pip does not unquote versions")
	case op == "~=" && strings.Trim(word, "0123456789") == "":
		return Faultf(start, "write ~="+word+".0, or =="+word+".*", "~= needs at least two numbers, as in ~=1.4")
	case strings.EqualFold(word, "latest") || word == "*":
		return Faultf(bodyAt, "leave the version out to take the newest", "%q is no version", word)
	}
	return Faultf(bodyAt, "a version looks like 1.4.2, 2.0rc1 or 1.0.post3 (PEP 440)", "%q is no version", word)
}

// afterSpecifiers explains text that follows a name and its versions.
func afterSpecifiers(c *cursor, p Dependency) *Fault {
	rest := c.rest()
	word := rest
	if i := strings.IndexAny(word, " \t"); i > 0 {
		word = word[:i]
	}
	last := byte(0)
	if c.i > 0 {
		last = c.s[c.i-1]
	}
	switch {
	case strings.HasPrefix(rest, "=>") || strings.HasPrefix(rest, "=<"):
		return Faultf(c.i, "did you mean "+p.Name+rest[1:2]+"="+rest[2:]+"?", "%s is no operator", rest[:2])
	case strings.HasPrefix(rest, "="):
		return Faultf(c.i, "did you mean "+p.Name+"="+rest+"?", "= is no operator")
	case strings.HasPrefix(rest, "~"):
		return Faultf(c.i, "did you mean "+p.Name+"~="+strings.TrimLeft(rest, "~> ")+"?", "~ is no operator")
	case strings.HasPrefix(rest, "^"):
		return Faultf(c.i, "write the range out, e.g. "+p.Name+">=1.2,<2", "^ is an operator of Poetry's, not of pip's")
	case strings.HasPrefix(rest, "!"):
		return Faultf(c.i, "did you mean "+p.Name+"!="+strings.TrimLeft(rest, "! ")+"?", "! is no operator")
	case operatorAt(rest) != "" && len(p.Specifiers) > 0:
		return Faultf(c.i, "did you mean "+p.Name+p.Specifiers.String()+","+word+"?", "versions are separated by commas")
	case strings.HasPrefix(rest, "#"):
		return Faultf(c.i, "put a blank before the #", "a comment needs white space before it")
	case strings.HasPrefix(word, "-"):
		return Faultf(c.i, "put a blank, not a tab, before the option", "an option needs a blank before it")
	case last == ',':
		return Faultf(c.i, "write an operator before each version, as in >=1,<2", "this is no version: %q", word)
	case last == ' ' || last == '\t':
		if isMarkerWord(word) {
			return Faultf(c.i, "write "+p.Name+" ; "+rest, "a semicolon must stand before the marker")
		}
		return Faultf(c.i, "write one requirement a line, and # before a comment", "unexpected text after the requirement: %q", word)
	}
	r, _ := utf8.DecodeRuneInString(rest)
	if r > 127 {
		return Faultf(c.i, "write it with plain characters: letters, digits, - _ . and == != ~= >= <= > <", "the character %q (U+%04X) cannot stand here", r, r)
	}
	return Faultf(c.i, "write NAME, NAME==VERSION, NAME @ URL or a path that begins with ./", "unexpected text: %q", word)
}
