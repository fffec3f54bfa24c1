package git_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/git"
)

// run runs git itself, who decides how its files look.
func run(t *testing.T, dir string, args ...string) {
	t.Helper()
	program, err := exec.LookPath("git")
	if err != nil {
		t.Skip("there is no git")
	}
	c := exec.CommandContext(t.Context(), program, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b.c", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b.c")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	origin, clone, tree := filepath.Join(top, "origin"), filepath.Join(top, "clone"), filepath.Join(top, "tree")
	run(t, top, "init", "-q", "-b", "trunk", origin)
	run(t, origin, "commit", "-q", "--allow-empty", "-m", "one")
	run(t, top, "clone", "-q", origin, clone)
	run(t, clone, "worktree", "add", "-q", "-b", "feature/x", tree)
	run(t, clone, "config", "remote.origin.url", "gh:Owner/Name.git")
	run(t, clone, "config", "--add", "remote.origin.url", "second")
	run(t, clone, "config", "url.git@github.com:.insteadOf", "gh:")
	sub := filepath.Join(tree, "apps", "a")
	if err := os.MkdirAll(sub, 0o700); err != nil {
		t.Fatal(err)
	}
	for folder, want := range map[string]string{clone: "trunk", sub: "feature/x"} {
		r, ok, err := git.Find(folder)
		if err != nil || !ok {
			t.Fatalf("Find(%s): %v, %v", folder, ok, err)
		}
		at, ok, err := r.Remote("origin")
		if err != nil || !ok || at != "git@github.com:Owner/Name.git" {
			t.Errorf("%s: its remote is %q, %v, %v", folder, at, ok, err)
		}
		if r.Branch() != want || r.Default("origin") != "trunk" {
			t.Errorf("%s: branch %q, default %q", folder, r.Branch(), r.Default("origin"))
		}
		if _, ok, err := r.Remote("upstream"); ok || err != nil {
			t.Errorf("%s: a remote that is not there: %v, %v", folder, ok, err)
		}
	}
	if r, _, _ := git.Find(sub); r.Root != tree {
		t.Errorf("the top of a work tree is %s", r.Root)
	}
	r, _, _ := git.Find(origin)
	if r.Default("origin") != "" {
		t.Errorf("who was not cloned has a default branch %q", r.Default("origin"))
	}
	run(t, clone, "checkout", "-q", "--detach")
	if r, _, _ := git.Find(clone); r.Branch() != "" {
		t.Errorf("no branch is checked out, and it is %q", r.Branch())
	}
}

func TestFindNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, ok, err := git.Find(dir); ok || err != nil {
		t.Errorf("a folder without a repository: %v, %v", ok, err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".git"), []byte("what?\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := git.Find(dir); errs.KindOf(err) != errs.Usage || errs.PlaceOf(err) == nil {
		t.Errorf("a .git of somebody's: %v", err)
	}
}

func TestPlaceOf(t *testing.T) {
	t.Parallel()
	same := git.Place{Host: "github.com", Path: "Owner/name"}
	for _, at := range []string{
		"https://github.com/Owner/name.git", "https://github.com/owner/name", "https://u:p@GitHub.com/Owner/name.git/", "git@github.com:owner/name.git",
		"ssh://git@github.com:22/Owner/name.git", "github.com:Owner/name",
	} {
		if p, ok := git.PlaceOf(at); !ok || !p.Same(same) {
			t.Errorf("PlaceOf(%q) = %v, %v", at, p, ok)
		}
	}
	for _, at := range []string{"", "name", "../other", "https://github.com", "C:"} {
		if p, ok := git.PlaceOf(at); ok {
			t.Errorf("PlaceOf(%q) = %v", at, p)
		}
	}
	if p, ok := git.PlaceOf("file:///srv/o/n.git"); !ok || p.URL() != "file:///srv/o/n" || p.Host != "" {
		t.Errorf("a folder: %v, %v", p, ok)
	}
	p, _ := git.PlaceOf("git@gitlab.com:group/sub/n.git")
	if p.URL() != "https://gitlab.com/group/sub/n.git" || p.Owner() != "group/sub" || p.Name() != "n" {
		t.Errorf("%v is %s of %s at %s", p, p.Name(), p.Owner(), p.URL())
	}
	if (git.Place{Path: "/a"}).Same(git.Place{Path: "/A"}) {
		t.Error("folders are told apart by case")
	}
}
