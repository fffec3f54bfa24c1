package source_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/source"
)

// monorepo has two apps, a library that one of them needs, and rules in each folder.
func monorepo(more ...string) files {
	tree := files{
		".gitignore": "*.log\n/packages/lib/big/\nlib/\n", "packages/.gitignore": "*.tmp\n",
		"packages/api/.gitignore": "*.py\n!main.py\n!keep.log\n", "packages/api/main.py": "", "packages/api/a.py": "", "packages/api/a.log": "",
		"packages/api/keep.log": "", "packages/api/a.tmp": "", "packages/api/sub/b.tmp": "",
		"packages/lib/lib.py": "", "packages/lib/big/x": "", "packages/lib/a.log": "", "packages/lib/__pycache__/x.pyc": "",
		"packages/other/x.py": "", "README": "", "wheels/a-1-py3-none-any.whl": "", "wheels/b.whl": "",
	}
	for i := 0; i+1 < len(more); i += 2 {
		tree[more[i]] = more[i+1]
	}
	return tree
}

func parts(t *testing.T, dir string, o source.Options) *source.Tree {
	t.Helper()
	tree, err := source.Scan(t.Context(), filepath.Join(dir, "packages/api"), o)
	check(t, err)
	return tree
}

func TestMonorepoParts(t *testing.T) {
	t.Parallel()
	dir := write(t, t.TempDir(), monorepo())
	for _, tt := range []struct {
		name string
		o    source.Options
		at   string
		want string
	}{
		{"a sibling, and no rules above", source.Options{Also: []string{"../lib"}}, "api",
			"api/a.log api/keep.log api/main.py lib/__pycache__/x.pyc lib/a.log lib/big/x lib/lib.py"},
		{"the rules of all folders from the top", source.Options{Also: []string{"../lib"}, Top: "../.."}, "api",
			"api/keep.log api/main.py lib/__pycache__/x.pyc lib/lib.py"},
		{"one file, farther away", source.Options{Also: []string{"../lib", "../../wheels/a-1-py3-none-any.whl"}}, "packages/api",
			"packages/api/keep.log packages/api/main.py packages/lib/__pycache__/x.pyc packages/lib/lib.py wheels/a-1-py3-none-any.whl"},
		{"a folder that holds the app", source.Options{Also: []string{".."}}, "api",
			"api/a.log api/keep.log api/main.py lib/__pycache__/x.pyc lib/a.log lib/big/x lib/lib.py other/x.py"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tree := parts(t, dir, tt.o)
			if got := strings.Join(paths(tree), " "); got != tt.want || tree.At != tt.at {
				t.Errorf("at %q:\n%s\nwant at %q:\n%s", tree.At, got, tt.at, tt.want)
			}
		})
	}
}

func TestMonorepoRepository(t *testing.T) {
	t.Parallel()
	dir := write(t, t.TempDir(), monorepo(".git/config", ""))
	tree := parts(t, dir, source.Options{Also: []string{"../lib"}})
	if got := strings.Join(paths(tree), " "); strings.Contains(got, "big") || strings.Contains(got, "a.log") || !strings.Contains(got, "lib/lib.py") {
		t.Errorf("the repository's rules do not hold: %s", got)
	}
	again := parts(t, write(t, t.TempDir(), monorepo(".git/config", "", "packages/other/x.py", "changed", "packages/other/y.py", "new", "README", "other")),
		source.Options{Also: []string{"../lib"}})
	if tree.Hash() != again.Hash() {
		t.Error("what is not needed changes the hash")
	}
	again = parts(t, write(t, t.TempDir(), monorepo(".git/config", "", "packages/lib/lib.py", "changed")), source.Options{Also: []string{"../lib"}})
	if tree.Hash() == again.Hash() {
		t.Error("what is needed does not change the hash")
	}
}

// TestMonorepoLinkedApp: the app's folder may be named by a link to it.
func TestMonorepoLinkedApp(t *testing.T) {
	t.Parallel()
	dir := write(t, t.TempDir(), monorepo("packages/current", "->api"))
	tree, err := source.Scan(t.Context(), filepath.Join(dir, "packages/current"), source.Options{Also: []string{"../lib"}})
	check(t, err)
	if f, ok := tree.Find("current/main.py"); !ok {
		t.Errorf("not sent: %v %q", f, paths(tree))
	}
}

func TestMonorepoWhy(t *testing.T) {
	t.Parallel()
	dir := write(t, t.TempDir(), monorepo("packages/api/l", "->../other", "packages/api/m", "->../lib", "packages/lib/.env", "A=1"))
	tree := parts(t, dir, source.Options{Also: []string{"../lib"}, Top: "../.."})
	for name, want := range map[string]string{
		"main.py":            "api/main.py goes up: api/.gitignore:2: !main.py",
		"api/a.py":           "api/a.py stays out: api/.gitignore:1: *.py",
		"a.log":              "api/a.log stays out: ../.gitignore:1: *.log",
		"../lib/lib.py":      "lib/lib.py goes up: no rule of its folders leaves it out",
		"../lib/big/x":       "lib/big/x stays out: ../.gitignore:2: /packages/lib/big/ (the folder lib/big)",
		"../lib":             "lib goes up: no rule of its folders leaves it out",
		"../other/x.py":      "other/x.py stays out: it is in no folder that the app needs",
		"../../packages/lib": "lib goes up: no rule of its folders leaves it out",
	} {
		r, err := tree.Why(name)
		if err != nil || r.String() != want {
			t.Errorf("Why(%s) = %v, %v, want %s", name, r, err, want)
		}
	}
	got := strings.Join(tree.Warnings, "\n")
	for _, want := range []string{"api/l is a symbolic link to ../other, outside the app's folder", "lib/.env goes up and looks like a credential (environment variables); leave it out with a line `/.env` in lib/.gcloudignore"} {
		if !strings.Contains(got, want) || strings.Contains(got, "api/m") {
			t.Errorf("warnings:\n%s\nwant %s", got, want)
		}
	}
}
