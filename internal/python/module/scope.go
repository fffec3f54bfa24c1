package module

import (
	"regexp"
	"strings"
)

// scope is what the block that a statement stands in is for.
type scope int

const (
	always   scope = iota // the module itself, or a condition in it
	script                // what runs only when the file is started
	function              // a function's body
	never                 // a class, or what only type checkers see
)

// block is an open block: statements deeper than its indent are in it.
type block struct {
	indent int
	scope  scope
	def    *Function
}

var (
	isMain   = regexp.MustCompile(`^if\s*\(?\s*(?:__name__\s*==\s*['"]__main__['"]|['"]__main__['"]\s*==\s*__name__)`)
	isTyping = regexp.MustCompile(`^if\s+(?:\w+\.)?TYPE_CHECKING\b`)
	isBlock  = regexp.MustCompile(`^(?:if|elif|else|try|except|finally|with|for|while|match|case|async\s+with|async\s+for)\b`)
	isDef    = regexp.MustCompile(`^(async\s+)?def\s+(\w+)\s*(?:\[[^\]]*\]\s*)?\(`)
	isClass  = regexp.MustCompile(`^class\s+(\w+)\s*(?:\[[^\]]*\]\s*)?(?:\(([^)]*)\))?\s*:`)
)

// body is what follows a compound statement's colon on the same line.
func body(text string) string {
	parts := split(text, ':')
	return strings.TrimSpace(parts[len(parts)-1])
}

// inside narrows the scope of a block by that of the block around it.
func inside(outer, inner scope) scope {
	switch {
	case outer == always || inner == never:
		return inner
	case outer == script && inner == function:
		return never
	}
	return outer
}
