package git_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/git"
)

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestChanged(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	at := filepath.Join(top, "repo")
	run(t, top, "init", "-q", "-b", "main", at)
	for _, name := range []string{"api/a.py", "api/old.py", "web/gone.py", "web/same.py", "é b.txt", ".gitignore"} {
		write(t, at, name, name)
	}
	write(t, at, ".gitignore", "*.log\n")
	run(t, at, "add", "-A")
	run(t, at, "commit", "-q", "-m", "one")
	write(t, at, "api/a.py", "other")
	run(t, at, "mv", "api/old.py", "api/new.py")
	run(t, at, "commit", "-qam", "two")
	if err := os.Remove(filepath.Join(at, "web", "gone.py")); err != nil {
		t.Fatal(err)
	}
	write(t, at, "é b.txt", "uncommitted")
	write(t, at, "web/untracked.py", "")
	write(t, at, "web/debug.log", "")
	r, _, err := git.Find(filepath.Join(at, "web"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Changed(t.Context(), "HEAD~1")
	if diff := cmp.Diff([]string{"api/a.py", "api/new.py", "api/old.py", "web/gone.py", "web/untracked.py", "é b.txt"}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, commit := range []string{"nope", "--output=x", ""} {
		if _, err := r.Changed(t.Context(), commit); errs.KindOf(err) != errs.Usage || !strings.Contains(err.Error(), "has no commit "+commit) {
			t.Errorf("%q: %v", commit, err)
		}
	}

	shallow := filepath.Join(top, "shallow")
	run(t, top, "clone", "-q", "--depth", "1", "file://"+at, shallow)
	if r, _, err = git.Find(shallow); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Changed(t.Context(), "HEAD~1"); errs.KindOf(err) != errs.Usage || !strings.Contains(err.Error(), "shallow clone") || !strings.Contains(errs.HintOf(err), "--unshallow") {
		t.Errorf("a shallow clone: %v", err)
	}
}
