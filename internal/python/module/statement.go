package module

import "strings"

// statement is one logical line: without comments, joined where brackets or a
// backslash continue it. The insides of triple-quoted strings are left out.
type statement struct {
	text         string
	line, indent int
}

// scanner cuts text into statements.
type scanner struct {
	out    []statement
	now    strings.Builder
	line   int
	start  int // line on which the current statement starts
	indent int
	depth  int // of open brackets
	fresh  bool
}

func statements(text string) []statement {
	s := &scanner{line: 1, start: 1, fresh: true}
	for i := 0; i < len(text); {
		i += s.step(text[i:])
	}
	s.end()
	return s.out
}

// step reads one piece and gives its length.
func (s *scanner) step(rest string) int {
	switch c := rest[0]; {
	case c == '\n':
		s.line++
		if s.depth == 0 {
			s.end()
		} else {
			s.now.WriteByte(' ')
		}
		return 1
	case s.fresh && (c == ' ' || c == '\t' || c == '\f'):
		s.indent = deeper(s.indent, c)
		return 1
	case c == '#':
		return len(before(rest, '\n'))
	case c == '\\' && len(rest) > 1 && rest[1] == '\n':
		s.line++
		s.now.WriteByte(' ')
		return 2
	case c == '"' || c == '\'':
		s.begin()
		return s.quoted(rest)
	case c == ';' && s.depth == 0:
		indent := s.indent
		s.end()
		s.indent, s.fresh = indent, false
		s.start = s.line
		return 1
	default:
		s.begin()
		switch c {
		case '(', '[', '{':
			s.depth++
		case ')', ']', '}':
			s.depth = max(0, s.depth-1)
		}
		s.now.WriteByte(c)
		return 1
	}
}

func deeper(indent int, c byte) int {
	switch c {
	case '\t':
		return (indent/8 + 1) * 8
	case '\f':
		return 0
	}
	return indent + 1
}

func before(text string, c byte) string {
	if i := strings.IndexByte(text, c); i >= 0 {
		return text[:i]
	}
	return text
}

func (s *scanner) begin() {
	if s.fresh {
		s.fresh, s.start = false, s.line
	}
}

// end closes the current statement.
func (s *scanner) end() {
	if text := strings.TrimSpace(s.now.String()); text != "" {
		s.out = append(s.out, statement{text, s.start, s.indent})
	}
	s.now.Reset()
	s.indent, s.depth, s.fresh = 0, 0, true
}

// quoted reads a string. One in single quotes ends with its line at the latest.
func (s *scanner) quoted(rest string) int {
	quote := rest[:1]
	if strings.HasPrefix(rest, strings.Repeat(quote, 3)) {
		quote = rest[:3]
	}
	s.now.WriteString(quote[:1])
	for i := len(quote); i < len(rest); i++ {
		switch {
		case strings.HasPrefix(rest[i:], quote):
			s.now.WriteString(quote[:1])
			return i + len(quote)
		case rest[i] == '\n' && len(quote) == 1:
			s.now.WriteString(quote)
			return i
		case rest[i] == '\n':
			s.line++
		case rest[i] == '\\' && i+1 < len(rest) && (len(quote) == 3 || rest[i+1] != '\n'):
			i++
			if rest[i] == '\n' {
				s.line++
			}
		case len(quote) == 1:
			s.now.WriteByte(rest[i])
		}
	}
	s.now.WriteString(quote[:1])
	return len(rest)
}
