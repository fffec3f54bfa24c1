package closure_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
)

func depends(file string, texts ...string) (all []closure.Strings) {
	for i, text := range texts {
		all = append(all, closure.Strings{File: file, Lines: []closure.Located{{Text: text, Line: i + 1}}})
	}
	return all
}

// projects are folders a, b and c with what they say of themselves.
var projects = map[string]closure.Project{
	".":   {Name: "app", Requires: depends("pyproject.toml", "flask>=3", "B[x]", "six; python_version < '3'"), Build: depends("pyproject.toml", "setuptools>=64", "wheel")},
	"b":   {Name: "b", Requires: depends("b/pyproject.toml", "click", "flask<4"), Build: depends("b/pyproject.toml", "hatchling", "wheel")},
	"c":   {Name: "c", Opaque: "its dependencies are dynamic", Build: depends("c/pyproject.toml", "setuptools")},
	"d":   {Name: "d", Files: []string{"d/needs.txt"}},
	"one": {Name: "one", Requires: depends("one/pyproject.toml", "two @ file:./two ; python_version > '3'")},
	"two": {Name: "two", Requires: depends("two/pyproject.toml", "one @ file:./one ; sys_platform == 'linux'")},
}

// optional are the dependencies of extras.
var optional = map[string][]closure.Strings{"x": depends("b/pyproject.toml", "tomli")}

func own(t *testing.T, text string) (*closure.Closure, error) {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{"requirements.txt": text, "d/needs.txt": "attrs==24.2.0\n", "pyproject.toml": ""}
	for name := range projects {
		files[filepath.Join(name, "pyproject.toml")] = ""
	}
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return closure.LoadAll(dir, closure.Sources{
		Files: []string{"requirements.txt"},
		Project: func(name string, extras []string) (closure.Project, error) {
			if len(extras) > 0 && extras[0] == "none" {
				return closure.Project{}, errs.New(errs.Usage, "Correct the name.", "there is no extra none")
			}
			p := projects[name]
			for _, extra := range extras {
				p.Requires = append(slices.Clone(p.Requires), optional[extra]...)
			}
			return p, nil
		},
	}, nil)
}

func TestOwn(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ text, want, constraints, install, locals string }{
		"dependencies stand for a project": {text: "-e .\ngunicorn==23.0.0\n",
			want: "b[x]\nflask>=3.0\ngunicorn==23.0\nsix ; python_version < \"3\"\n", install: "-e /app"},
		"a project does not come from an index": {text: "./b\n-e .\nb==1\n",
			want: "click\nflask<4.0\nflask>=3.0\nsix ; python_version < \"3\"\ntomli\n", install: "-e /app|/app/b"},
		"a marker holds for the dependencies": {text: "./b ; python_version < '3.9'\n",
			want:    "click ; python_version < \"3.9\"\nflask<4.0 ; python_version < \"3.9\"\n",
			install: `/app/b ; python_version < "3.9"`},
		"named, and named again": {text: "b @ file:./b ; os_name == 'nt'\n-e ./b --config-settings=k=v\n",
			want:    "click ; os_name == \"nt\"\nclick\nflask<4.0 ; os_name == \"nt\"\nflask<4.0\n",
			install: "-e /app/b --config-settings=k=v"},
		"only the build backend knows": {text: "-e ./c\n", want: "./src/c\n", install: "-e /app/c", locals: "c"},
		"a file of dependencies":       {text: "./d\n", want: "attrs==24.2\n", install: "/app/d"},
		"a constraint is no project":   {text: "flask\n-c limits.txt\n", want: "flask\n", constraints: "file:src/c#egg=c\n", locals: "c"},
		"hashes are asked of what is installed": {text: "./b\nflask==3.0.3 --hash=sha256:" + strings.Repeat("a", 64) + "\n",
			want:        "--require-hashes\nclick\nflask==3.0.3 --hash=sha256:" + strings.Repeat("a", 64) + "\n",
			constraints: "flask<4.0\n", install: "/app/b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := tt.text
			if strings.Contains(text, "limits.txt") {
				limits := filepath.Join(t.TempDir(), "limits.txt")
				if err := os.WriteFile(limits, []byte("c @ file:./c\n"), 0o666); err != nil {
					t.Fatal(err)
				}
				text = strings.ReplaceAll(text, "limits.txt", limits)
			}
			c, err := own(t, text)
			if err != nil {
				t.Fatal(err)
			}
			got, limits := c.Canonical()
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("requirements (-want +got):\n%s", diff)
			}
			if tt.constraints != "" && string(limits) != tt.constraints {
				t.Errorf("constraints are %q, want %q", limits, tt.constraints)
			}
			var lines []string
			for _, o := range c.Own {
				lines = append(lines, o.Install("/app"))
			}
			if got := strings.Join(lines, "|"); got != tt.install {
				t.Errorf("installs %q, want %q", got, tt.install)
			}
			if got := strings.Join(c.Locals, " "); got != tt.locals {
				t.Errorf("the wheels are made of %q, want %q", got, tt.locals)
			}
		})
	}
}

func TestOwnBuild(t *testing.T) {
	t.Parallel()
	c, err := own(t, "--index-url https://a.example/simple/\n-e .\n./b ; python_version < '4'\nflask --hash=sha256:"+strings.Repeat("a", 64)+"\n")
	if err != nil {
		t.Fatal(err)
	}
	want := "--index-url https://a.example/simple\nhatchling ; python_version < \"4\"\nsetuptools>=64.0\nwheel\nwheel ; python_version < \"4\"\n"
	build, _ := c.Build(c.Own).Canonical()
	if diff := cmp.Diff(want, string(build)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	tests, err := own(t, "./d\n-e ./b\n")
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, o := range closure.MergeOwn(c, nil, tests) {
		paths = append(paths, o.Install("/app"))
	}
	if diff := cmp.Diff([]string{"-e /app", "-e /app/b", "/app/d"}, paths); diff != "" {
		t.Errorf("of two closures (-want +got):\n%s", diff)
	}
}

func TestOwnFaults(t *testing.T) {
	t.Parallel()
	_, err := own(t, "flask\n./b[none]\n")
	if place := errs.PlaceOf(err); errs.KindOf(err) != errs.Usage || place == nil || place.String() != "requirements.txt:2" || errs.HintOf(err) == "" {
		t.Errorf("an extra that is not there: %v at %v", err, errs.PlaceOf(err))
	}
	c, err := own(t, "-e ./c\n")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0].Message, "c: its dependencies are dynamic") {
		t.Errorf("warnings: %v", c.Warnings)
	}
	if _, err := own(t, "./one\n"); err == nil || !strings.Contains(err.Error(), "circle") {
		t.Errorf("two projects that need each other under markers: %v", err)
	}
	if errors.Is(err, os.ErrNotExist) {
		t.Error("a file is missing")
	}
}
