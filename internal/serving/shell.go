package serving

import (
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// word is one word of a command: its text, with variables as they are written,
// and how a shell writes it.
type word struct{ text, source string }

// plain is one simple command, and the variables that are set for it.
type plain struct {
	words   []word
	env     []string
	assigns string // as they are written, with a blank at the end
	source  string
}

// simple gives the commands that a shell runs one after the other; ok is false
// where it does anything else.
func simple(text string) (all []plain, ok bool) {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
	if err != nil {
		return nil, false
	}
	for _, s := range file.Stmts {
		if all, ok = flat(text, s, all); !ok {
			return nil, false
		}
	}
	return all, len(all) > 0
}

func flat(text string, s *syntax.Stmt, all []plain) ([]plain, bool) {
	if s.Background || s.Coprocess || s.Negated {
		return nil, false
	}
	switch c := s.Cmd.(type) {
	case *syntax.BinaryCmd:
		if c.Op != syntax.AndStmt {
			return nil, false
		}
		all, ok := flat(text, c.X, all)
		if !ok {
			return nil, false
		}
		return flat(text, c.Y, all)
	case *syntax.DeclClause:
		p := plain{source: text[s.Pos().Offset():c.End().Offset()]}
		for _, a := range c.Args {
			if a.Name != nil {
				p.env = append(p.env, a.Name.Value)
			}
		}
		return append(all, p), true
	case *syntax.CallExpr:
		var p plain
		for _, a := range c.Assigns {
			p.env = append(p.env, a.Name.Value)
			p.assigns += text[a.Pos().Offset():a.End().Offset()] + " "
		}
		p.source = strings.TrimRight(text[s.Pos().Offset():s.End().Offset()], "; \n")
		for _, w := range c.Args {
			p.words = append(p.words, word{value(w.Parts), text[w.Pos().Offset():w.End().Offset()]})
		}
		return append(all, p), true
	}
	return nil, false
}

var port = regexp.MustCompile(`^\$(?:PORT|\{PORT(?::?-[^}]*)?\})$`)

// value is a word's text. Every spelling of $PORT is $PORT; what else only a
// shell can tell begins with a $, too.
func value(parts []syntax.WordPart) string {
	var out strings.Builder
	for _, p := range parts {
		switch p := p.(type) {
		case *syntax.Lit:
			out.WriteString(unescaped.ReplaceAllString(p.Value, "$1"))
		case *syntax.SglQuoted:
			out.WriteString(p.Value)
		case *syntax.DblQuoted:
			out.WriteString(value(p.Parts))
		default:
			var source strings.Builder
			if err := syntax.NewPrinter().Print(&source, p); err != nil || !port.MatchString(source.String()) {
				out.WriteString("$?")
				continue
			}
			out.WriteString("$PORT")
		}
	}
	return out.String()
}

var unescaped = regexp.MustCompile(`\\(.)`)
