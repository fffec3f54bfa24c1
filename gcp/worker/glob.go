package worker

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// glob turns a shell pattern into the pieces of a regular expression, one for
// each character it matches; lazy makes * match as little as it can.
func glob(pattern string, lazy bool) (pieces []string) {
	for i := 0; i < len(pattern); {
		switch pattern[i] {
		case '*':
			star := ".*"
			if lazy {
				star = ".*?"
			}
			if n := len(pieces); n == 0 || pieces[n-1] != star {
				pieces = append(pieces, star)
			}
			i++
			continue
		case '?':
			pieces = append(pieces, ".")
			i++
			continue
		case '[':
			if class, n := bracket(pattern[i:]); n > 0 {
				pieces = append(pieces, class)
				i += n
				continue
			}
		case '\\':
			if i+1 < len(pattern) {
				i++
			}
		}
		_, n := utf8.DecodeRuneInString(pattern[i:])
		pieces = append(pieces, regexp.QuoteMeta(pattern[i:i+n]))
		i += n
	}
	return pieces
}

// bracket reads a class like [a-z] or [!0-9]; n is 0 where it does not close.
func bracket(s string) (class string, n int) {
	if len(s) < 3 {
		return "", 0
	}
	from := 1
	negate := ""
	if s[1] == '!' || s[1] == '^' {
		negate, from = "^", 2
	}
	end := strings.IndexByte(s[min(from+1, len(s)):], ']')
	if end < 0 {
		return "", 0
	}
	end += from + 1
	inner := strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`, `^`, `\^`).Replace(s[from:end])
	return "[" + negate + inner + "]", end + 1
}

// reversed is s with its characters in the other order, byte lengths kept.
func reversed(s string) string {
	out := make([]byte, 0, len(s))
	for len(s) > 0 {
		_, n := utf8.DecodeLastRuneInString(s)
		out = append(out, s[len(s)-n:]...)
		s = s[:len(s)-n]
	}
	return string(out)
}
