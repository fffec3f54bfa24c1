package pep508

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// String writes a marker as pip prints it, "" for nil.
func (m *Marker) String() string { return m.format(quotePlain) }

// Escaped is String with values that no requirements file misreads.
func (m *Marker) Escaped() string { return m.format(quoteSafe) }

func (m *Marker) format(quote func(string) string) string {
	if m == nil {
		return ""
	}
	var b strings.Builder
	m.write(&b, true, quote)
	return b.String()
}

func (m *Marker) write(b *strings.Builder, first bool, quote func(string) string) {
	if len(m.items) == 1 {
		m.items[0].write(b, first, quote)
		return
	}
	if len(m.items) == 0 {
		b.WriteString(m.left.format(quote) + " " + m.op + " " + m.right.format(quote))
		return
	}
	if !first {
		b.WriteByte('(')
	}
	for i, item := range m.items {
		if i > 0 {
			b.WriteString(" " + m.words[i-1] + " ")
		}
		item.write(b, false, quote)
	}
	if !first {
		b.WriteByte(')')
	}
}

func (o operand) format(quote func(string) string) string {
	if o.variable {
		return o.text
	}
	return quote(o.text)
}

// quotePlain is packaging's way: double quotes unless the value holds one.
func quotePlain(s string) string {
	switch {
	case !strings.Contains(s, `"`):
		return `"` + s + `"`
	case !strings.Contains(s, `'`):
		return `'` + s + `'`
	}
	return quoteSafe(s)
}

// quoteSafe escapes whatever a requirements file would take for something else:
// a comment, an option, a variable, the end of the line.
func quoteSafe(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r < ' ' || r == 0x7f || r == '"' || r == '\'' || r == '\\' || r == '#' || r == '$',
			r == '-' && i > 0 && s[i-1] == ' ', r == ' ' && (i == 0 || i == len(s)-1):
			fmt.Fprintf(&b, `\x%02x`, r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		case r >= utf8.RuneSelf:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// unquotePython resolves the escapes of a Python string literal.
func unquotePython(s string) (string, bool) {
	if strings.IndexByte(s, 0) >= 0 {
		return "", false
	}
	if strings.IndexByte(s, '\\') < 0 {
		return s, true
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		if i++; i == len(s) {
			return "", false
		}
		const short = "abfnrtv"
		switch c := s[i]; {
		case c == '\\' || c == '\'' || c == '"':
			b.WriteByte(c)
		case strings.IndexByte(short, c) >= 0:
			b.WriteByte("\a\b\f\n\r\t\v"[strings.IndexByte(short, c)])
		case c >= '0' && c <= '7':
			j := i
			for j < len(s) && j < i+3 && s[j] >= '0' && s[j] <= '7' {
				j++
			}
			n, _ := strconv.ParseUint(s[i:j], 8, 32)
			b.WriteRune(rune(n))
			i = j - 1
		case c == 'x' || c == 'u' || c == 'U':
			width := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
			if i+width >= len(s) {
				return "", false
			}
			n, err := strconv.ParseUint(s[i+1:i+1+width], 16, 32)
			if err != nil || !utf8.ValidRune(rune(n)) || n > utf8.MaxRune {
				return "", false
			}
			b.WriteRune(rune(n))
			i += width
		case c == 'N':
			return "", false
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
	return b.String(), true
}
