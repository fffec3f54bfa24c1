package source

import "strings"

type verdict int

const (
	yes    verdict = iota
	no             // not from here; a star before may try further on
	never          // the text ended: no star can help
	noPart         // a slash was met: only a ** before can help
)

// wildmatch is git's matching of a whole path: bytes, * and ? stop at slashes,
// ** between slashes does not, a backslash takes the next byte as it is.
func wildmatch(pattern, text string) bool { return wild(pattern, 0, text) == yes }

// wild matches the pattern from p on; what is before p tells whether a **
// stands between slashes.
func wild(pattern string, p int, text string) verdict {
	for ; p < len(pattern); p++ {
		c := pattern[p]
		if text == "" && c != '*' {
			return never
		}
		switch c {
		case '*':
			return wildStar(pattern, p, text)
		case '?':
			if text[0] == '/' {
				return no
			}
		case '[':
			end, ok := byteClass(pattern, p+1, text[0])
			if end < 0 {
				return never
			}
			if !ok || text[0] == '/' {
				return no
			}
			p = end
		case '\\':
			if p++; p == len(pattern) {
				return never
			}
			c = pattern[p]
			fallthrough
		default:
			if text[0] != c {
				return no
			}
		}
		text = text[1:]
	}
	if text == "" {
		return yes
	}
	return no
}

func wildStar(pattern string, p int, text string) verdict {
	begin := p
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	rest := pattern[p:]
	deep := p-begin > 1 && (begin == 0 || pattern[begin-1] == '/') &&
		(rest == "" || rest[0] == '/' || strings.HasPrefix(rest, `\/`))
	if deep && strings.HasPrefix(rest, "/") && wild(pattern, p+1, text) == yes {
		return yes
	}
	if rest == "" {
		if !deep && strings.Contains(text, "/") {
			return noPart
		}
		return yes
	}
	for {
		v := wild(pattern, p, text)
		if v != no && (!deep || v != noPart) {
			return v
		}
		if text == "" {
			return never
		}
		if !deep && text[0] == '/' {
			return noPart
		}
		text = text[1:]
	}
}

// byteClass reads a class from p, behind its [; end is where its ] is, -1 when
// there is none.
func byteClass(pattern string, p int, c byte) (end int, ok bool) {
	negated := p < len(pattern) && (pattern[p] == '!' || pattern[p] == '^')
	if negated {
		p++
	}
	prev := -1
	for first := true; ; first = false {
		if p >= len(pattern) {
			return -1, false
		}
		b := pattern[p]
		switch {
		case b == ']' && !first:
			return p, ok != negated
		case b == '-' && prev >= 0 && p+1 < len(pattern) && pattern[p+1] != ']':
			p++
			if pattern[p] == '\\' {
				if p++; p == len(pattern) {
					return -1, false
				}
			}
			ok = ok || prev <= int(c) && c <= pattern[p]
			prev = -1
		case b == '[' && p+1 < len(pattern) && pattern[p+1] == ':':
			stop := strings.IndexByte(pattern[p+2:], ']')
			if stop < 0 {
				return -1, false
			}
			name, closed := strings.CutSuffix(pattern[p+2:p+2+stop], ":")
			if !closed {
				ok = ok || c == '['
				prev = '['
				break
			}
			in, known := named[name]
			if !known {
				return -1, false
			}
			ok = ok || in(c)
			p += 2 + stop
			prev = -1
		default:
			if b == '\\' {
				if p++; p == len(pattern) {
					return -1, false
				}
				b = pattern[p]
			}
			ok = ok || b == c
			prev = int(b)
		}
		p++
	}
}

func within(lo, hi byte) func(byte) bool { return func(c byte) bool { return lo <= c && c <= hi } }

func either(fs ...func(byte) bool) func(byte) bool {
	return func(c byte) bool {
		for _, f := range fs {
			if f(c) {
				return true
			}
		}
		return false
	}
}

var (
	upper, lower, digit = within('A', 'Z'), within('a', 'z'), within('0', '9')
	alpha               = either(upper, lower)
	alnum               = either(alpha, digit)
	space               = either(within('\t', '\r'), within(' ', ' '))
	graph               = within('!', '~')
	named               = map[string]func(byte) bool{
		"alnum": alnum, "alpha": alpha, "digit": digit, "lower": lower, "upper": upper, "space": space, "graph": graph,
		"blank":  either(within(' ', ' '), within('\t', '\t')),
		"cntrl":  either(within(0, 0x1f), within(0x7f, 0x7f)),
		"print":  within(' ', '~'),
		"punct":  func(c byte) bool { return graph(c) && !alnum(c) },
		"xdigit": either(digit, within('a', 'f'), within('A', 'F')),
	}
)
