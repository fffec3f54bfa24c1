package project_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/project"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	const whole = `[build-system]
requires = ["hatchling>=1.20"]
build-backend = "hatchling.build"
[project]
name = "My_Lib"
dynamic = ["version"]
dependencies = [
  "click",
]
optional-dependencies.web = ["flask", "my-lib[json]"]
optional-dependencies.json = ["ujson"]
[dependency-groups]
json = ["not this one"]
`
	for name, tt := range map[string]struct {
		pyproject, extras    string
		requires, build      string
		files, opaque, named string
		err                  string
	}{
		"static": {pyproject: whole, named: "my-lib", requires: "libs/x/pyproject.toml:8 click",
			build: "libs/x/pyproject.toml:2 hatchling>=1.20|libs/x/pyproject.toml:0 editables"},
		"extras": {pyproject: whole, extras: "web", named: "my-lib",
			requires: "libs/x/pyproject.toml:8 click|libs/x/pyproject.toml:10 flask|libs/x/pyproject.toml:11 ujson",
			build:    "libs/x/pyproject.toml:2 hatchling>=1.20|libs/x/pyproject.toml:0 editables"},
		"no such extra": {pyproject: whole, extras: "dev", err: `no extra "dev"`},
		"no dependencies, no build system": {pyproject: "[project]\nname='x'\n", named: "x",
			build: "libs/x/pyproject.toml:0 setuptools>=40.8.0|libs/x/pyproject.toml:0 wheel"},
		"dependencies in a file": {named: "x",
			pyproject: "[project]\nname='x'\ndynamic=['dependencies']\n[tool.setuptools.dynamic]\ndependencies = {file = 'a.txt, b/c.txt'}\n",
			files:     "libs/x/a.txt libs/x/b/c.txt", build: "libs/x/pyproject.toml:0 setuptools>=40.8.0|libs/x/pyproject.toml:0 wheel"},
		"dynamic": {pyproject: "[build-system]\nrequires = []\nbuild-backend='own'\n[project]\nname='x'\ndynamic=['dependencies']\n", named: "x",
			opaque: "its dependencies are dynamic"},
		"dynamic extras": {pyproject: "[project]\nname='x'\ndynamic=['optional-dependencies']\n", extras: "a", named: "x",
			opaque: "its extras are dynamic", build: "libs/x/pyproject.toml:0 setuptools>=40.8.0|libs/x/pyproject.toml:0 wheel"},
		"dynamic extras nobody asks for": {pyproject: "[project]\nname='x'\ndynamic=['optional-dependencies']\n", named: "x",
			build: "libs/x/pyproject.toml:0 setuptools>=40.8.0|libs/x/pyproject.toml:0 wheel"},
		"another tool's table": {pyproject: "[build-system]\nrequires=['poetry-core']\nbuild-backend='poetry.core.masonry.api'\n[tool.poetry]\nname='x'\n",
			opaque: "it has no pyproject.toml with a [project] table", build: "libs/x/pyproject.toml:2 poetry-core"},
		"broken": {pyproject: "[project\n", err: "toml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own, err := project.Describe(tree("pyproject.toml", tt.pyproject), "libs/x", strings.Fields(tt.extras))
			if tt.err != "" {
				if errs.KindOf(err) != errs.Usage || (!strings.Contains(err.Error(), tt.err) && errs.PlaceOf(err) == nil) {
					t.Errorf("error %v, want %q", err, tt.err)
				}
				if place := errs.PlaceOf(err); place != nil && place.File != "libs/x/pyproject.toml" {
					t.Errorf("the place is %v", place)
				}
				return
			}
			check(t, err)
			got := [5]string{own.Name, texts(own.Requires), texts(own.Build), join(own.Files), own.Opaque}
			if diff := cmp.Diff([5]string{tt.named, tt.requires, tt.build, tt.files, tt.opaque}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	own, err := project.Describe(tree("setup.py", "setup()"), "old", nil)
	if err != nil || own.Opaque == "" || own.Name != "" || texts(own.Build) == "" {
		t.Errorf("setup.py alone: %+v, %v", own, err)
	}
}

func texts(list []closure.Strings) string {
	var all []string
	for _, s := range list {
		for _, l := range s.Lines {
			all = append(all, fmt.Sprintf("%s:%d %s", s.File, l.Line, l.Text))
		}
	}
	return strings.Join(all, "|")
}
