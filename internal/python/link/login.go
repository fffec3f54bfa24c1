package link

import (
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// login is a part of a text that must not be shown: the user and password of a
// URL, or, where that is not clear, all that may be them.
type login struct {
	from, to int
	scheme   string // as far as it is clear
	clear    bool   // where it ends is clear; an @ stands at to
	stray    bool   // there is no URL
	query    bool   // it is in the URL's query
}

// logins finds those of a text, a line at a time. whole takes each line for one of
// a requirements file, in which few things but logins have an @.
func logins(text string, whole bool) (out []login) {
	if !strings.ContainsRune(text, '@') && !strings.Contains(text, "://") {
		return nil
	}
	at := 0
	for line := range strings.Lines(text) {
		found := lineLogins(line, whole)
		for _, l := range found {
			l.from, l.to = l.from+at, l.to+at
			out = append(out, l)
		}
		at += len(line)
	}
	return out
}

func lineLogins(line string, whole bool) (out []login) {
	var s sentence
	s.option = strings.HasPrefix(line, "-")
	for from := 0; ; {
		n := strings.IndexFunc(line[from:], isWordRune)
		if n < 0 {
			return out
		}
		from += n
		to := len(line)
		if n := strings.IndexFunc(line[from:], func(r rune) bool { return !isWordRune(r) }); n >= 0 {
			to = from + n
		}
		s.word, s.glued = line[from:to], glued(line[:from])
		l, url := wordLogin(s.word, s.glued)
		l.from, l.to = l.from+from, l.to+from
		switch {
		case url >= 0 && (l.clear || l.from == l.to):
			if s.start(from + url); l.clear {
				out = append(out, l)
			}
		case url >= 0, whole && s.odd() || isStray(s.word, s.glued):
			if l.stray = url < 0; l.stray {
				l.from, l.to = from, from+strings.LastIndexByte(s.word, '@')
			}
			if s.start(l.from); whole {
				l.from, l.to = s.url, max(l.to, strings.LastIndexByte(line, '@'))
				if l.query {
					l.to = len(strings.TrimRight(line, "\r\n"))
				}
				return append(upTo(out, l.from), l)
			}
			out = append(out, l)
		case s.option && s.before != "", s.before == "@":
			s.start(from) // its value: what follows may belong to it
		}
		s.before, from = s.word, to
	}
}

// upTo are the logins that end before a place.
func upTo(all []login, at int) []login {
	for len(all) > 0 && all[len(all)-1].to > at {
		all = all[:len(all)-1]
	}
	return all
}

func isWordRune(r rune) bool { return !pep508.IsSpace(r) && !strings.ContainsRune("\"'`<>", r) }

// glued says whether quotes alone part what follows from a URL, as in
// https:"//USER@HOST".
func glued(before string) bool {
	return strings.ContainsAny(before[1+strings.LastIndexFunc(before, pep508.IsSpace):], ":/")
}

// wordLogin finds the login of a word's URL: at is where it would begin, -1 for a
// word without a URL.
func wordLogin(word string, glued bool) (l login, at int) {
	i := strings.Index(word, "://")
	if i < 0 {
		if i = looseURL(word); i < 0 {
			return l, -1
		}
		return login{from: i, to: strings.LastIndexByte(word, '@')}, i
	}
	start := i
	for start > 0 && isSchemeByte(word[start-1]) {
		start--
	}
	at = i + len("://")
	a := Split(strings.TrimRight(word[start:], ".,;:)…"))
	user, _ := a.User()
	to := strings.LastIndexByte(word, '@')
	switch odd := to >= 0 && (glued || strings.ContainsAny(word[:start], ":/")); {
	case a.isClear() && !odd:
		if isSecret(a.Scheme, user) {
			return login{from: at, to: at + len(user), scheme: a.Scheme, clear: true}, at
		}
		return login{from: at, to: at}, at
	case odd:
		at = 0
	}
	if to < at {
		to = len(word)
	}
	return login{from: at, to: to, scheme: a.Scheme, query: a.hasToken()}, at
}

// looseURL finds a URL with an @ whose slashes are not those of a URL, as in
// https:/USER@HOST.
func looseURL(word string) int {
	at := strings.LastIndexByte(word, '@')
	if at < 0 {
		return -1
	}
	lower := strings.ToLower(word[:at])
	for _, scheme := range []string{"https", "http", "ftp", "ssh"} {
		for _, end := range []string{":", "/"} {
			if _, after, ok := strings.Cut(lower, scheme+end); ok {
				return at - len(strings.TrimLeft(after, `/\:`))
			}
		}
	}
	return -1
}
