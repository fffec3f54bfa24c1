package ui

import (
	"io"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Screen keeps what others wrote, apps, builds and files, from steering a terminal:
// escape sequences and control characters go, and what turns the direction of text.
// Only Human, which steers itself, writes past it. What is no terminal takes all
// as it is, and needs none.
func Screen(terminal io.Writer) io.Writer { return &screen{to: terminal} }

type screen struct {
	to   io.Writer
	mu   sync.Mutex
	rest []byte // the begin of a character whose end comes with the next write
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := append(s.rest, p...)
	whole := len(text)
	for i := 1; i < utf8.UTFMax && i <= len(text); i++ {
		if c := text[len(text)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(text[len(text)-i:]) {
				whole -= i
			}
			break
		}
	}
	s.rest = append([]byte(nil), text[whole:]...)
	if _, err := io.WriteString(s.to, plain(string(text[:whole]))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// behind is what lies behind a screen, for who may steer it.
func behind(w io.Writer) io.Writer {
	if s, ok := w.(*screen); ok {
		return s.to
	}
	return w
}

// escapes are what programs colour their output with, and set titles by. One that is
// not ended takes no line with it.
var escapes = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile("\x1b\\[[0-?]*[ -/]*[@-~]|\x1b[\\]PX^_][^\x07\x1b\n]*(\x07|\x1b\\\\)?")
})

// plain is a text without what a terminal would obey.
func plain(text string) string {
	if strings.IndexFunc(text, obeyed) < 0 && utf8.ValidString(text) {
		return text
	}
	if strings.Contains(text, "\x1b") {
		text = escapes().ReplaceAllString(text, "")
	}
	return strings.Map(func(r rune) rune {
		if obeyed(r) {
			return -1
		}
		return r
	}, text)
}

// obeyed are the characters that move, hide or turn others. A line feed and a tab
// are what a text is made of.
func obeyed(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x2028, r == 0x2029: // bidirectional overrides, line separators
		return true
	}
	return unicode.IsControl(r)
}

// clean is a line of a log as a part of a line of ours. What a carriage return has
// written over, a progress bar's earlier states, goes.
func clean(line string) string {
	if i := strings.LastIndexByte(strings.TrimRight(line, "\r"), '\r'); i >= 0 {
		line = line[i+1:]
	}
	return strings.NewReplacer("\t", " ", "\n", "").Replace(plain(line))
}
