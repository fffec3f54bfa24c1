package git

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
)

// scp is git@github.com:owner/name.git.
var scp = regexp.MustCompile(`^(?:[^/@:]+@)?([^/:]+):([^/].*)$`)

// Canonical is a remote's URL in the one form that all spellings of it share:
// https://HOST/OWNER/NAME.git, without login, port or the letter case of the host.
// A folder's stays file:///….
func Canonical(remote string) (string, error) {
	text := remote
	if m := scp.FindStringSubmatch(remote); m != nil && !strings.Contains(remote, "://") {
		text = "ssh://" + m[1] + "/" + m[2]
	}
	u, err := url.Parse(text)
	if err != nil || strings.ContainsAny(remote, "\x00\n\r") {
		return "", fmt.Errorf("%q is no URL of a git repository", hidden(remote))
	}
	where := strings.TrimSuffix(path.Clean("/"+u.Path), ".git")
	switch {
	case u.Scheme == "file" && u.Host == "" && where != "/":
		return "file://" + path.Clean(u.Path), nil
	case (u.Scheme == "https" || u.Scheme == "http" || u.Scheme == "ssh" || u.Scheme == "git") && u.Hostname() != "" && where != "/":
		return "https://" + strings.ToLower(u.Hostname()) + where + ".git", nil
	}
	return "", fmt.Errorf("%q is no URL of a git repository, as https://github.com/OWNER/NAME.git", hidden(remote))
}

// hidden is a URL without its login.
func hidden(remote string) string {
	if u, err := url.Parse(remote); err == nil && u.User != nil {
		u.User = url.User("…")
		return u.Redacted()
	}
	return remote
}

// FullName is OWNER/NAME of a canonical URL, and Name its last part.
func FullName(remote string) string {
	u, err := url.Parse(remote)
	if err != nil {
		return ""
	}
	if u.Scheme == "file" {
		return path.Base(strings.TrimSuffix(u.Path, ".git"))
	}
	return strings.TrimSuffix(strings.TrimPrefix(u.Path, "/"), ".git")
}

// Name is the last part of FullName.
func Name(remote string) string { return path.Base(FullName(remote)) }
