package source_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/source"
	"github.com/google/go-cmp/cmp"
)

func TestWhy(t *testing.T) {
	t.Parallel()
	rules := files{
		".gcloudignore": "# ours\nbuild/\n#!include:more\n!a.log\n", "more": "\n*.log\n", "a.log": "", "b.log": "", "build/x/y": "", "wsgi.py": "",
		"l": "->build", "n": "->nowhere",
	}
	git := files{".git/config": "", ".gitignore": "*.log\n", "a.log": "", "a.py": ""}
	bare := files{"venv/pyvenv.cfg": "", "venv/bin/x": "", "p/__pycache__/x": "", "a": ""}
	for _, tt := range []struct {
		tree       files
		path, want string
	}{
		{rules, "wsgi.py", "wsgi.py goes up: no rule of .gcloudignore leaves it out"},
		{rules, "./wsgi.py", "wsgi.py goes up: no rule of .gcloudignore leaves it out"},
		{rules, "a.log", "a.log goes up: .gcloudignore:4: !a.log"},
		{rules, "b.log", "b.log stays out: more:2: *.log"},
		{rules, "build/", "build stays out: .gcloudignore:2: build/"},
		{rules, "build/x/y", "build/x/y stays out: .gcloudignore:2: build/ (the folder build)"},
		{rules, "l/x", "l/x stays out: l is a symbolic link and goes up as one, without what it points to"},
		{rules, "l", "l goes up: no rule of .gcloudignore leaves it out"},
		{rules, "n", "n stays out: it is a symbolic link to nothing"},
		{git, ".git/config", ".git/config stays out: the rules for folders with git: .git (the folder .git)"},
		{git, "a.log", "a.log stays out: .gitignore:1: *.log"},
		{git, "a.py", "a.py goes up: no rule of .gitignore leaves it out"},
		{bare, "a", "a goes up: there is no .gcloudignore"},
		{bare, "venv/bin/x", "venv/bin/x stays out: venv is a virtual environment, and there is no .gcloudignore"},
		{bare, "p/__pycache__/x", "p/__pycache__/x stays out: p/__pycache__ is what Python compiled, and there is no .gcloudignore"},
	} {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			r, err := scan(t, write(t, t.TempDir(), tt.tree)).Why(tt.path)
			check(t, err)
			if diff := cmp.Diff(tt.want, r.String()); diff != "" {
				t.Errorf("Why (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhyFields(t *testing.T) {
	t.Parallel()
	dir := write(t, t.TempDir(), files{".gcloudignore": "x\nb/\n", "b/c": ""})
	got, err := scan(t, dir).Why(filepath.Join(dir, "b", "c"))
	check(t, err)
	want := source.Reason{Path: "b/c", Of: "b", File: ".gcloudignore", Line: 2, Pattern: "b/", Text: ".gcloudignore:2: b/ (the folder b)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Why (-want +got):\n%s", diff)
	}
	for _, path := range []string{"", ".", "..", "../x", "/etc", "none", "b/c/d"} {
		if _, err := scan(t, dir).Why(path); errs.KindOf(err) != errs.Usage || errs.HintOf(err) == "" {
			t.Errorf("Why(%q) = %v (%v)", path, err, errs.KindOf(err))
		}
	}
}

// The listing and the explanation never disagree.
func TestWhyAgreesWithScan(t *testing.T) {
	t.Parallel()
	for i, tree := range corpus {
		dir := write(t, t.TempDir(), tree)
		scanned := scan(t, dir)
		sent := map[string]bool{}
		for _, f := range scanned.Files {
			sent[f.Path] = true
		}
		for name := range tree {
			if name[len(name)-1] == '/' {
				continue
			}
			r, err := scanned.Why(name)
			if err != nil || r.Included != sent[name] {
				t.Errorf("tree %d: Why(%q) = %v, %v; sent: %v", i, name, r, err, sent[name])
			}
		}
	}
}

func ExampleTree_Why() {
	tree, err := source.Scan(context.Background(), "testdata/app", source.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := tree.Why("build/lib/wsgi.py")
	fmt.Println(r, err)
	// Output: build/lib/wsgi.py stays out: .gcloudignore:2: build/ (the folder build) <nil>
}
