package source_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/source"
	"github.com/google/go-cmp/cmp"
)

// files is a tree on disk: a name that ends in / is a folder, a content that
// begins with -> is a link.
type files map[string]string

func write(t testing.TB, dir string, tree files) string {
	t.Helper()
	for name, content := range tree {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if strings.HasSuffix(name, "/") {
			check(t, os.MkdirAll(file, 0o777))
			continue
		}
		check(t, os.MkdirAll(filepath.Dir(file), 0o777))
		if to, ok := strings.CutPrefix(content, "->"); ok {
			check(t, os.Symlink(to, file))
			continue
		}
		check(t, os.WriteFile(file, []byte(content), 0o666))
	}
	return dir
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func scan(t testing.TB, dir string) *source.Tree {
	t.Helper()
	tree, err := source.Scan(t.Context(), dir, source.Options{})
	check(t, err)
	return tree
}

func paths(tree *source.Tree) []string {
	list := []string{}
	for _, f := range tree.Files {
		list = append(list, f.Path)
	}
	return list
}

func TestSelection(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		tree files
		want string // paths, space-separated
		note string
	}{
		{"everything without rules", files{"wsgi.py": "", "a/b.py": "", ".hidden": ""}, ".hidden a/b.py wsgi.py", ""},
		{"what no app needs without rules",
			files{"a/__pycache__/x.pyc": "", "venv/pyvenv.cfg": "", "venv/bin/python": "", "lib/.git/config": "", "a/x.py": ""},
			"a/x.py", "there is no .gcloudignore, so .git, __pycache__ and virtual environments stay out: a/__pycache__, lib/.git, venv"},
		{"git gives default rules", files{".git/config": "", "a.py": "", "__pycache__/a.pyc": "", "v/pyvenv.cfg": ""},
			"__pycache__/a.pyc a.py v/pyvenv.cfg", ""},
		{".gitignore is read when .gcloudignore is not there", files{".gitignore": "*.log\n", "a.log": "", "a.py": "", "d/b.log": ""}, "a.py", ""},
		{".gcloudignore replaces the default", files{".git/config": "", ".gitignore": "*.log", ".gcloudignore": "# nothing\n", "a.log": ""},
			".gcloudignore .git/config .gitignore a.log", ""},
		{"credentials of a CI system, whatever rules say", files{".gcloudignore": ".g*\n!gha-creds-0a1b.json", "gha-creds-0a1b.json": "{}", "d/gha-creds-1.json": "{}", "gha-creds.txt": "", "a": ""}, "a gha-creds.txt", ""},
		{"include", files{".gitignore": "*.log", ".gcloudignore": ".g*\n# !include:.gitignore\n!b.log", "a.log": "", "b.log": "", "a.py": ""}, "a.py b.log", ""},
		{"nested ignore files are files", files{".gcloudignore": "x", "d/.gcloudignore": "y", "d/.gitignore": "*", "d/y": "", "d/x": ""},
			".gcloudignore d/.gcloudignore d/.gitignore d/y", ""},
		{"a parent that is out stays out", files{".gcloudignore": "/.gcloudignore\nbuild/\n!build/keep", "build/keep": "", "a": ""}, "a", ""},
		{"folders only", files{".gcloudignore": ".gcloudignore\nx/\n", "x/a": "", "d/x": "", "e/x/a": ""}, "d/x", ""},
		{"later rules win", files{".gcloudignore": ".*\n*.py\n!a.py\n", "a.py": "", "b.py": "", "d/a.py": ""}, "a.py d/a.py", ""},
		{"line ends of Windows, and a byte order mark", files{".gcloudignore": "\ufeff.gcloudignore\r\n*.log\r\n", "a.log": "", "a": ""}, "a", ""},
		{"links to files and folders are taken as links", files{"d/f": "", "l": "->d/f", "m": "->d"}, "d/f l m", ""},
		{"a link to a folder is a folder to the rules", files{".gcloudignore": ".*\nm/", "d/f": "", "m": "->d"}, "d/f", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tree := scan(t, write(t, t.TempDir(), tt.tree))
			if diff := cmp.Diff(tt.want, strings.Join(paths(tree), " ")); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			if got := strings.Join(tree.Notes, "\n"); got != tt.note {
				t.Errorf("note %q, want %q", got, tt.note)
			}
		})
	}
}

func TestScanRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		tree files
		file string
		want string
	}{
		{"absent ignore file", files{}, "no.ignore", "reading the ignore file no.ignore: no such file or directory"},
		{"included file absent", files{".gcloudignore": "a\n#!include:b"}, "", ".gcloudignore:2: #!include:b: no such file or directory"},
		{"included file elsewhere", files{".gcloudignore": "#!include:d/b"}, "",
			".gcloudignore:1: #!include:d/b: only files in the folder of the ignore file can be included"},
		{"ignore file is a folder", files{".gcloudignore/": ""}, "", "reading .gcloudignore: is a directory"},
		{"reserved name", files{".gcpdeploy/plan.json": ""}, "",
			"the app has a .gcpdeploy of its own: that name is reserved for what gcpdeploy adds to the archive"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := source.Scan(t.Context(), write(t, t.TempDir(), tt.tree), source.Options{IgnoreFile: tt.file})
			if err == nil || err.Error() != tt.want || errs.KindOf(err) != errs.Usage || errs.HintOf(err) == "" {
				t.Errorf("Scan = %v (%v, hint %q), want %s", err, errs.KindOf(err), errs.HintOf(err), tt.want)
			}
		})
	}
}
