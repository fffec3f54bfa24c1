package git_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/git"
)

// repo makes a repository with a commit of some files.
func repo(t *testing.T, files map[string]string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run(t, dir, "init", "-q", "-b", "main")
	commit(t, dir)
	return dir
}

func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
	c.Dir, c.Env = dir, append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func commit(t *testing.T, dir string) string {
	t.Helper()
	run(t, dir, "add", "--all")
	run(t, dir, "commit", "-q", "--allow-empty", "-m", "a change")
	return run(t, dir, "rev-parse", "HEAD")
}

func TestRepository(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dir := repo(t, map[string]string{"a/b c.txt": "one", "ümläut": "x"})
	first := run(t, dir, "rev-parse", "HEAD")
	if err := os.Rename(filepath.Join(dir, "a/b c.txt"), filepath.Join(dir, "moved")); err != nil {
		t.Fatal(err)
	}
	second := commit(t, dir)
	run(t, dir, "tag", "-a", "v1", "-m", "v1", first)
	run(t, dir, "branch", "v1", second) // of the same name as the tag
	r, err := git.Open(ctx, filepath.Join(dir, ".git"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"main": second, "refs/heads/main": second, "refs/tags/v1": first, "v1": second, "HEAD": second, first: first, first[:8]: first} {
		if got, err := r.Commit(ctx, name); got != want || err != nil {
			t.Errorf("%s: %s, %v; want %s", name, got, err, want)
		}
	}
	for _, name := range []string{"", "none", "--all", "-x", "main~1", "@{-1}", "HEAD^", strings.Repeat("1", 40), "refs/heads/", "a:b", "refs/heads/main\n"} {
		if got, err := r.Commit(ctx, name); !errors.Is(err, git.ErrNoCommit) {
			t.Errorf("%q is %q, %v", name, got, err)
		}
	}
	if data, err := r.File(ctx, first, "a/b c.txt"); string(data) != "one" || err != nil {
		t.Errorf("%q, %v", data, err)
	}
	for _, name := range []string{"a", "none", "", "../a", "/etc/passwd", "a/b c.txt\n"} {
		if data, err := r.File(ctx, first, name); !errors.Is(err, git.ErrNoFile) {
			t.Errorf("%q has %q, %v", name, data, err)
		}
	}
	changed, err := r.Changed(ctx, first, second)
	if err != nil || !slices.Equal(changed, []string{"a/b c.txt", "moved"}) {
		t.Errorf("changed %q, %v", changed, err)
	}
	files, err := r.Files(ctx, first)
	if err != nil || !slices.Equal(files, []string{"a/b c.txt", "ümläut"}) {
		t.Errorf("files %q, %v", files, err)
	}
	refs, err := r.Refs(ctx)
	if err != nil || refs["refs/tags/v1"] != first || refs["refs/heads/v1"] != second || len(refs) != 3 {
		t.Errorf("refs %v, %v", refs, err)
	}
	if _, err := git.Open(ctx, t.TempDir()); !errors.Is(err, git.ErrNoRepository) {
		t.Errorf("an empty folder: %v", err)
	}
}

// TestNothingIsRun: what a repository's own config, attributes and hooks name is not
// run, neither where it is read nor in the clone.
func TestNothingIsRun(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	mark := filepath.Join(t.TempDir(), "ran")
	evil := "touch " + mark + "; cat"
	dir := repo(t, map[string]string{"x": "text", ".gitattributes": "* filter=evil diff=evil\n", "hooks/post-checkout": "#!/bin/sh\n" + evil + "\n"})
	first := run(t, dir, "rev-parse", "HEAD")
	for _, key := range []string{"core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "filter.evil.smudge", "filter.evil.clean", "filter.evil.process", "diff.evil.command", "diff.evil.textconv",
		"diff.external", "uploadpack.packObjectsHook", "core.alternateRefsCommand", "core.gitProxy", "gpg.program", "credential.helper", "ssh.variant"} {
		value := evil
		if key == "credential.helper" {
			value = "!" + evil
		}
		run(t, dir, "config", key, value)
	}
	run(t, dir, "config", "core.hooksPath", filepath.Join(dir, "hooks"))
	run(t, dir, "config", "log.showSignature", "true")
	if err := os.Chmod(filepath.Join(dir, "hooks/post-checkout"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, hook := range []string{"post-checkout", "pre-auto-gc", "reference-transaction", "post-index-change", "update"} {
		if err := os.WriteFile(filepath.Join(dir, ".git/hooks", hook), []byte("#!/bin/sh\n"+evil+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r, err := git.Open(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	into := t.TempDir()
	var log bytes.Buffer
	if err := r.Clone(ctx, first, "https://github.com/ada/shop.git", into, &log); err != nil {
		t.Fatal(err)
	}
	_, _ = r.File(ctx, first, "x")
	_, _ = r.Changed(ctx, first, first)
	_, _ = r.Files(ctx, first)
	_, _ = r.Refs(ctx)
	_, _ = r.Branch(ctx)
	_ = r.Origin(ctx)
	_ = r.Subject(ctx, first)
	_ = r.Fork(ctx, first, first)
	if _, err := os.Stat(mark); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was run: %v", err)
	}
	if data, err := os.ReadFile(filepath.Join(into, "x")); string(data) != "text" || err != nil {
		t.Errorf("clone: %q, %v", data, err)
	}
	if got := run(t, into, "config", "remote.origin.url"); got != "https://github.com/ada/shop.git" {
		t.Errorf("its origin: %s", got)
	}
	if got := run(t, into, "rev-list", "--count", "HEAD"); got != "1" {
		t.Errorf("its history: %s commits", got)
	}
	if want := "HEAD is now at " + first[:7] + " a change"; !strings.Contains(log.String(), want) {
		t.Errorf("log: %s", log.String())
	}
	if err := r.Clone(ctx, "--upload-pack=x", "u", t.TempDir(), &log); !errors.Is(err, git.ErrNoCommit) {
		t.Errorf("an option for a commit: %v", err)
	}
}

func TestWithoutGit(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := git.Open(context.Background(), t.TempDir()); !errors.Is(err, git.ErrNoGit) {
		t.Errorf("got %v", err)
	}
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://github.com/ada/shop":                  "https://github.com/ada/shop.git",
		"https://user:hush@GitHub.com/ada/shop.git/":   "https://github.com/ada/shop.git",
		"git@github.com:ada/shop.git":                  "https://github.com/ada/shop.git",
		"ssh://git@github.com:22/ada/shop":             "https://github.com/ada/shop.git",
		"git@gitlab.example.com:group/sub/project.git": "https://gitlab.example.com/group/sub/project.git",
		"file:///srv/git/shop.git":                     "file:///srv/git/shop.git",
		"https://github.com/ada/shop.git?x=1#fragment": "https://github.com/ada/shop.git",
		"":                         "",
		"shop":                     "",
		"/srv/git/shop":            "",
		"https://github.com":       "",
		"ext::sh -c touch% x":      "",
		"https://github.com/a\n/b": "",
		"https://github.com/ada/../../etc/passwd": "https://github.com/etc/passwd.git",
		"--upload-pack=x":                         "",
	} {
		got, err := git.Canonical(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("a password is shown: %v", err)
		}
	}
	if _, err := git.Canonical("weird://user:hush@host/x"); err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("a password is shown: %v", err)
	}
	if full, name := git.FullName("https://gitlab.example.com/group/sub/project.git"), git.Name("https://gitlab.example.com/group/sub/project.git"); full != "group/sub/project" || name != "project" {
		t.Errorf("%s, %s", full, name)
	}
}

func TestStore(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dir, state := repo(t, map[string]string{"x": "1"}), t.TempDir()
	open := func() *git.Store {
		s, err := git.NewStore(state, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	const remote = "https://github.com/ada/shop.git"
	if _, err := s.Find(ctx, remote); !errors.Is(err, git.ErrNoRepository) || s.Known(remote) {
		t.Errorf("none yet: %v", err)
	}
	_, isNew, err := s.Tie(ctx, remote, dir)
	if err != nil || !isNew || s.Last(remote, "refs/heads/main") != run(t, dir, "rev-parse", "main") {
		t.Errorf("tied: %v, %v, %s", isNew, err, s.Last(remote, "refs/heads/main"))
	}
	if err := errors.Join(s.Pushed(remote, "refs/heads/x", "1"), s.Pushed(remote, "refs/heads/y", "1"), s.Pushed(remote, "refs/heads/y", "")); err != nil {
		t.Fatal(err)
	}
	s = open()
	if _, isNew, err = s.Tie(ctx, remote, dir); err != nil || isNew {
		t.Errorf("tied again: %v, %v", isNew, err)
	}
	if x, y := s.Last(remote, "refs/heads/x"), s.Last(remote, "refs/heads/y"); x != "1" || y != "" || !s.Known(remote) || s.Folder(remote) != dir {
		t.Errorf("after a restart: %q, %q", x, y)
	}
	if _, _, err := s.Tie(ctx, remote, t.TempDir()); !errors.Is(err, git.ErrNoRepository) || s.Folder(remote) != dir {
		t.Errorf("to no repository: %v", err)
	}
}
