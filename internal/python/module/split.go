package module

import "strings"

// split cuts text at a byte that stands outside of brackets and strings.
func split(text string, sep byte) []string {
	var parts []string
	depth, from := 0, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' || c == '\'':
			if n := strings.IndexByte(text[i+1:], c); n >= 0 {
				i += n + 1
			}
		case c == sep && depth == 0:
			parts = append(parts, text[from:i])
			from = i + 1
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		}
	}
	return append(parts, text[from:])
}

// assignment gives the names that a statement binds, its annotation and its
// value; names is nil for any other statement.
func assignment(text string) (names []string, annotation, value string) {
	parts := split(text, '=')
	for i, p := range parts[:len(parts)-1] {
		// ==, !=, <=, +=, := and their like leave an empty part or an operator before the sign.
		if p == "" || strings.ContainsAny(p[len(p)-1:], "!<>+-*/%&|^@:") || parts[i+1] == "" {
			return nil, "", ""
		}
		target, of, annotated := strings.Cut(p, ":")
		if annotated {
			annotation = strings.Trim(strings.TrimSpace(of), `"'`)
		}
		for _, name := range split(strings.Trim(strings.TrimSpace(target), "()"), ',') {
			if name = strings.TrimSpace(name); identifier(name) {
				names = append(names, name)
			} else {
				names = append(names, "_")
			}
		}
	}
	return names, annotation, strings.TrimSpace(parts[len(parts)-1])
}

// call gives the name that an expression calls, and its arguments; ok is false
// for another expression. What follows the call is left out.
func call(text string) (name string, args []string, ok bool) {
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "await "))
	for strings.HasPrefix(text, "(") && strings.HasSuffix(text, ")") {
		text = strings.TrimSpace(text[1 : len(text)-1])
	}
	head, rest, ok := strings.Cut(text, "(")
	name = strings.ReplaceAll(strings.TrimSpace(head), " ", "")
	if !ok || !dotted(name) {
		return "", nil, false
	}
	inside := split(rest, ')')[0]
	for _, a := range split(inside, ',') {
		if a = strings.TrimSpace(a); a != "" {
			args = append(args, a)
		}
	}
	return name, args, true
}

func identifier(s string) bool {
	for i, r := range s {
		if r != '_' && !(r >= 'a' && r <= 'z') && !(r >= 'A' && r <= 'Z') && r < 0x80 && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

func dotted(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if !identifier(part) {
			return false
		}
	}
	return true
}

// literal gives the text of a plain string.
func literal(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if n := len(text); n > 1 && (text[0] == '"' || text[0] == '\'') && text[n-1] == text[0] && strings.Count(text, text[:1]) == 2 {
		return text[1 : n-1], true
	}
	return "", false
}
