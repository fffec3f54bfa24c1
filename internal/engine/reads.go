package engine

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/lockfile"
)

// Reads are the files and folders that decide what is deployed, relative to the app's
// folder and slashed: "." for the folder itself, then what lies outside of it:
// "../requirements.txt", "../lib". Of folders all that is in them counts.
func (a *App) Reads() []string {
	c := a.Config
	names := slices.Concat(beside(a.App), c.Requirements, c.Test.Requirements)
	for _, cl := range []*closure.Closure{a.Closure, a.Tests} {
		if cl != nil {
			names = append(names, cl.Files...)
		}
	}
	if c.Wheels.LockBuildRequirements != "" {
		names = append(names, c.Wheels.LockBuildRequirements)
	}
	for _, file := range []string{c.Templates, c.CAFile} {
		if file != "" {
			if rel, err := relative(c.Dir, file); err == nil {
				names = append(names, rel)
			}
		}
	}
	all := []string{"."}
	for _, name := range names {
		if file, _, ok := lockfile.Split(name); ok {
			name = file
			all = append(all, projectBeside(c.Dir, file)...)
		}
		all = append(all, path.Clean(name))
	}
	all = slices.DeleteFunc(all, func(name string) bool { return name != "." && (fs.ValidPath(name) || path.IsAbs(name)) })
	slices.Sort(all)
	all = slices.Compact(all)
	return slices.DeleteFunc(all, func(name string) bool { // what is in another one of them
		return slices.ContainsFunc(all, func(other string) bool { return other != "." && strings.HasPrefix(name, other+"/") })
	})
}

// projectBeside is the project beside a lock file that is not the app's own.
func projectBeside(dir, lock string) []string {
	project := path.Join(path.Dir(lock), "pyproject.toml")
	if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(project))); err != nil {
		return nil
	}
	return []string{project}
}

func relative(dir, file string) (string, error) {
	file, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(dir, file)
	return filepath.ToSlash(rel), err
}
