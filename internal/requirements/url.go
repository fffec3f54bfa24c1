package requirements

import (
	"fmt"
	"net/url"
	"strings"
)

// address is a URL taken apart as Python's urlsplit does.
type address struct {
	scheme, netloc, path, query, fragment string
	authority                             bool // there was a "//"
}

var vcsSchemes = map[string]bool{
	"git+http": true, "git+https": true, "git+ssh": true, "git+git": true, "git+file": true,
	"hg+file": true, "hg+http": true, "hg+https": true, "hg+ssh": true, "hg+static-http": true,
	"svn+ssh": true, "svn+http": true, "svn+https": true, "svn+svn": true, "svn+file": true,
	"bzr+http": true, "bzr+https": true, "bzr+ssh": true, "bzr+sftp": true, "bzr+ftp": true, "bzr+lp": true, "bzr+file": true,
}

func splitURL(s string) address {
	var a address
	if i := strings.IndexByte(s, ':'); i > 0 && !isDigit(s[0]) && isAlnum(s[0]) {
		j := 0
		for j < i && isSchemeByte(s[j]) {
			j++
		}
		if j == i {
			a.scheme, s = strings.ToLower(s[:i]), s[i+1:]
		}
	}
	if rest, ok := strings.CutPrefix(s, "//"); ok {
		a.authority = true
		i := strings.IndexAny(rest, "/?#")
		if i < 0 {
			i = len(rest)
		}
		a.netloc, s = rest[:i], rest[i:]
	}
	s, a.fragment, _ = strings.Cut(s, "#")
	a.path, a.query, _ = strings.Cut(s, "?")
	return a
}

// isURL says whether pip takes s for a URL rather than a name or a path.
func isURL(s string) bool {
	switch scheme := splitURL(s).scheme; scheme {
	case "http", "https", "file", "ftp":
		return true
	default:
		return vcsSchemes[scheme]
	}
}

// user is what stands before the @ of the host.
func (a address) user() (user, host string) {
	if i := strings.LastIndexByte(a.netloc, '@'); i >= 0 {
		return a.netloc[:i], a.netloc[i+1:]
	}
	return "", a.netloc
}

// canonical writes the URL without userinfo and without egg=, the host in small
// letters, and nothing in it that a requirements file would misread.
func (a address) canonical() string {
	user, host := a.user()
	var b strings.Builder
	b.WriteString(a.scheme + ":")
	if a.authority {
		b.WriteString("//")
		if user != "" && isAddress(a.scheme, user) {
			b.WriteString(user + "@")
		}
		if !strings.Contains(host, "${") {
			host = strings.ToLower(escapeURL(host))
		}
		b.WriteString(host)
	}
	b.WriteString(a.path)
	if a.query != "" {
		b.WriteString("?" + a.query)
	}
	if f := a.fragmentWithout("egg"); f != "" {
		b.WriteString("#" + f)
	}
	return escapeURL(b.String())
}

// escapeURL quotes white space and backslashes.
func escapeURL(s string) string {
	var b strings.Builder
	for _, r := range s {
		if isSpace(r) || r < ' ' || r == '\\' {
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func (a address) fragmentWithout(keys ...string) string {
	var keep []string
	for _, part := range strings.Split(a.fragment, "&") {
		key, _, _ := strings.Cut(part, "=")
		drop := part == ""
		for _, k := range keys {
			drop = drop || key == k
		}
		if !drop {
			keep = append(keep, part)
		}
	}
	return strings.Join(keep, "&")
}

// fragmentValue finds KEY=VALUE after a # or an & anywhere in a URL, as pip does.
func fragmentValue(s, key string) (value string, at int, ok bool) {
	for i := 0; i < len(s); i++ {
		if (s[i] == '#' || s[i] == '&') && strings.HasPrefix(s[i+1:], key+"=") {
			at = i + 1
			value, _, _ = strings.Cut(s[at+len(key)+1:], "&")
			return value, at, true
		}
	}
	return "", -1, false
}

// unquote undoes percent-encoding and keeps what is no valid escape.
func unquote(s string) string {
	if out, err := url.PathUnescape(s); err == nil {
		return out
	}
	return s
}

// pathToURL is Python's file: URL of an absolute path.
func pathToURL(path string) string {
	var b strings.Builder
	b.WriteString("file://")
	for i := range len(path) {
		c := path[i]
		if isAlnum(c) || strings.IndexByte("/_.-~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
