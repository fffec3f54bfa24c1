package project_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/project"
)

const pyproject = `[project]
name = "My.App"
dependencies = [
    "flask>=3",  # the web
    # "old",
    'numpy==2.0 ; python_version < "3.13"',
]
optional-dependencies.web = ["gunicorn"]
optional-dependencies.all = ["my-app[web,Db]", "x"]

[project.optional-dependencies]
db = [
  "psycopg",
]

[dependency-groups]
Test_All = [
  {include-group = "base"},
  "pytest",
]
base = ["httpx"]
loop = [{include-group = "LOOP"}]
odd = [{what = "base"}]
`

func TestDependencies(t *testing.T) {
	t.Parallel()
	// The two dotted lines stand before the table in TOML's order of things, so take them apart.
	text := strings.Replace(pyproject, "optional-dependencies.web = [\"gunicorn\"]\noptional-dependencies.all = [\"my-app[web,Db]\", \"x\"]\n", "\n\n", 1)
	text = strings.Replace(text, "db = [", "web = [\"gunicorn\"]\nall = [\"my-app[web,Db]\", \"x\"]\ndb = [", 1)
	fsys := tree("pyproject.toml", text)
	const file = "pyproject.toml"
	for name, want := range map[string][]closure.Located{
		file:                {{Text: "flask>=3", Line: 4}, {Text: `numpy==2.0 ; python_version < "3.13"`, Line: 6}},
		file + "[web]":      {{Text: "gunicorn", Line: 12}},
		file + "[All]":      {{Text: "gunicorn", Line: 12}, {Text: "psycopg", Line: 15}, {Text: "x", Line: 13}},
		file + "[testall]":  nil,
		file + "[test-all]": {{Text: "httpx", Line: 23}, {Text: "pytest", Line: 21}},
	} {
		got, ok, err := project.Dependencies(fsys, name)
		if want == nil {
			fault(t, err, "no dependency group or extra")
			continue
		}
		check(t, err)
		if diff := cmp.Diff(closure.Strings{File: file, Lines: want}, got); diff != "" || !ok {
			t.Errorf("Dependencies(%s), %v (-want +got):\n%s", name, ok, diff)
		}
	}
	for name, want := range map[string]string{file + "[loop]": "includes itself", file + "[odd]": "pyproject.toml:25", file + "[]": "no dependency group"} {
		_, ok, err := project.Dependencies(fsys, name)
		if fault(t, err, want); !ok {
			t.Errorf("Dependencies(%s) is not ok", name)
		}
	}
	for _, name := range []string{"requirements.txt", "pyproject.toml.txt", "pyproject.toml[x", "x/pyproject.toml"} {
		if _, ok, err := project.Dependencies(fsys, name); ok || err != nil {
			t.Errorf("Dependencies(%s) = %v, %v", name, ok, err)
		}
	}
	_, _, err := project.Dependencies(tree(), file)
	fault(t, err, "there is no pyproject.toml")
}
