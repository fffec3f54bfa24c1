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
	for _, l := range quoted(text) {
		// What was found in it by words is a part of it.
		out = append(slices.DeleteFunc(out, func(o login) bool { return o.from < l.to && l.from <= o.to }), l)
	}
	slices.SortFunc(out, func(a, b login) int { return cmp.Compare(a.from, b.from) })
	return out
}

// quotedText is a string of JSON, TOML or YAML.
var quotedText = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`"(?:[^"\\\r\n]|\\.)*"|'[^'\r\n]*'`) })

// quoted are the logins with a blank or a quote in them, which the end of the string
// alone ends: of a URL that is a value of a lock file or project. What has a host
// before them is a sentence about a URL.
func quoted(text string) (out []login) {
	for _, q := range quotedText().FindAllStringIndex(text, -1) {
		value := text[q[0]+1 : q[1]-1]
		i := strings.Index(value, "://") + len("://")
		to := strings.LastIndexByte(value, '@')
		if i < len("://") || to < i || !strings.ContainsAny(value[i:to], " \t\"'`<>\\") {
			continue
		}
		first := value[i : i+strings.IndexAny(value[i:], " \t\"'`<>\\/@")]
		if first = strings.TrimRight(first, ",.;:)"); strings.Contains(first, ".") && plainHost().MatchString(first) {
			continue
		}
		out = append(out, login{from: q[0] + 1 + i, to: q[0] + 1 + to})
	}
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
