package pep508

import (
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
)

// badOperand explains a marker's side that is neither variable nor value.
func badOperand(c *cursor) *Fault {
	rest := c.rest()
	word := rest
	if i := strings.IndexAny(word, " \t<>=!~();,'\""); i >= 0 {
		word = word[:i]
	}
	const hint = `write it as python_version < "3.11" or sys_platform == "linux"`
	switch {
	case rest == "":
		return Faultf(c.i, hint, "the marker ends too early")
	case word == "":
		return Faultf(c.i, hint, "a variable or a quoted value must stand here, not %q", rest[:1])
	}
	if best := suggest.Nearest(word, variables); best != "" {
		return Faultf(c.i, "did you mean "+best+"?", "no such variable: %s", word)
	}
	before := strings.TrimRight(c.s[:c.i], " \t")
	if IsDigit(word[0]) || before != "" && strings.IndexByte("=<>", before[len(before)-1]) >= 0 || strings.HasSuffix(before, " in") {
		return Faultf(c.i, `put it in quotes: "`+word+`"`, "the value is not quoted: %s", word)
	}
	return Faultf(c.i, "the variables are "+strings.Join(variables[:3], ", ")+", sys_platform, platform_machine, platform_system, …; values are quoted", "no such variable: %s", word)
}

func afterMarker(c *cursor) *Fault {
	return Faultf(c.i, `join comparisons with "and" or "or"`, "unexpected text after the marker: %q", c.rest())
}

func isMarkerWord(word string) bool {
	for _, v := range variables {
		if strings.HasPrefix(word, v) {
			return true
		}
	}
	return word == "if"
}

// BeginsMarker says whether s looks like a comparison of a marker's.
func BeginsMarker(s string) bool {
	s = strings.TrimLeft(s, " \t(")
	for _, v := range variables {
		if rest, ok := strings.CutPrefix(s, v); ok && operatorAt(strings.TrimLeft(rest, " \t")) != "" {
			return true
		}
	}
	return false
}
