package config

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

// parameter is what may follow $ in braces without anything nested.
var parameter = regexp.MustCompile(`^\{[A-Za-z0-9_:=+?/.%#-]+\}`)

var assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)

// scanner reads a command line: its words, and what of the shell it uses.
type scanner struct {
	text      string
	words     []string
	shell     bool // needs a shell at all
	opaque    bool // holds $( or `, whose inside is not looked into
	compound  bool // pipes, background, groups, control words
	operators int  // ; && || and line ends

	redirect int    // byte offset after the last < or >
	segment  int    // byte offset of the current command
	heads    int    // words of it so far
	head     string // its first word that is no assignment
	assigns  bool   // assignments stand before it
	word     strings.Builder
	start    int  // offset of the current word, -1 between words
	quoted   bool // the current word has a quoted part
}

// exec is the text with exec before its last command, if that may be.
func (s *scanner) exec() string {
	switch {
	case s.compound, s.opaque && s.operators > 0, s.head == "", slices.Contains(builtins, s.head):
		return s.text
	case s.assigns:
		return s.text[:s.segment] + "exec env " + s.text[s.segment:]
	}
	return s.text[:s.segment] + "exec " + s.text[s.segment:]
}

func (s *scanner) scan() error {
	for i := 0; i < len(s.text); i++ {
		c := s.text[i]
		switch c {
		case ' ', '\t', '\r':
			s.end()
			continue
		case '\n', ';':
			s.operator(i, 1)
			continue
		case '&', '|':
			switch {
			case i+1 < len(s.text) && s.text[i+1] == c:
				s.operator(i, 2)
				i++
			case c == '&' && i > 0 && s.redirect == i:
			default:
				s.end()
				s.shell, s.compound = true, true
			}
			continue
		case '(', ')':
			s.end()
			s.shell, s.compound = true, true
			continue
		case '#':
			if s.start < 0 {
				s.shell, s.compound = true, s.compound || strings.Contains(s.text[i:], "\n")
				s.end()
				if n := strings.IndexByte(s.text[i:], '\n'); n >= 0 {
					i += n - 1
					continue
				}
				return nil
			}
		}
		if s.start < 0 {
			s.start = i
		}
		n, err := s.piece(i)
		if err != nil {
			return err
		}
		i += n
	}
	s.end()
	return nil
}

// piece reads one character or quoted part of a word and gives how many bytes
// more than one it took.
func (s *scanner) piece(i int) (int, error) {
	c, rest := s.text[i], s.text[i+1:]
	switch c {
	case '\'':
		n := strings.IndexByte(rest, '\'')
		if n < 0 {
			return 0, errors.New("has a ' without its second one")
		}
		s.quoted = true
		s.word.WriteString(rest[:n])
		return n + 1, nil
	case '"':
		s.quoted = true
		return s.double(rest)
	case '\\':
		if rest == "" {
			return 0, errors.New("ends in a backslash")
		}
		if rest[0] == '\n' { // a line that goes on
			if s.start == i {
				s.start = -1
			}
			return 1, nil
		}
		s.quoted = true
		s.word.WriteByte(rest[0])
		return 1, nil
	case '$', '`':
		s.shell = true
		if braces := parameter.FindString(rest); c == '$' && braces != "" {
			s.word.WriteString("$" + braces)
			return len(braces), nil
		}
		s.opaque = s.opaque || c == '`' || strings.HasPrefix(rest, "(") || strings.HasPrefix(rest, "{")
	case '<', '>':
		s.shell, s.redirect = true, i+1
	case '*', '?', '[':
		s.shell = true
	case '~':
		s.shell = s.shell || s.start == i
	}
	s.word.WriteByte(c)
	return 0, nil
}

func (s *scanner) double(rest string) (int, error) {
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == '"':
			return i + 1, nil
		case c == '\\' && i+1 < len(rest) && strings.IndexByte("$`\"\\\n", rest[i+1]) >= 0:
			i++
			if rest[i] != '\n' {
				s.word.WriteByte(rest[i])
			}
		default:
			if c == '$' || c == '`' {
				s.shell = true
				s.opaque = s.opaque || c == '`' || strings.HasPrefix(rest[i+1:], "(")
			}
			s.word.WriteByte(c)
		}
	}
	return 0, errors.New(`has a " without its second one`)
}

// end closes the current word.
func (s *scanner) end() {
	if s.start < 0 {
		return
	}
	word := s.word.String()
	bare := !s.quoted
	if s.head == "" {
		switch {
		case assignment.MatchString(s.text[s.start:]):
			s.shell, s.assigns = true, true
		case bare && slices.Contains(reserved, word):
			s.shell, s.compound, s.head = true, true, word
		default:
			s.head = word
		}
	}
	if s.heads == 0 {
		s.segment = s.start
	}
	s.heads++
	s.words = append(s.words, word)
	s.word.Reset()
	s.start, s.quoted = -1, false
}

// operator closes a command and starts the next.
func (s *scanner) operator(i, n int) {
	s.end()
	s.shell = true
	s.operators++
	s.compound = s.compound || (i+n < len(s.text) && s.text[i+n] == ';')
	s.heads, s.head, s.assigns = 0, "", false
}
