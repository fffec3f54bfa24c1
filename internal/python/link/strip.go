package link

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Strip takes the secrets out of the URLs of a file of requirements, with the user
// they belong to, and leaves all else as it is: lines, variables, the addresses of
// ssh. It is for the copy of a file that leaves the machine.
func Strip(text string) string {
	var b strings.Builder
	at := 0
	for _, l := range secrets(text) {
		b.WriteString(text[at:l.from])
		at = l.to + 1
	}
	return b.String() + text[at:]
}

// Secrets are the logins that Strip takes out.
func Secrets(text string) (users []string) {
	for _, l := range secrets(text) {
		users = append(users, text[l.from:l.to])
	}
	return users
}

// HasLogin says whether a file has a login in some URL, be it in a comment. One that
// goes over two lines of a requirements file is seen too; Strip leaves it.
func HasLogin(text string) bool {
	return len(secrets(text)) > 0 || strings.Contains(text, `\`) && len(secrets(continued().ReplaceAllString(text, ""))) > 0
}

var continued = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(goesOn) })

func secrets(text string) (out []login) {
	if !strings.Contains(text, "@") {
		return nil
	}
	for _, l := range logins(text, false) {
		if l.to < len(text) && inComment(text, l.from) {
			continue // see below
		}
		user := text[l.from:l.to]
		switch {
		case l.stray || l.to == len(text) || text[l.to] != '@' || !asked(l.scheme):
		case l.clear && HasSecret(user), !l.clear && isGarbled(user):
			out = append(out, l)
		}
	}
	out = append(out, commented(text)...)
	slices.SortFunc(out, func(a, b login) int { return cmp.Compare(a.from, b.from) })
	return out
}

// comments begin where those of requirements files and of TOML do.
var comments = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)(?:^|[ \t])#.*$`) })

func inComment(text string, at int) bool {
	line := text[strings.LastIndexByte(text[:at], '\n')+1:]
	return comments().MatchString(line[:at-(len(text)-len(line))])
}

// commented are the logins in comments. Nothing is refused there, so all that may
// be one goes: the worst is a comment that reads oddly where it was sent to.
func commented(text string) (out []login) {
	for _, c := range comments().FindAllStringIndex(text, -1) {
		part := text[c[0]:c[1]]
		skip := len(part) - len(strings.TrimLeft(part, "# \t"))
		for _, l := range lineLogins(part[skip:], true) {
			l.from, l.to = l.from+c[0]+skip, l.to+c[0]+skip
			if user := text[l.from:l.to]; l.to < len(text) && text[l.to] == '@' && (!l.clear || HasSecret(user)) {
				out = append(out, l)
			}
		}
	}
	return out
}

// asked says whether pip may ask a URL of that scheme: a database's in the same
// file is the app's.
func asked(scheme string) bool {
	return scheme == "" || scheme == "ssh" || scheme == "git" || IsURL(scheme+":")
}

// isGarbled says whether what stands before an @ is a login that no URL can have,
// rather than a host and a path, as in https://HOST.EXAMPLE/@NAME.
func isGarbled(user string) bool {
	host, _, path := strings.Cut(user, "/")
	return !path || !strings.Contains(host, ".") || !plainHost().MatchString(host)
}
