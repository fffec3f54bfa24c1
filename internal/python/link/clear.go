package link

import (
	"regexp"
	"strings"
	"sync"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

var (
	plainHost = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(\[[0-9A-Za-z:.%]*\]|([\w.~%*+${}-]|[^\x00-\x7f])*)(:[0-9$]*|:\$\{[A-Z0-9_]+\})?$`)
	})
	secretQuery = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)(^|[&;])([^=&;]*(token|secret|passw|pwd|key|auth|sig|credential|session|jwt)[^=&;]*|code)=`)
	})
)

// isClear says whether every reader sees the same login in a URL, or none.
func (a URL) isClear() bool {
	user, host := a.User()
	switch {
	case a.Scheme == "file":
		return !strings.Contains(a.Netloc, "@")
	case !a.authority, !plainHost().MatchString(host), strings.Contains(host, "%40"), strings.ContainsAny(user, `\[]^|;`) || strings.IndexFunc(user, isControl) >= 0:
		return false
	case strings.Contains(a.Query+a.Fragment, "@") || a.hasToken():
		return false
	}
	before, revision, ok := strings.Cut(a.Path, "@")
	return !ok || a.VCS() && isRevision(before, revision, host)
}

// hasToken says whether what follows a URL's path, or a parameter in it, has the name
// of a secret. One with another name may be one, too, but so are commits and versions.
func (a URL) hasToken() bool {
	_, parameters, _ := strings.Cut(a.Path, ";")
	return secretQuery().MatchString(a.Query) || secretQuery().MatchString(a.Fragment) || secretQuery().MatchString(parameters)
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// isRevision says whether what follows the @ of a path is a revision, as in
// /repo.git@v1. One with a slash may be the host of a URL whose password has one.
func isRevision(path, revision, host string) bool {
	first, _, slash := strings.Cut(revision, "/")
	switch {
	case strings.Contains(revision, "@"):
		return false
	case !slash || strings.HasSuffix(path, ".git"):
		return true
	}
	return !strings.ContainsAny(first, ".:") && strings.Contains(host, ".") && !strings.Contains(host, ":")
}

// Check refuses a line with a URL whose login cannot be told from its other parts:
// what is not seen as a secret is shown, hashed and sent. The line's own text is in
// no message.
func Check(line string) *pep508.Fault {
	for _, l := range logins(line, true) {
		if l.clear {
			continue
		}
		if l.query {
			return pep508.Faultf(l.from, "give the login as USER:PASSWORD@ before the host, by "+ways+"; or commit the file",
				"a parameter of the URL looks like a secret, and keys and images would hold it")
		}
		return pep508.Faultf(l.from, "write https://${USER}:${PASSWORD}@HOST/PATH and set the variables, with %40 for an @ in them, %2F for a /, %3A %3F %23 for : ? #, %20 for a blank; or give the login by "+ways,
			"it is not clear where the URL's user and password end, so they could not be kept secret")
	}
	return nil
}

const ways = "wheels.netrc_secret, wheels.credentials_command or a netrc file"

// CheckPlain is Check for a text that may hold no login at all.
func CheckPlain(text string) *pep508.Fault {
	if Mask(text) != text {
		return pep508.Faultf(-1, "take the login out of the URL, and give it by "+ways, "holds a URL with a login, which keys, labels and images would show")
	}
	return Check(text)
}
