package git

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/config"
)

// Remote is what a remote of the repository is fetched from, as git would ask for
// it; ok is false where there is no such remote.
func (r Repository) Remote(name string) (at string, ok bool, err error) {
	f, err := os.Open(filepath.Join(r.common, "config"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		return "", false, unreadable(err)
	}
	defer f.Close()
	c := config.New()
	if err := config.NewDecoder(f).Decode(c); err != nil {
		return "", false, unreadable(err)
	}
	remotes := c.Section("remote")
	if !remotes.HasSubsection(name) {
		return "", false, nil
	}
	urls := remotes.Subsection(name).Options.GetAll("url")
	if len(urls) == 0 {
		return "", false, nil
	}
	return instead(c, urls[0]), true, nil
}

// instead is a URL as the configuration has it rewritten: the longest match holds.
func instead(c *config.Config, at string) string {
	longest, base := "", ""
	for _, s := range c.Section("url").Subsections {
		for _, prefix := range s.Options.GetAll("insteadOf") {
			if strings.HasPrefix(at, prefix) && len(prefix) > len(longest) {
				longest, base = prefix, s.Name
			}
		}
	}
	return base + strings.TrimPrefix(at, longest)
}

// Place is a repository elsewhere, apart from how it is reached: git@h:o/n.git and
// https://h/o/n are one.
type Place struct {
	Host string // lower case, without a port; "" = this machine
	Path string // without slashes around it and .git: "owner/name"; on this machine a folder
}

// scp is the form HOST:PATH, which is no URL.
var scp = regexp.MustCompile(`^(?:[^@/\s]+@)?([A-Za-z0-9.-]+):([^/].*)$`)

// PlaceOf reads the URL of a remote. What it holds of a login is not kept.
func PlaceOf(at string) (Place, bool) {
	u, err := url.Parse(at)
	switch {
	case filepath.IsAbs(at):
		return Place{Path: strings.TrimSuffix(filepath.Clean(at), ".git")}, true
	case err == nil && u.Scheme == "file":
		return Place{Path: strings.TrimSuffix(filepath.Clean(u.Path), ".git")}, u.Path != ""
	case err == nil && u.Host != "":
		return place(u.Hostname(), u.Path)
	}
	if m := scp.FindStringSubmatch(at); m != nil {
		return place(m[1], m[2])
	}
	return Place{}, false
}

func place(host, path string) (Place, bool) {
	path = strings.TrimSuffix(strings.Trim(path, "/"), ".git")
	return Place{strings.ToLower(host), path}, host != "" && path != ""
}

// Same says whether two are one repository. To the services that host them Owner
// and owner are one name.
func (p Place) Same(other Place) bool {
	if p.Host == "" {
		return p == other
	}
	return p.Host == other.Host && strings.EqualFold(p.Path, other.Path)
}

// URL is the repository's as services write it: "https://github.com/owner/name.git".
func (p Place) URL() string {
	if p.Host == "" {
		return "file://" + p.Path
	}
	return "https://" + p.Host + "/" + p.Path + ".git"
}

// Name is the repository's own name.
func (p Place) Name() string { return p.Path[strings.LastIndexByte(p.Path, '/')+1:] }

// Owner is whose it is; of a group in a group, with all of them: "group/sub".
func (p Place) Owner() string {
	return strings.TrimSuffix(p.Path[:strings.LastIndexByte(p.Path, '/')+1], "/")
}
