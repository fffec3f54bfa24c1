package cloudbuild

import (
	"fmt"
	"strings"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
)

// maxFilter bounds a filter's length, and with it how deep it can nest.
const maxFilter = 4096

// predicate says whether a build is listed.
type predicate func(*cloudbuildpb.Build) bool

// parseFilter reads a list filter in the grammar of google.aip.dev/160, as far
// as Cloud Build knows it: comparisons `field op value` joined by AND (or just
// a space), OR (which binds tighter), NOT or -, and parentheses.
func parseFilter(s string) (predicate, error) {
	if len(s) > maxFilter {
		return nil, fmt.Errorf("longer than %d bytes", maxFilter)
	}
	tokens, err := scan(s)
	if err != nil {
		return nil, err
	}
	if len(tokens) == 0 {
		return func(*cloudbuildpb.Build) bool { return true }, nil
	}
	p := &parser{tokens: tokens}
	match, err := p.and()
	if err != nil {
		return nil, err
	}
	if p.peek().kind != end {
		return nil, fmt.Errorf("unexpected %s", p.peek())
	}
	return match, nil
}

type kind int

const (
	end kind = iota
	word
	quoted
	operator
	punct // ( ) -
)

type lexeme struct {
	kind kind
	text string
}

func (t lexeme) String() string {
	if t.kind == end {
		return "end of the filter"
	}
	return fmt.Sprintf("%q", t.text)
}

// scan splits a filter into its words, strings and signs.
func scan(s string) (tokens []lexeme, err error) {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '(' || c == ')' || c == '-':
			tokens = append(tokens, lexeme{punct, string(c)})
			i++
		case strings.IndexByte("=!<>:", c) >= 0:
			n := 1
			if c != '=' && c != ':' && strings.HasPrefix(s[i+1:], "=") {
				n = 2
			}
			if s[i:i+n] == "!" {
				return nil, fmt.Errorf("unexpected %q", "!")
			}
			tokens = append(tokens, lexeme{operator, s[i : i+n]})
			i += n
		case c == '"' || c == '\'':
			text, n, ok := unquote(s[i:])
			if !ok {
				return nil, fmt.Errorf("a string does not end: %s", s[i:])
			}
			tokens = append(tokens, lexeme{quoted, text})
			i += n
		default:
			n := strings.IndexAny(s[i:], " \t\r\n()=!<>:\"'")
			if n < 0 {
				n = len(s) - i
			}
			tokens = append(tokens, lexeme{word, s[i : i+n]})
			i += n
		}
	}
	return tokens, nil
}

// unquote reads a string at the start of s; n is its length with the quotes.
func unquote(s string) (text string, n int, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case s[0]:
			return b.String(), i + 1, true
		case '\\':
			if i++; i < len(s) {
				b.WriteByte(s[i])
			}
		default:
			b.WriteByte(s[i])
		}
	}
	return "", 0, false
}

type parser struct {
	tokens []lexeme
	at     int
}

func (p *parser) peek() lexeme {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return lexeme{}
}

// take consumes the next token if it is this word or sign.
func (p *parser) take(k kind, text string) bool {
	if t := p.peek(); t.kind != k || t.text != text {
		return false
	}
	p.at++
	return true
}

func (p *parser) and() (predicate, error) {
	left, err := p.or()
	for err == nil {
		if !p.take(word, "AND") {
			if t := p.peek(); t.kind == end || t == (lexeme{punct, ")"}) {
				break
			}
		}
		var right predicate
		if right, err = p.or(); err == nil {
			a := left
			left = func(b *cloudbuildpb.Build) bool { return a(b) && right(b) }
		}
	}
	return left, err
}

func (p *parser) or() (predicate, error) {
	left, err := p.term()
	for err == nil && p.take(word, "OR") {
		var right predicate
		if right, err = p.term(); err == nil {
			a := left
			left = func(b *cloudbuildpb.Build) bool { return a(b) || right(b) }
		}
	}
	return left, err
}

func (p *parser) term() (predicate, error) {
	if p.take(word, "NOT") || p.take(punct, "-") {
		match, err := p.term()
		return func(b *cloudbuildpb.Build) bool { return !match(b) }, err
	}
	if p.take(punct, "(") {
		match, err := p.and()
		if err == nil && !p.take(punct, ")") {
			err = fmt.Errorf("expected %q instead of %s", ")", p.peek())
		}
		return match, err
	}
	field := p.peek()
	if field.kind != word || field.text == "AND" || field.text == "OR" {
		return nil, fmt.Errorf("expected a field instead of %s", field)
	}
	p.at++
	op := p.peek()
	if op.kind != operator {
		return nil, fmt.Errorf("expected an operator after %s instead of %s", field, op)
	}
	p.at++
	// A bare value may have signs in it that mean nothing there: times, ids.
	value := p.peek()
	if value.kind != word && value.kind != quoted {
		return nil, fmt.Errorf("expected a value after %s instead of %s", op, value)
	}
	p.at++
	for value.kind == word && p.peek() == (lexeme{operator, ":"}) {
		p.at++
		value.text += ":"
		if next := p.peek(); next.kind == word {
			value.text += next.text
			p.at++
		}
	}
	return compare(field.text, op.text, value.text)
}
