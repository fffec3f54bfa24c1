package credential

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Complete adds to a netrc text the logins of the hosts that it has none for. They
// come first: what follows an entry for all hosts is not read.
func Complete(text string, with Set) ([]byte, error) {
	given := parseNetrc(text, "")
	missing := slices.DeleteFunc(slices.Clone(with), func(l Login) bool {
		return slices.ContainsFunc(given, func(g Login) bool { return g.Host == l.Host })
	})
	first, err := missing.Netrc()
	return append(first, text...), err
}

// Netrc is the set as a netrc file that Python's parsers, old and new, and curl
// read alike. A login that they would read differently is an error. That of no
// logins is an empty line: an empty text cannot be kept as a secret.
func (s Set) Netrc() ([]byte, error) {
	if len(s) == 0 {
		return []byte("\n"), nil
	}
	var b strings.Builder
	for _, l := range s {
		for _, word := range []Secret{Secret(l.Host), l.User, l.Password} {
			if !plainWord(string(word)) {
				return nil, errs.New(errs.Usage, "Change the password, or use a token.",
					"the login for %s (%s) is empty or holds a blank, a backslash or a quote, which programs read differently in a netrc file", l.Host, l.From)
			}
		}
		fmt.Fprintf(&b, "machine %s\nlogin %s\npassword %s\n", l.Host, string(l.User), string(l.Password))
	}
	return []byte(b.String()), nil
}

func plainWord(s string) bool {
	return s != "" && !strings.ContainsAny(s, "\\\"'") && strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || r == 0x85 || r == 0xa0 }) < 0
}

// parseNetrc reads a netrc text. An entry for all other hosts has the host "".
// What is no entry is skipped, as by other readers.
func parseNetrc(text, from string) []Login {
	var all []Login
	words := netrcWords(text)
	for i := 0; i < len(words); i++ {
		next := func() string {
			if i++; i < len(words) {
				return words[i]
			}
			return ""
		}
		switch words[i] {
		case "machine":
			all = append(all, Login{Host: BareHost(next()), From: from})
			continue
		case "default":
			all = append(all, Login{From: from})
			continue
		}
		if len(all) == 0 {
			continue
		}
		l := &all[len(all)-1]
		switch words[i] {
		case "login", "user":
			l.User = Secret(next())
		case "account":
			next()
		case "password":
			l.Password = Secret(next())
		}
	}
	return all
}

// netrcWords cuts comments and macros, and takes quotes off.
func netrcWords(text string) []string {
	var words []string
	macro := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if macro = macro && line != ""; macro || strings.HasPrefix(line, "#") {
			continue
		}
		for line != "" {
			word, rest := cutWord(line)
			if word == "macdef" {
				macro = true // up to the next empty line
				break
			}
			words = append(words, word)
			line = strings.TrimSpace(rest)
		}
	}
	return words
}

func cutWord(line string) (word, rest string) {
	if line[0] != '"' {
		if i := strings.IndexAny(line, " \t"); i >= 0 {
			return line[:i], line[i:]
		}
		return line, ""
	}
	var b strings.Builder
	for i := 1; i < len(line); i++ {
		switch {
		case line[i] == '\\' && i+1 < len(line):
			i++
		case line[i] == '"':
			return b.String(), line[i+1:]
		}
		b.WriteByte(line[i])
	}
	return b.String(), ""
}
