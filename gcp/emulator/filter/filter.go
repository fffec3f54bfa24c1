// Package filter reads the filters of Google's lists, in the grammar of
// google.aip.dev/160 as far as Cloud Build and Cloud Logging have it in common:
// comparisons `field op value`, or of one of several values in parentheses with OR
// between, joined by AND (or just a space), OR (which binds tighter), NOT or -, and
// parentheses. Which fields and operators there are it does not know; what it cannot
// read is an error, never ignored.
package filter

import (
	"errors"
	"fmt"
	"strings"
)

// Max bounds a filter's length, and with it how deep it can nest.
const Max = 4096

// Comparison is one of a filter.
type Comparison struct{ Field, Op, Value string }

// Parse makes a predicate of a filter. compare makes that of one comparison. all
// are the comparisons that hold for whatever the predicate holds for.
func Parse[T any](s string, compare func(Comparison) (func(T) bool, error)) (match func(T) bool, all []Comparison, err error) {
	if len(s) > Max {
		return nil, nil, fmt.Errorf("longer than %d bytes", Max)
	}
	tokens, err := scan(s)
	if err != nil {
		return nil, nil, err
	}
	if len(tokens) == 0 {
		return func(T) bool { return true }, nil, nil
	}
	p := &parser[T]{tokens: tokens, compare: compare}
	n, err := p.and()
	if err != nil {
		return nil, nil, err
	}
	if p.peek().kind != end {
		return nil, nil, fmt.Errorf("unexpected %s", p.peek())
	}
	return n.match, n.all, nil
}

// node is a part of a filter.
type node[T any] struct {
	match func(T) bool
	all   []Comparison
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
			switch next := s[i+1:]; {
			case c != '=' && c != ':' && strings.HasPrefix(next, "="), (c == '=' || c == '!') && strings.HasPrefix(next, "~"):
				n = 2
			case c == '!':
				return nil, errors.New(`unexpected "!"`)
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
			name, rest := s[i:i+n], s[i+n:]
			if text, m, ok := unquote(rest); ok && strings.HasSuffix(name, ".") && rest[0] == '"' { // labels."a/b"
				name, n = name+text, n+m
			}
			tokens = append(tokens, lexeme{word, name})
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

type parser[T any] struct {
	tokens  []lexeme
	at      int
	compare func(Comparison) (func(T) bool, error)
}

func (p *parser[T]) peek() lexeme {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return lexeme{}
}

// take consumes the next token if it is this word or sign.
func (p *parser[T]) take(k kind, text string) bool {
	if t := p.peek(); t.kind != k || t.text != text {
		return false
	}
	p.at++
	return true
}

func (p *parser[T]) and() (node[T], error) {
	left, err := p.or()
	for err == nil {
		if !p.take(word, "AND") {
			if t := p.peek(); t.kind == end || t == (lexeme{punct, ")"}) {
				break
			}
		}
		var right node[T]
		if right, err = p.or(); err == nil {
			a := left.match
			left = node[T]{func(v T) bool { return a(v) && right.match(v) }, append(left.all, right.all...)}
		}
	}
	return left, err
}

func (p *parser[T]) or() (node[T], error) {
	left, err := p.term()
	for err == nil && p.take(word, "OR") {
		var right node[T]
		if right, err = p.term(); err == nil {
			a := left.match
			left = node[T]{match: func(v T) bool { return a(v) || right.match(v) }}
		}
	}
	return left, err
}

func (p *parser[T]) term() (node[T], error) {
	if p.take(word, "NOT") || p.take(punct, "-") {
		n, err := p.term()
		return node[T]{match: func(v T) bool { return !n.match(v) }}, err
	}
	if p.take(punct, "(") {
		n, err := p.and()
		if err == nil && !p.take(punct, ")") {
			err = fmt.Errorf("expected %q instead of %s", ")", p.peek())
		}
		return n, err
	}
	field := p.peek()
	if field.kind != word || field.text == "AND" || field.text == "OR" {
		return node[T]{}, fmt.Errorf("expected a field instead of %s", field)
	}
	p.at++
	op := p.peek()
	if op.kind != operator {
		return node[T]{}, fmt.Errorf("expected an operator after %s instead of %s", field, op)
	}
	p.at++
	if p.take(punct, "(") {
		return p.among(field.text, op)
	}
	return p.comparison(field.text, op)
}

// among reads values of which one has to fit: field=("a" OR "b").
func (p *parser[T]) among(field string, op lexeme) (node[T], error) {
	n, err := p.comparison(field, op)
	for err == nil && p.take(word, "OR") {
		var next node[T]
		if next, err = p.comparison(field, op); err == nil {
			a := n.match
			n = node[T]{match: func(v T) bool { return a(v) || next.match(v) }}
		}
	}
	if err == nil && !p.take(punct, ")") {
		err = fmt.Errorf("expected %q instead of %s", ")", p.peek())
	}
	return n, err
}

// comparison reads the value of one.
func (p *parser[T]) comparison(field string, op lexeme) (node[T], error) {
	// A bare value may have signs in it that mean nothing there: times, ids.
	value := p.peek()
	if value.kind != word && value.kind != quoted {
		return node[T]{}, fmt.Errorf("expected a value after %s instead of %s", op, value)
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
	c := Comparison{field, op.text, value.text}
	match, err := p.compare(c)
	return node[T]{match, []Comparison{c}}, err
}
