package link

import (
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// BadScheme explains a URL that pip does not take; at is where its text begins.
func BadScheme(text, scheme string, at int) *pep508.Fault {
	switch {
	case scheme == "git":
		return pep508.Faultf(at, "write git+https:"+strings.TrimPrefix(text, "git:"), "pip does not know git: URLs without a transport")
	case scheme == "ssh":
		return pep508.Faultf(at, "write git+"+text, "pip does not know ssh: URLs without the version control's name")
	case scheme == "" && strings.Contains(text, "@") && strings.Contains(text, ":"), strings.HasPrefix(text, "github.com:"), strings.HasPrefix(text, "gitlab.com:"):
		return pep508.Faultf(at, "write git+ssh://"+strings.TrimPrefix(strings.Replace(withUser(text), ":", "/", 1), "git+"), "this is the short form of an ssh address, not a URL")
	case scheme == "":
		return pep508.Faultf(at, "write a URL with its scheme after the @; a local project is named by its path alone, ./PATH", "this is no URL: %q", text)
	}
	return pep508.Faultf(at, "the schemes are https, http, ftp, file and git+https, git+ssh and the like (hg, svn, bzr)", "pip does not know %s: URLs", scheme)
}

func withUser(s string) string {
	if strings.Contains(s, "@") {
		return s
	}
	return "git@" + s
}
