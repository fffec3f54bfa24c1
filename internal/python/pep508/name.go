package pep508

import (
	"strings"
	"unicode"
)

// Normal is a name's normal form (PEP 503, PEP 685): small letters, and one dash for
// each run of - _ and . in it. What is no name is treated alike.
func Normal(name string) string {
	var b strings.Builder
	run := false
	for _, r := range strings.ToLower(name) {
		separator := r == '-' || r == '_' || r == '.'
		switch {
		case !separator:
			b.WriteRune(r)
		case !run:
			b.WriteByte('-')
		}
		run = separator
	}
	return b.String()
}

// IsName says whether all of s is the name of a project or an extra.
func IsName(s string) bool {
	c := &cursor{s: s}
	return c.identifier() != "" && c.end()
}

// IsSpace is Python's str.isspace of one character.
func IsSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

// IsDigit and IsAlnum know ASCII alone, as names and versions do.
func IsDigit(c byte) bool { return c >= '0' && c <= '9' }

// IsAlnum is IsDigit with letters.
func IsAlnum(c byte) bool {
	return IsDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isSeparator(c byte) bool { return c == '-' || c == '_' || c == '.' }
