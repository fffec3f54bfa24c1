package source

import "unicode/utf8"

// glob matches one name, without slashes, as Python's fnmatch does: *, ?,
// [abc], [a-z], [!abc]. There are no escapes; an unclosed [ stands for itself.
type glob struct {
	tokens  []token
	literal bool // no token but characters
	text    string
}

type token struct {
	kind  tokenKind
	char  rune
	class class
}

type tokenKind int

const (
	oneChar tokenKind = iota
	anyChar
	anyChars
	oneOf
)

// class is the inside of [...].
type class struct {
	negated bool
	ranges  [][2]rune
}

func (c class) has(r rune) bool {
	for _, p := range c.ranges {
		if p[0] <= r && r <= p[1] {
			return !c.negated
		}
	}
	return c.negated
}

// decode is the first character of s; a byte that is not UTF-8 becomes a
// character of its own, as in Python's file names.
func decode(s string) (rune, int) {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		return 0xDC00 + rune(s[0]), 1
	}
	return r, n
}

func compileGlob(text string) glob {
	g := glob{text: text, literal: true}
	for i := 0; i < len(text); {
		r, n := decode(text[i:])
		i += n
		t := token{kind: oneChar, char: r}
		switch r {
		case '*':
			t.kind = anyChars
			if k := len(g.tokens); k > 0 && g.tokens[k-1].kind == anyChars {
				continue
			}
		case '?':
			t.kind = anyChar
		case '[':
			if c, rest, ok := compileClass(text[i:]); ok {
				t.kind, t.class = oneOf, c
				i = len(text) - rest
			}
		}
		g.literal = g.literal && t.kind == oneChar
		g.tokens = append(g.tokens, t)
	}
	return g
}

// compileClass reads a class after its [; rest is what follows the ].
func compileClass(s string) (c class, rest int, ok bool) {
	i := 0
	if i < len(s) && s[i] == '!' {
		c.negated = true
		i++
	}
	var chars []rune
	for first := true; ; first = false {
		if i >= len(s) {
			return class{}, 0, false
		}
		r, n := decode(s[i:])
		i += n
		if r == ']' && !first {
			break
		}
		chars = append(chars, r)
	}
	dropped := false
	for k := 0; k < len(chars); k++ {
		lo := chars[k]
		hi := lo
		if k+2 < len(chars) && chars[k+1] == '-' {
			hi = chars[k+2]
			k += 2
		}
		switch {
		case lo > hi:
			dropped = true // z-a holds nothing
		case lo == '!' && dropped && len(c.ranges) == 0 && !c.negated:
			c.negated = true // Python looks for the ! only now
		default:
			c.ranges = append(c.ranges, [2]rune{lo, hi})
		}
	}
	return c, len(s) - i, true
}

// match says whether the whole name fits. Linear in practice: only the last
// star is ever tried again.
func (g glob) match(name string) bool {
	if g.literal {
		return g.text == name
	}
	star, again := -1, 0
	k, i := 0, 0
	for i < len(name) {
		r, n := decode(name[i:])
		if k < len(g.tokens) {
			t := g.tokens[k]
			if t.kind == anyChars {
				star, again = k, i
				k++
				continue
			}
			if t.kind == anyChar || t.kind == oneChar && t.char == r || t.kind == oneOf && t.class.has(r) {
				k++
				i += n
				continue
			}
		}
		if star < 0 {
			return false
		}
		_, n = decode(name[again:])
		again += n
		k, i = star+1, again
	}
	for k < len(g.tokens) && g.tokens[k].kind == anyChars {
		k++
	}
	return k == len(g.tokens)
}
