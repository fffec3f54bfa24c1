package reqfile

import (
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// Line is one logical line as pip parses it: continuations joined, comment cut,
// variables replaced.
type Line struct {
	Text   string
	Raw    string // before variables were replaced
	File   string // slashed, relative to the app's directory
	Number int    // of its first physical line

	pieces []piece  // where the text came from
	exact  int      // bytes of text before the first variable: those have a column
	all    []string // the file's physical lines, for excerpts
}

// piece says that text from at on was copied from column col of a line.
type piece struct{ at, line, col int }

// Error places a fault of the line in its file.
func (l Line) Error(f *pep508.Fault) error {
	return errs.At(l.place(f.At), link.Mask(f.Hint), "%s", link.Mask(f.Message))
}

// place is where the byte at an offset of the line stands in the file.
func (l Line) place(at int) errs.Place {
	p := errs.Place{File: l.File, Line: l.Number}
	if at >= 0 {
		for _, c := range l.pieces {
			if c.at <= at {
				p.Line, p.Column = c.line, c.col+max(0, at-c.at)+1
			}
		}
	}
	if p.Line >= 1 && p.Line <= len(l.all) {
		p.Excerpt = link.MaskWidth(l.all[p.Line-1])
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

// isComment says whether nothing but white space stands before a '#'.
func isComment(line string) bool {
	return strings.HasPrefix(strings.TrimLeftFunc(line, pep508.IsSpace), "#")
}

// join glues lines that end in a backslash to what follows, as pip does: a
// comment ends the joined line, and every backslash at either end goes.
func join(file string, lines []string) []Line {
	var out []Line
	var pending *Line
	add := func(l *Line, s string, number, col int) {
		if s != "" {
			l.pieces = append(l.pieces, piece{len(l.Text), number, col})
			l.Text += s
		}
	}
	for i, line := range lines {
		comment := isComment(line)
		continued := strings.HasSuffix(line, `\`) && !comment
		if pending == nil {
			pending = &Line{File: file, Number: i + 1, all: lines}
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
func (l *Line) strip() bool {
	space := true // the start of the line counts as white space
	for i, r := range l.Text {
		if r == '#' && space {
			l.Text = l.Text[:i]
			break
		}
		space = pep508.IsSpace(r)
	}
	trimmed := strings.TrimLeftFunc(l.Text, pep508.IsSpace)
	for i := range l.pieces {
		l.pieces[i].at -= len(l.Text) - len(trimmed)
	}
	l.Text = strings.TrimRightFunc(trimmed, pep508.IsSpace)
	l.exact = len(l.Text)
	return l.Text != ""
}

// expand replaces ${NAME}, and keeps the text before; what is unset or empty stays as it is written.
func (l *Line) expand(lookup func(string) (string, bool)) {
	text := l.Text
	l.Raw = text
	for rest, base := text, 0; ; {
		i, j, ok := link.Variable(rest)
		if !ok {
			break
		}
		ref := rest[i:j]
		if v, _ := lookup(ref[2 : len(ref)-1]); v != "" {
			l.exact = min(l.exact, base+i)
			l.Text = strings.ReplaceAll(l.Text, ref, v)
		}
		rest, base = rest[j:], base+j
	}
}
