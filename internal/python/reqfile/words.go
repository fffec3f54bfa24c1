package reqfile

import (
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// word is one shell word of the options; at is where it begins in the line.
type word struct {
	text string
	at   int
}

// breakLine cuts a line, at single spaces, before the first word that begins
// with a dash: the requirement, and where the options start.
func breakLine(line string) (requirement string, options int) {
	for i := 0; i < len(line); {
		if line[i] == '-' {
			return line[:max(0, i-1)], i
		}
		next := strings.IndexByte(line[i:], ' ')
		if next < 0 {
			break
		}
		i += next + 1
	}
	return line, len(line)
}

// shellWords splits as Python's shlex.split does, base being where s begins.
func shellWords(s string, base int) ([]word, *pep508.Fault) {
	var out []word
	var b strings.Builder
	const none = -1
	start := none
	begin := func(i int) {
		if start == none {
			start = i
		}
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case ' ', '\t', '\r', '\n':
			if start != none {
				out = append(out, word{b.String(), base + start})
				b.Reset()
				start = none
			}
		case '\\':
			begin(i)
			if i++; i == len(s) {
				return nil, pep508.Faultf(base+i-1, "write two backslashes for one", "nothing follows the backslash")
			}
			b.WriteByte(s[i])
		case '\'', '"':
			begin(i)
			open := i
			for i++; i < len(s) && s[i] != c; i++ {
				if c == '"' && s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\') {
					i++
				}
				b.WriteByte(s[i])
			}
			if i >= len(s) {
				return nil, pep508.Faultf(base+open, "close the quotation on the same line", "the quotation is not closed")
			}
		default:
			begin(i)
			b.WriteByte(c)
		}
	}
	if start != none {
		out = append(out, word{b.String(), base + start})
	}
	return out, nil
}

// Quote writes a word so that reading a line gives it back.
func Quote(s string) string {
	plain := s != ""
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("@%+=:,./-_~?&*!", c) >= 0) {
			plain = false
		}
	}
	if plain {
		return s
	}
	s = "'" + strings.ReplaceAll(s, "'", `'"'"'`) + "'"
	s = strings.ReplaceAll(s, "#", "''#")      // no comment
	return strings.ReplaceAll(s, "${", `$''{`) // no variable of the machine that builds
}
