package source

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing/format/gitignore"
	"github.com/google/go-cmp/cmp"
)

var (
	pieces = []string{
		"a", "b", "ab", "a", "b", "x.py", "*.py", "*", "?", "**", "/", "/", "/", "[ab]", "[!a]", "[^a]", "[a-c]", "[[:alpha:]]",
		"[", "[]a]", "[a-]", `\`, `\*`, `\ `, `\[`, " ", "!", "-", ".", "é", "#",
	}
	folders   = []string{"a", "b", "ab", "a/b", "b/a", "a/b/a", "c d", "[a]", "é"}
	leafNames = []string{"a", "b", "c", "ab", "x.py", ".py", "*", "-", "a ", "é", "]", "!a", "#a"}
)

func randomRules(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(3) {
		if r.IntN(4) == 0 {
			b.WriteByte('!')
		}
		for range 1 + r.IntN(5) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// gitIgnores is our reading of git's rules for a whole path.
func gitIgnores(text, name string, isDir bool) bool {
	r := &rules{}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		r.list = append(r.list, &rule{git: parseGitRule(line)})
	}
	names := strings.Split(name, "/")
	for n := 1; n <= len(names); n++ {
		if _, out := r.gitDecides(strings.Join(names[:n], "/"), isDir || n < len(names)); out {
			return true
		}
	}
	return false
}

// makePaths fills a folder and lists what is in it, folders with a / behind.
func makePaths(t *testing.T, dir string) []string {
	var list []string
	for _, d := range slices.Concat([]string{"."}, folders) {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o777); err != nil {
			t.Fatal(err)
		}
		if d != "." {
			list = append(list, d+"/")
		}
	}
	for _, d := range slices.Concat([]string{"."}, folders) {
		for _, f := range leafNames {
			name := filepath.Join(d, f)
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				continue
			}
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
				t.Fatal(err)
			}
			list = append(list, name)
		}
	}
	return list
}

// TestGitRulesLikeGit asks git itself about rules made at random.
func TestGitRulesLikeGit(t *testing.T) {
	t.Parallel()
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("no git")
	}
	rounds := 200
	if n := os.Getenv("GCPDEPLOY_SLOW"); n != "" {
		rounds = 5000
	}
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), git, "init", "-q", dir).CombinedOutput(); err != nil {
		t.Skipf("git init: %v: %s", err, out)
	}
	list := makePaths(t, dir)
	random := rand.New(rand.NewPCG(3, 1))
	for range rounds {
		text := randomRules(random)
		if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), git, "-C", dir, "-c", "core.excludesFile=/dev/null", "check-ignore", "--no-index", "-z", "--stdin")
		var in bytes.Buffer
		for _, p := range list {
			fmt.Fprintf(&in, "%s\x00", strings.TrimSuffix(p, "/")) // git looks what it is
		}
		cmd.Stdin = &in
		out, _ := cmd.Output() // 1: none is ignored
		var want, got []string
		for p := range strings.SplitSeq(string(out), "\x00") {
			if p != "" {
				want = append(want, p)
			}
		}
		for _, p := range list {
			if gitIgnores(text, strings.TrimSuffix(p, "/"), strings.HasSuffix(p, "/")) {
				got = append(got, strings.TrimSuffix(p, "/"))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q (-git +ours):\n%s", text, diff)
		}
	}
}

// FuzzRules holds three readings of a line against each other: where plain
// says that gcloud and git agree, they and go-git must, on every path.
func FuzzRules(f *testing.F) {
	for _, s := range []string{"a", "!a/", "/a*", "*.py", "a/b", "**/a", "a/**", "*", `\#a`, "[a-c]/", "a ", "#!include:x", "x\r\n!y", "é?"} {
		f.Add(s, "a/b.py")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		r := &rules{}
		if err := r.read("f", "testdata", text, false); err != nil {
			t.Fatal(err)
		}
		if name = strings.Trim(filepath.ToSlash(filepath.Clean(name)), "/"); name == "" || name == "." || strings.HasPrefix(name, "..") || len(name) > 40 {
			return
		}
		names := strings.Split(name, "/")
		for _, isDir := range []bool{false, true} {
			r.decide(names, isDir)
			r.gitDecides(name, isDir)
			for _, x := range r.list {
				ours := x.matches(names, isDir)
				if !x.plain() {
					continue
				}
				if git := x.git.matches(name, isDir); git != ours {
					t.Errorf("%q on %q (folder %v): gcloud %v, git %v", x.text, name, isDir, ours, git)
				}
				// go-git also matches what is below a folder that matches.
				below := false
				for n := 1; n < len(names); n++ {
					below = below || x.matches(names[:n], true)
				}
				theirs := gitignore.ParsePattern(x.text, nil).Match(names, isDir) != gitignore.NoMatch
				if theirs != (ours || below) {
					t.Errorf("%q on %q (folder %v): go-git %v, ours %v", x.text, name, isDir, theirs, ours)
				}
			}
		}
	})
}
