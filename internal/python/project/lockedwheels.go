package project

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
	"github.com/gcpdeploy/gcpdeploy/internal/python/wheel"
)

var wheelFile = regexp.MustCompile(`[A-Za-z0-9_.]+-[A-Za-z0-9_.+!%]+-[A-Za-z0-9_.-]+\.whl`)

// lockedWheels narrows the minors to those for which the first lock that lists
// wheels has them of the most packages. Versions of one package stand for each
// other: a lock may have several, for several Pythons.
func lockedWheels(fsys fs.FS, minors, locks []string) (some []string, lock string) {
	for _, lock := range locks {
		text, ok, err := appfile.Read(fsys, lock)
		if err != nil || !ok {
			continue
		}
		files := map[string][]wheel.File{}
		for _, name := range wheelFile.FindAllString(text, -1) {
			project, _, _ := strings.Cut(name, "-")
			project = pep508.Normal(project)
			files[project] = append(files[project], wheel.File{Name: strings.ReplaceAll(name, "%2B", "+")})
		}
		if len(files) == 0 {
			continue
		}
		most := -1
		for _, minor := range minors {
			n := 0
			for project, wheels := range files {
				if has(wheel.Target{Python: minor, Machine: "x86_64"}, project, wheels) {
					n++
				}
			}
			if n > most {
				most, some = n, nil
			}
			if n == most {
				some = append(some, minor)
			}
		}
		return some, lock
	}
	return minors, ""
}

func has(t wheel.Target, project string, files []wheel.File) bool {
	return slices.ContainsFunc(files, func(f wheel.File) bool {
		_, version, err := wheel.Parse(f.Name)
		if err != nil {
			return false
		}
		offer, _ := t.Judge(wheel.Pin{Name: project, Version: version}, []wheel.File{f})
		return offer == wheel.Wheel
	})
}
