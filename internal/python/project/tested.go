package project

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/python"
)

var (
	envList     = regexp.MustCompile(`(?m)^\s*env_?list\s*=((?:.*\n?)(?:[ \t]+.*\n?)*)`)
	environment = regexp.MustCompile(`\bpy(?:thon)?-?(\{[^}]*\}|3\{[^}]*\}|3\.?[0-9]{1,2})|\b3\.[0-9]{1,2}\b`)
	digits      = regexp.MustCompile(`3?\.?[0-9]{1,2}`)
	matrix      = regexp.MustCompile(`(?m)^\s*-?\s*(?:python-versions?|python_version|python|PYTHON_VERSION)\s*:\s*(.*(?:\n\s*-\s*["']?3\.[0-9]+.*)*)`)
	image       = regexp.MustCompile(`(?m)\bimage\s*:\s*\S*python:(3\.[0-9]+)`)
	minorText   = regexp.MustCompile(`\b3\.[0-9]{1,2}\b`)
)

// testedPythons are the minors that the app is tested with, as tox and CI files
// say, and the first file that says so.
func testedPythons(fsys fs.FS) (minors []string, from string) {
	if text, ok, _ := appfile.Read(fsys, "tox.ini"); ok {
		if list := envList.FindStringSubmatch(text); list != nil {
			minors = append(minors, environments(list[1])...)
		}
	}
	if len(minors) > 0 {
		return minors, "tox.ini"
	}
	files, _ := fs.Glob(fsys, ".github/workflows/*.y*ml")
	for _, file := range append(files, ".gitlab-ci.yml", ".circleci/config.yml", ".travis.yml", "azure-pipelines.yml") {
		text, _, _ := appfile.Read(fsys, file)
		for _, re := range []*regexp.Regexp{matrix, image} {
			for _, m := range re.FindAllStringSubmatch(text, -1) {
				for _, minor := range minorText.FindAllString(m[1], -1) {
					if slices.Contains(python.Released, minor) {
						minors = append(minors, minor)
						from = first(from, file)
					}
				}
			}
		}
	}
	return minors, from
}

// environments reads tox's names: py311, py3.11, py{39,310}, py3{9,10}, 3.13.
func environments(list string) (minors []string) {
	for _, m := range environment.FindAllStringSubmatch(list, -1) {
		text, three := m[1], strings.HasPrefix(m[1], "3{")
		if text == "" {
			text = m[0]
		}
		for _, d := range digits.FindAllString(strings.TrimPrefix(text, map[bool]string{true: "3{"}[three]), -1) {
			d = strings.TrimPrefix(strings.TrimPrefix(d, "3"), ".")
			if d == "" {
				continue
			}
			if minor := "3." + d; slices.Contains(python.Released, minor) {
				minors = append(minors, minor)
			}
		}
	}
	return minors
}

func first(one, other string) string {
	if one != "" {
		return one
	}
	return other
}
