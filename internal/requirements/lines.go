package requirements

import (
	"strings"
	"unicode"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// logical is one line as pip parses it: continuations joined, comment cut,
// variables replaced. first is the number of its first physical line.
type logical struct {
	text   string
	first  int
	pieces []piece  // where the text came from
	exact  int      // bytes of text before the first variable: those have a column
	all    []string // the file's physical lines, for excerpts
}

// piece says that text from at on was copied from column col of a line.
type piece struct{ at, line, col int }

// place is where the byte at an offset of the logical line stands in the file.
func (l logical) place(file string, at int) errs.Place {
	p := errs.Place{File: file, Line: l.first}
	if at >= 0 {
		for _, c := range l.pieces {
			if c.at <= at {
				p.Line, p.Column = c.line, c.col+max(0, at-c.at)+1
			}
		}
	}
	if p.Line >= 1 && p.Line <= len(l.all) {
		p.Excerpt = maskWidth(l.all[p.Line-1])
	}
	if at > l.exact || p.Column > len(p.Excerpt)+1 {
		p.Column = 0
	}
	return p
}

// splitLines cuts text where Python's str.splitlines does.
func splitLines(text string) []string {
	var lines []string
	start := 0
	for i, r := range text {
		if i < start {
			continue // the \n of \r\n
		}
		width := 1
		switch r {
		case '\n', '\v', '\f', 0x1c, 0x1d, 0x1e:
		case '\r':
			if strings.HasPrefix(text[i+1:], "\n") {
				width = 2
			}
		case 0x85:
			width = 2
		case 0x2028, 0x2029:
			width = 3
		default:
			continue
		}
		lines = append(lines, text[start:i])
		start = i + width
	}
	if start < len(text) {
		lines = append(lines, text[start:])
	}
	return lines
}

// isSpace is Python's str.isspace of one character.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

// isComment says whether nothing but white space stands before a '#'.
func isComment(line string) bool {
	return strings.HasPrefix(strings.TrimLeftFunc(line, isSpace), "#")
}

// join glues lines that end in a backslash to what follows, as pip does: a
// comment ends the joined line, and every backslash at either end goes.
func join(lines []string) []logical {
	var out []logical
	var pending *logical
	add := func(l *logical, s string, number, col int) {
		if s != "" {
			l.pieces = append(l.pieces, piece{len(l.text), number, col})
			l.text += s
		}
	}
	for i, line := range lines {
		comment := isComment(line)
		continued := strings.HasSuffix(line, `\`) && !comment
		if pending == nil {
			pending = &logical{first: i + 1, all: lines}
		}
		switch {
		case continued:
			body := strings.TrimLeft(line, `\`)
			add(pending, strings.TrimRight(body, `\`), i+1, len(line)-len(body))
			continue
		case !comment:
			add(pending, line, i+1, 0)
		}
		out = append(out, *pending)
		pending = nil
	}
	if pending != nil {
		out = append(out, *pending)
	}
	return out
}

// strip cuts the comment and the white space around; false when nothing is left.
func (l *logical) strip() bool {
	space := true // the start of the line counts as white space
	for i, r := range l.text {
		if r == '#' && space {
			l.text = l.text[:i]
			break
		}
		space = isSpace(r)
	}
	trimmed := strings.TrimLeftFunc(l.text, isSpace)
	for i := range l.pieces {
		l.pieces[i].at -= len(l.text) - len(trimmed)
	}
	l.text = strings.TrimRightFunc(trimmed, isSpace)
	l.exact = len(l.text)
	return l.text != ""
}

// expand replaces ${NAME}; what is unset or empty stays as it is written.
func (l *logical) expand(lookup func(string) (string, bool)) {
	text := l.text
	for rest, base := text, 0; ; {
		i, j, ok := variable(rest)
		if !ok {
			break
		}
		ref := rest[i:j]
		if v, _ := lookup(ref[2 : len(ref)-1]); v != "" {
			l.exact = min(l.exact, base+i)
			l.text = strings.ReplaceAll(l.text, ref, v)
		}
		rest, base = rest[j:], base+j
	}
}

// variable finds the first ${NAME} in s.
func variable(s string) (start, end int, ok bool) {
	for from := 0; ; {
		i := strings.Index(s[from:], "${")
		if i < 0 {
			return 0, 0, false
		}
		i += from
		j := i + 2
		for j < len(s) && (s[j] >= 'A' && s[j] <= 'Z' || s[j] >= '0' && s[j] <= '9' || s[j] == '_') {
			j++
		}
		if j > i+2 && j < len(s) && s[j] == '}' {
			return i, j + 1, true
		}
		from = i + 2
	}
}
