// Package link reads the URLs of requirement files as pip does: it takes them apart,
// writes them in one canonical form without logins, and hides the secrets in any text
// that holds some. It follows none. It stands beside pep508; the closure decides which
// URLs may be a source.
package link

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// URL is a URL taken apart as Python's urlsplit does.
type URL struct {
	Scheme, Netloc, Path, Query, Fragment string

	authority bool // there was a "//"
}

var vcsSchemes = map[string]bool{
	"git+http": true, "git+https": true, "git+ssh": true, "git+git": true, "git+file": true,
	"hg+file": true, "hg+http": true, "hg+https": true, "hg+ssh": true, "hg+static-http": true,
	"svn+ssh": true, "svn+http": true, "svn+https": true, "svn+svn": true, "svn+file": true,
	"bzr+http": true, "bzr+https": true, "bzr+ssh": true, "bzr+sftp": true, "bzr+ftp": true, "bzr+lp": true, "bzr+file": true,
}

// Split takes any text for a URL.
func Split(s string) URL {
	var a URL
	if i := strings.IndexByte(s, ':'); i > 0 && !pep508.IsDigit(s[0]) && pep508.IsAlnum(s[0]) {
		j := 0
		for j < i && isSchemeByte(s[j]) {
			j++
		}
		if j == i {
			a.Scheme, s = strings.ToLower(s[:i]), s[i+1:]
		}
	}
	if rest, ok := strings.CutPrefix(s, "//"); ok {
		a.authority = true
		i := strings.IndexAny(rest, "/?#")
		if i < 0 {
			i = len(rest)
		}
		a.Netloc, s = rest[:i], rest[i:]
	}
	s, a.Fragment, _ = strings.Cut(s, "#")
	a.Path, a.Query, _ = strings.Cut(s, "?")
	return a
}

// IsURL says whether pip takes s for a URL rather than a name or a path.
func IsURL(s string) bool {
	switch scheme := Split(s).Scheme; scheme {
	case "http", "https", "file", "ftp":
		return true
	default:
		return vcsSchemes[scheme]
	}
}

// VCS says whether the scheme is that of a version control, such as git+https.
func (a URL) VCS() bool { return vcsSchemes[a.Scheme] }

// User is what stands before the @ of the host.
func (a URL) User() (user, host string) {
	if i := strings.LastIndexByte(a.Netloc, '@'); i >= 0 {
		return a.Netloc[:i], a.Netloc[i+1:]
	}
	return "", a.Netloc
}

// Canonical writes the URL without userinfo and without egg=, the host in small
// letters, and nothing in it that a requirements file would misread.
func (a URL) Canonical() string {
	user, host := a.User()
	var b strings.Builder
	b.WriteString(a.Scheme + ":")
	if a.authority {
		b.WriteString("//")
		if user != "" && IsAddress(a.Scheme, user) {
			b.WriteString(user + "@")
		}
		if !strings.Contains(host, "${") {
			host = strings.ToLower(Escape(host))
		}
		b.WriteString(host)
	}
	b.WriteString(a.Path)
	if a.Query != "" {
		b.WriteString("?" + a.Query)
	}
	if f := a.FragmentBesideEgg(); f != "" {
		b.WriteString("#" + f)
	}
	return Escape(b.String())
}

// Escape quotes white space and backslashes.
func Escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		if pep508.IsSpace(r) || r < ' ' || r == '\\' {
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// FragmentBesideEgg is the fragment without egg= and empty parts.
func (a URL) FragmentBesideEgg() string {
	var keep []string
	for part := range strings.SplitSeq(a.Fragment, "&") {
		if part != "" && part != "egg" && !strings.HasPrefix(part, "egg=") {
			keep = append(keep, part)
		}
	}
	return strings.Join(keep, "&")
}

// FragmentValue finds KEY=VALUE after a # or an & anywhere in a URL, as pip does.
func FragmentValue(s, key string) (value string, at int, ok bool) {
	for i := 0; i < len(s); i++ {
		if (s[i] == '#' || s[i] == '&') && strings.HasPrefix(s[i+1:], key+"=") {
			at = i + 1
			value, _, _ = strings.Cut(s[at+len(key)+1:], "&")
			return value, at, true
		}
	}
	return "", -1, false
}

// Unquote undoes percent-encoding and keeps what is no valid escape.
func Unquote(s string) string {
	if out, err := url.PathUnescape(s); err == nil {
		return out
	}
	return s
}

// OfPath is Python's file: URL of an absolute path.
func OfPath(path string) string {
	var b strings.Builder
	b.WriteString("file://")
	for i := range len(path) {
		c := path[i]
		if pep508.IsAlnum(c) || strings.IndexByte("/_.-~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// Index is the URL of a package index without userinfo and without the slash at
// its end, which pip does not mind.
func Index(u string) string {
	a := Split(u)
	if a.Scheme == "" || !a.authority {
		return u
	}
	if a.Query == "" && a.Fragment == "" {
		a.Path = strings.TrimRight(a.Path, "/")
	}
	return a.Canonical()
}
