package lockfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"
)

// pythonJSON writes a value as Python's json.dumps does with sorted keys; the
// content hashes of Poetry and Pipenv are of such text. ok is false for values
// that it does not know how Python writes: fractions and times.
func pythonJSON(v any, comma, colon string) (text string, ok bool) {
	var b strings.Builder
	ok = writeJSON(&b, v, comma, colon)
	return b.String(), ok
}

func writeJSON(b *strings.Builder, v any, comma, colon string) bool {
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool, int64:
		fmt.Fprint(b, v)
	case string:
		quoteJSON(b, v)
	case []any:
		b.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				b.WriteString(comma)
			}
			if !writeJSON(b, item, comma, colon) {
				return false
			}
		}
		b.WriteByte(']')
	case map[string]any:
		b.WriteByte('{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b.WriteString(comma)
			}
			quoteJSON(b, key)
			b.WriteString(colon)
			if !writeJSON(b, v[key], comma, colon) {
				return false
			}
		}
		b.WriteByte('}')
	default:
		return false
	}
	return true
}

func quoteJSON(b *strings.Builder, s string) {
	short := map[rune]string{'"': `\"`, '\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\b': `\b`, '\f': `\f`}
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case short[r] != "":
			b.WriteString(short[r])
		case r >= ' ' && r < 0x7f:
			b.WriteRune(r)
		default:
			for _, unit := range utf16.AppendRune(nil, r) {
				fmt.Fprintf(b, `\u%04x`, unit)
			}
		}
	}
	b.WriteByte('"')
}
