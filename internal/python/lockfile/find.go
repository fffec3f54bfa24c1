package lockfile

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Find gives the lock files that lock the app in dir, the preferred one first,
// named relative to it: those in the folder itself, and the uv.lock of a uv
// workspace that lists the app as a member.
func Find(dir string) ([]string, error) {
	var out []string
	for _, f := range formats {
		if info, err := os.Stat(filepath.Join(dir, f.base)); err == nil && info.Mode().IsRegular() {
			out = append(out, f.base)
		}
	}
	if slices.Contains(out, "uv.lock") {
		return out, nil
	}
	name, err := workspaceLock(dir)
	if name != "" {
		out = append([]string{name}, out...)
	}
	return out, err
}

// uvWorkspace is the part of a pyproject.toml that makes its folder a
// workspace's root.
type uvWorkspace struct {
	Tool struct {
		UV struct {
			Workspace *struct {
				Members []string `toml:"members"`
				Exclude []string `toml:"exclude"`
			} `toml:"workspace"`
		} `toml:"uv"`
	} `toml:"tool"`
}

// workspaceLock looks at the folders above for the workspace of the app.
func workspaceLock(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if own, err := readFile(abs, "pyproject.toml"); err != nil || own == nil {
		return "", err
	}
	up := ""
	for at := abs; ; {
		data, err := readFile(at, "pyproject.toml")
		var w uvWorkspace
		if err == nil && decodeTOML(up+"pyproject.toml", data, &w) == nil && w.Tool.UV.Workspace != nil {
			member, err := filepath.Rel(at, abs)
			if err != nil || up == "" {
				return "", err
			}
			listed := func(patterns []string) bool {
				return slices.ContainsFunc(patterns, func(p string) bool { return match(path.Clean(p), filepath.ToSlash(member)) })
			}
			_, err = os.Stat(filepath.Join(at, "uv.lock"))
			if err == nil && listed(w.Tool.UV.Workspace.Members) && !listed(w.Tool.UV.Workspace.Exclude) {
				return up + "uv.lock", nil
			}
			return "", nil
		}
		parent := filepath.Dir(at)
		if parent == at {
			return "", nil
		}
		at, up = parent, up+"../"
	}
}

// match is a glob over a slashed path, where ** stands for any folders.
func match(pattern, name string) bool {
	return matchParts(strings.Split(pattern, "/"), strings.Split(name, "/"))
}

func matchParts(pattern, name []string) bool {
	for len(pattern) > 0 {
		if pattern[0] == "**" {
			for i := 0; i <= len(name); i++ {
				if matchParts(pattern[1:], name[i:]) {
					return true
				}
			}
			return false
		}
		if len(name) == 0 {
			return false
		}
		if ok, err := path.Match(pattern[0], name[0]); err != nil || !ok {
			return false
		}
		pattern, name = pattern[1:], name[1:]
	}
	return len(name) == 0
}
