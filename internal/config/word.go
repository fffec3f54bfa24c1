package config

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// literal gives a word that means the same without a shell, without its quotes.
func literal(w *syntax.Word) (string, bool) {
	var b strings.Builder
	for i, part := range w.Parts {
		switch p := part.(type) {
		case *syntax.Lit:
			if i == 0 && strings.HasPrefix(p.Value, "~") || expands(p.Value) {
				return "", false
			}
			b.WriteString(unescape(p.Value, ""))
		case *syntax.SglQuoted:
			if p.Dollar {
				return "", false
			}
			b.WriteString(p.Value)
		case *syntax.DblQuoted:
			for _, inner := range p.Parts {
				lit, ok := inner.(*syntax.Lit)
				if !ok || p.Dollar {
					return "", false
				}
				b.WriteString(unescape(lit.Value, "$`\"\\\n"))
			}
		default:
			return "", false
		}
	}
	return b.String(), true
}

// expands says whether unquoted text may stand for the names of files, or holds a $
// that the parser took for itself.
func expands(text string) bool {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '*', '?', '[', '$':
			return true
		}
	}
	return false
}

// unescape takes the backslashes out that stand before one of the characters, or
// before any where none are named; before a line's end it takes that, too.
func unescape(text, before string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) && (before == "" || strings.IndexByte(before, text[i+1]) >= 0) {
			if i++; text[i] == '\n' {
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// escapesNothing says whether the text ends in a backslash of its own.
func escapesNothing(text string) bool {
	return (len(text)-len(strings.TrimRight(text, `\`)))%2 == 1
}
