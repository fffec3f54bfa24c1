package link

import "strings"

// sentence is a line of a requirements file while its words are read.
type sentence struct {
	option       bool // the line is one of options
	word, before string
	glued        bool // quotes alone part the word from a URL
	begun        bool
	url          int // where the first URL's login, or the option's value, begins
}

func (s *sentence) start(at int) {
	if !s.begun {
		s.begun, s.url = true, at
	}
}

// odd says whether the word, which has no URL, has an @ that may end a login: in a
// requirement an @ stands alone behind the name, in a path, in the short form of
// git's addresses, or in a marker.
func (s *sentence) odd() bool {
	i := strings.LastIndexByte(s.word, '@')
	switch {
	case i < 0 || isSetting(s.word, s.before):
		return false
	case i == len(s.word)-1 && !s.glued: // NAME @ URL, NAME@ URL
		return s.begun && !strings.HasPrefix(s.before, "-e") && !strings.HasPrefix(s.before, "--e") && !s.option || strings.ContainsAny(s.word[:i], ":/")
	case i == 0, s.begun, s.glued:
		return !isPath(s.word) || s.glued
	case isPath(s.word), strings.HasSuffix(s.word[:i], "git") && !strings.ContainsAny(s.word[:i], ":/"):
		return false
	}
	return s.option || s.before == "" || s.before == "@" || strings.ContainsAny(s.word[:i], ":/")
}

// isStray says whether a word without a URL may be a login all the same, in
// whatever text: USER:PASSWORD@HOST.
func isStray(word string, glued bool) bool {
	i := strings.LastIndexByte(word, '@')
	if i < 1 || i == len(word)-1 || strings.HasPrefix(word[i:], "@sha256:") || isPath(word) && !glued {
		return false
	}
	return glued || strings.ContainsAny(word[:i], ":/")
}

func isPath(word string) bool {
	return (word[0] == '.' || word[0] == '/' && !strings.HasPrefix(word, "//")) && !strings.Contains(word, ":")
}

func isSetting(word, before string) bool {
	return strings.HasPrefix(word, "-C") || strings.HasPrefix(word, "--conf") || before == "-C" || strings.HasPrefix(before, "--conf")
}
