package requirements

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"deps.dev/util/pypi"

	"github.com/gcpdeploy/gcpdeploy/internal/credential"
)

// Credential is a URL that carried a user name or password.
type Credential struct {
	credential.URL
	// Literal: the secret itself stands in the file, not a variable's name.
	Literal bool
}

// setLink gives a requirement its source. text is the URL, at where it begins
// in the line.
func (l *loader) setLink(r *Requirement, text string, at int) *fault {
	a := splitURL(text)
	if strings.Contains(a.netloc, "[") != strings.Contains(a.netloc, "]") {
		return faultf(at, "correct the host", "the brackets in the URL's host do not match")
	}
	if i := strings.IndexByte(text, ';'); i >= 0 && beginsMarker(text[i+1:]) {
		return faultf(at+i, `write " ; " with blanks around the semicolon`, "pip takes this marker for a part of the URL")
	}
	if egg, i, ok := fragmentValue(text, "egg"); ok {
		c := &cursor{s: egg}
		if name := c.identifier(); name == "" || !c.end() || !isAlnum(egg[len(egg)-1]) {
			return faultf(at+i, "write NAME[EXTRA] @ "+strings.TrimSuffix(text[:i], "#"), "egg= takes a bare project name, not %q (since pip 26.0)", egg)
		}
		if r.Name == "" {
			r.Name = pypi.CanonPackageName(egg)
		}
	}
	switch {
	case a.scheme == "file":
		return l.setFileLink(r, a, text, at)
	case vcsSchemes[a.scheme]:
		if strings.HasSuffix(a.scheme, "+file") {
			return faultf(at, "push the repository to a server, or name its folder as ./PATH", "the build cannot reach a repository on this machine")
		}
		if strings.HasSuffix(a.path, "@") {
			return faultf(at, "write a revision after the @, or remove it", "the URL's revision is empty")
		}
	case a.scheme != "http" && a.scheme != "https" && a.scheme != "ftp":
		return badScheme(text, a, at)
	case strings.HasSuffix(strings.TrimRight(a.path, "/"), ".whl"):
		if f := wheelName(r, path.Base(unquote(a.path)), at); f != nil {
			return f
		}
	}
	if a.netloc == "" && a.scheme != "bzr+lp" {
		return faultf(at, "write "+a.scheme+"://HOST/PATH", "the URL has no host: %s", text)
	}
	l.credential(a)
	r.Link = mask(text)
	// The machine that builds has variables of its own.
	r.form.url = strings.ReplaceAll(a.canonical(), "${", "%24{")
	if strings.Contains(r.form.url, ";") && len(r.Extras) > 0 {
		return faultf(at, "write ; as %3B", "a URL with a semicolon cannot have extras in a requirements file")
	}
	return nil
}

func (l *loader) credential(a address) {
	user, host := a.user()
	if user == "" || isAddress(a.scheme, user) {
		return
	}
	name, password, _ := strings.Cut(user, ":")
	c := Credential{Literal: secretIn(user) && strings.Contains(l.raw, user+"@")}
	c.Place, c.Host = l.at, credential.BareHost(host)
	c.User, c.Password = credential.Secret(unquote(name)), credential.Secret(unquote(password))
	c.From = l.at.File
	if l.at.Line > 0 {
		c.From += ":" + strconv.Itoa(l.at.Line)
	}
	if i, j, ok := variable(user); ok {
		c.Unset, c.User, c.Password = user[i+2:j-1], "", ""
	}
	l.c.Credentials = append(l.c.Credentials, c)
}

// hosts are those of the URLs that will be asked, and may want a login.
func (c *Closure) hosts() []string {
	urls := slices.Concat(c.Options.IndexURLs, c.Options.FindLinks)
	for _, r := range c.Requirements {
		urls = append(urls, r.Link)
	}
	var hosts []string
	for _, u := range urls {
		a := splitURL(u)
		if _, host := a.user(); host != "" && strings.Contains(a.scheme, "http") && host != "pypi.org" && host != "files.pythonhosted.org" {
			hosts = append(hosts, credential.BareHost(host))
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// wheelName takes name and version from a wheel's file name, where the
// requirement has no name of its own.
func wheelName(r *Requirement, base string, at int) *fault {
	parts := strings.Split(strings.TrimSuffix(base, ".whl"), "-")
	_, err := pypi.ParseWheelName(base)
	if err != nil || !validTags(parts) {
		return faultf(at, "a wheel is called NAME-VERSION-PYTHON-ABI-PLATFORM.whl", "invalid wheel file name %q", base)
	}
	v, n := scanVersion(parts[1], "")
	if n != len(parts[1]) || v.wildcard {
		return faultf(at, "a wheel is called NAME-VERSION-PYTHON-ABI-PLATFORM.whl", "invalid version %q in the wheel's name", parts[1])
	}
	if r.Name == "" {
		r.Name = pypi.CanonPackageName(parts[0])
	}
	if !r.form.named {
		r.Specifier = "==" + v.format(false)
	}
	return nil
}

// validTags checks the parts of a wheel's name that the library takes on trust.
func validTags(parts []string) bool {
	if len(parts) < 5 || strings.Contains(parts[0], "__") || strings.Trim(parts[0], "._") == "" {
		return false
	}
	tags := parts[len(parts)-3:]
	for i, tag := range tags {
		for _, t := range strings.Split(tag, ".") {
			plain := strings.IndexFunc(t, func(r rune) bool { return r > 127 || r != '_' && !isAlnum(byte(r)) }) < 0
			if t == "" || i == 0 && (!plain || isDigit(t[0])) {
				return false
			}
		}
	}
	return true
}

func badScheme(text string, a address, at int) *fault {
	switch {
	case a.scheme == "git":
		return faultf(at, "write git+https:"+strings.TrimPrefix(text, "git:"), "pip does not know git: URLs without a transport")
	case a.scheme == "ssh":
		return faultf(at, "write git+"+text, "pip does not know ssh: URLs without the version control's name")
	case a.scheme == "" && strings.Contains(text, "@") && strings.Contains(text, ":"), strings.HasPrefix(text, "github.com:"), strings.HasPrefix(text, "gitlab.com:"):
		return faultf(at, "write git+ssh://"+strings.TrimPrefix(strings.Replace(withUser(text), ":", "/", 1), "git+"), "this is the short form of an ssh address, not a URL")
	case a.scheme == "":
		return faultf(at, "write a URL with its scheme after the @; a local project is named by its path alone, ./PATH", "this is no URL: %q", text)
	}
	return faultf(at, "the schemes are https, http, ftp, file and git+https, git+ssh and the like (hg, svn, bzr)", "pip does not know %s: URLs", a.scheme)
}

func withUser(s string) string {
	if strings.Contains(s, "@") {
		return s
	}
	return "git@" + s
}
