package ci

import (
	"net/url"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// The most that a value may have; a longer one is none that its system made.
const (
	mostText = 255
	mostURL  = 2048
)

var (
	hexadecimal = form(`^[0-9a-fA-F]{7,64}$`)
	number      = form(`^[1-9][0-9]{0,17}$`)
	place       = form(`^[a-z0-9][a-z0-9.:-]{0,99}$`)
	word        = form(`^[a-z_-]{1,40}$`)
	build       = form(`^[a-zA-Z0-9._-]{1,100}$`)
	email       = form(`^[a-zA-Z0-9._%+-]{1,100}@[a-z0-9.-]{1,150}$`)
)

// form is a pattern that is compiled when it is first needed: most runs are of no
// system, and counted repetitions are large.
func form(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// variables reads an environment and takes nothing that cannot be what it is
// meant to be.
type variables struct{ lookup Lookup }

func (v variables) raw(name string) string {
	value, _ := v.lookup(name)
	return value
}

func (v variables) is(name, value string) bool { return v.raw(name) == value }

// text is the first of the variables that has a value: one line of printable text.
func (v variables) text(names ...string) string { return v.first(text, names) }

func (v variables) commit(names ...string) string {
	return strings.ToLower(v.first(matching(hexadecimal), names))
}

func (v variables) number(names ...string) string     { return v.first(matching(number), names) }
func (v variables) place(names ...string) string      { return v.first(matching(place), names) }
func (v variables) email(names ...string) string      { return v.first(matching(email), names) }
func (v variables) page(names ...string) string       { return v.first(page, names) }
func (v variables) repository(names ...string) string { return v.first(repository, names) }

func (v variables) first(clean func(string) string, names []string) string {
	for _, name := range names {
		if value := clean(v.raw(name)); value != "" {
			return value
		}
	}
	return ""
}

func matching(form func() *regexp.Regexp) func(string) string {
	return func(s string) string {
		if !form().MatchString(s) {
			return ""
		}
		return s
	}
}

// text takes one line of at most mostText bytes. Names of branches may have what no
// terminal should get: control characters, and what turns the direction of writing.
func text(s string) string {
	if len(s) > mostText || !utf8.ValidString(s) || strings.ContainsFunc(s, unprintable) {
		return ""
	}
	return strings.TrimSpace(s)
}

func unprintable(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff ||
		r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// page takes a web page's address, without a login in it.
func page(s string) string {
	u, err := url.Parse(s)
	if err != nil || len(s) > mostURL || !utf8.ValidString(s) || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.ContainsFunc(s, unprintable) {
		return ""
	}
	u.User = nil
	return u.String()
}

// repository is owner/name of a repository's name or of an address that it is
// cloned from. GitLab's groups make it longer.
func repository(s string) string {
	if len(s) > mostURL {
		return ""
	}
	if _, after, ok := strings.Cut(s, "://"); ok {
		_, s, _ = strings.Cut(after, "/") // without the host, and a login before it
	} else if host, after, ok := strings.Cut(s, ":"); ok && strings.Contains(host, "@") {
		s = after // git@github.com:owner/name.git
	}
	return text(strings.TrimSuffix(strings.Trim(s, "/"), ".git"))
}
