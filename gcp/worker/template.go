package worker

import "strings"

// part is a piece of a field: text as it is, or a reference to a substitution.
type part struct {
	text string // literal text, `$$` already one `$`; empty for a reference
	key  string // the referenced key
	op   string // what follows the key inside braces: ":-d", "##*/"; dynamic only
}

// split reads a field's template. Without dynamic, only $KEY and ${KEY} refer
// to something; with it, ${KEYop} does too. All else is literal, `$(` included.
func split(s string, dynamic bool) []part {
	var parts []part
	var lit strings.Builder
	flush := func() {
		if lit.Len() > 0 {
			parts = append(parts, part{text: lit.String()})
			lit.Reset()
		}
	}
	for i := 0; i < len(s); {
		if s[i] != '$' {
			lit.WriteByte(s[i])
			i++
			continue
		}
		rest := s[i+1:]
		if strings.HasPrefix(rest, "$") {
			lit.WriteByte('$')
			i += 2
			continue
		}
		if key := keyAt(rest); key != "" {
			flush()
			parts = append(parts, part{key: key})
			i += 1 + len(key)
			continue
		}
		if p, n, ok := braced(rest, dynamic); ok {
			flush()
			parts = append(parts, p)
			i += 1 + n
			continue
		}
		lit.WriteByte('$')
		i++
	}
	flush()
	return parts
}

// braced reads {KEY} or, if dynamic, {KEYop}; n counts the bytes read.
func braced(s string, dynamic bool) (p part, n int, ok bool) {
	if !strings.HasPrefix(s, "{") {
		return part{}, 0, false
	}
	key := keyAt(s[1:])
	if key == "" {
		return part{}, 0, false
	}
	n = 1 + len(key)
	if strings.HasPrefix(s[n:], "}") {
		return part{key: key}, n + 1, true
	}
	if !dynamic {
		return part{}, 0, false
	}
	end := closing(s[n:])
	if end < 0 {
		return part{}, 0, false
	}
	return part{key: key, op: s[n : n+end]}, n + end + 1, true
}

// closing is the index of the } that ends an operator, nested ${…} and
// backslashes passed over; -1 where there is none.
func closing(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == '$' && strings.HasPrefix(s[i+1:], "{"):
			depth++
			i++
		case s[i] == '}' && depth == 0:
			return i
		case s[i] == '}':
			depth--
		}
	}
	return -1
}

// keyAt is the longest [A-Z_][A-Z0-9_]* at the start of s.
func keyAt(s string) string {
	n := 0
	for n < len(s) && (s[n] == '_' || 'A' <= s[n] && s[n] <= 'Z' || n > 0 && '0' <= s[n] && s[n] <= '9') {
		n++
	}
	return s[:n]
}
