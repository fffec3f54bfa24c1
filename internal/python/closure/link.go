package closure

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/credential"
	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
	"github.com/gcpdeploy/gcpdeploy/internal/python/wheel"
)

// Credential is a URL that carried a user name or password.
type Credential struct {
	credential.URL
	// Written are the secrets that stand in the line itself, not in variables.
	Written []credential.Secret
}

// setLink gives a requirement its source. text is the URL, at where it begins
// in the line.
func (l *loader) setLink(r *Requirement, text string, at int) *pep508.Fault {
	a := link.Split(text)
	if strings.Contains(a.Netloc, "[") != strings.Contains(a.Netloc, "]") {
		return pep508.Faultf(at, "correct the host", "the brackets in the URL's host do not match")
	}
	if i := strings.IndexByte(text, ';'); i >= 0 && pep508.BeginsMarker(text[i+1:]) {
		return pep508.Faultf(at+i, `write " ; " with blanks around the semicolon`, "pip takes this marker for a part of the URL")
	}
	if egg, i, ok := link.FragmentValue(text, "egg"); ok {
		if !pep508.IsName(egg) || !pep508.IsAlnum(egg[len(egg)-1]) {
			return pep508.Faultf(at+i, "write NAME[EXTRA] @ "+strings.TrimSuffix(text[:i], "#"), "egg= takes a bare project name, not %q (since pip 26.0)", egg)
		}
		if r.Name == "" {
			r.Name = pep508.Normal(egg)
		}
	}
	switch {
	case a.Scheme == "file":
		return l.setFileLink(r, a, text, at)
	case a.VCS():
		if strings.HasSuffix(a.Scheme, "+file") {
			return pep508.Faultf(at, "push the repository to a server, or name its folder as ./PATH", "the build cannot reach a repository on this machine")
		}
		if strings.HasSuffix(a.Path, "@") {
			return pep508.Faultf(at, "write a revision after the @, or remove it", "the URL's revision is empty")
		}
	case a.Scheme != "http" && a.Scheme != "https" && a.Scheme != "ftp":
		return link.BadScheme(text, a.Scheme, at)
	case strings.HasSuffix(strings.TrimRight(a.Path, "/"), ".whl"):
		if f := wheelName(r, path.Base(link.Unquote(a.Path)), at); f != nil {
			return f
		}
	}
	if a.Netloc == "" && a.Scheme != "bzr+lp" {
		return pep508.Faultf(at, "write "+a.Scheme+"://HOST/PATH", "the URL has no host: %s", text)
	}
	if f := l.credential(a, at); f != nil {
		return f
	}
	r.Link = link.Mask(text)
	// The machine that builds has variables of its own.
	r.form.url = strings.ReplaceAll(a.Canonical(), "${", "%24{")
	if strings.Contains(r.form.url, ";") && len(r.Extras) > 0 {
		return pep508.Faultf(at, "write ; as %3B", "a URL with a semicolon cannot have extras in a requirements file")
	}
	return nil
}

func (l *loader) credential(a link.URL, at int) *pep508.Fault {
	user, host := a.User()
	if user == "" || link.IsAddress(a.Scheme, user) {
		return nil
	}
	name, password, _ := strings.Cut(user, ":")
	var c Credential
	for _, secret := range link.Secrets(l.raw) {
		c.Written = append(c.Written, credential.Secret(secret))
	}
	if link.HasSecret(user) && len(c.Written) == 0 && l.raw != "" && !strings.Contains(l.raw, "${") {
		return pep508.Faultf(at, "write the URL in one piece, without quotes or backslashes in it", "the URL of %s has a login that could not be kept secret", host)
	}
	c.Place, c.Host = l.at, credential.BareHost(host)
	c.User, c.Password = credential.Secret(link.Unquote(name)), credential.Secret(link.Unquote(password))
	c.From = l.at.File
	if l.at.Line > 0 {
		c.From += ":" + strconv.Itoa(l.at.Line)
	}
	if i, j, ok := link.Variable(user); ok {
		c.Unset, c.User, c.Password = user[i+2:j-1], "", ""
	}
	l.c.Credentials = append(l.c.Credentials, c)
	return nil
}

// hosts are those of the URLs that will be asked, and may want a login; unsafe are
// those of them that others on the way can read from.
func (c *Closure) hosts() (hosts, unsafe []string) {
	urls := slices.Concat(c.Options.IndexURLs, c.Options.FindLinks)
	for _, r := range c.Requirements {
		urls = append(urls, r.Link)
	}
	for _, u := range urls {
		a := link.Split(u)
		if _, host := a.User(); host != "" && strings.Contains(a.Scheme, "http") && host != "pypi.org" && host != "files.pythonhosted.org" {
			host = credential.BareHost(host)
			hosts = append(hosts, host)
			if !strings.HasSuffix(a.Scheme, "https") {
				unsafe = append(unsafe, host)
			}
		}
	}
	for _, host := range c.Options.TrustedHosts {
		if host = credential.BareHost(host); slices.Contains(hosts, host) {
			unsafe = append(unsafe, host)
		}
	}
	return sortedSet(hosts), sortedSet(unsafe)
}

// wheelName takes name and version from a wheel's file name, where the
// requirement has no name of its own.
func wheelName(r *Requirement, base string, at int) *pep508.Fault {
	name, version, err := wheel.Parse(base)
	if err != nil {
		return pep508.Faultf(at, "a wheel is called NAME-VERSION-PYTHON-ABI-PLATFORM.whl", "%v", err)
	}
	if r.Name == "" {
		r.Name = name
	}
	if !r.form.named {
		r.Specifier = "==" + version
	}
	return nil
}
