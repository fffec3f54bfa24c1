package source_test

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// corpus are trees without links, with rules that gcloud and git read alike and
// rules that they do not.
var corpus = []files{
	app(""),
	app("# nothing\n"),
	app(".gcloudignore\n.git*\n__pycache__/\n*.py[co]\n/build/\n"),
	app("docs/build\n"),
	app("*/gen\n"),
	app("*\n!src/\n"),
	app("*\n!*.py\n"),
	app("/*\n!/src\n"),
	app("docs/**\n!docs/keep\n"),
	app("**/gen\n**/cache/**\n"),
	app("src/**/x.py\n"),
	app("build/\n!build/keep\n!build/\n"),
	app("keep \nx.py\\ \n\\#hash\n\\!bang\n"),
	app("[a-d]*\n[!s]rc\n[^d]ocs\n"),
	app("[\n[]x\nfoo\\\n/\n//\n!\n"),
	app("*.log\n#!include:.gitignore\n!debug.log\n"),
	app("# !include:.gitignore\n"),
	app("?.py\n??\n\u00e9*\n"),
	app("gen/ \nbuild\t\n"),
	app("src\r\nbuild/\r\n"),
	without(app("*"), ".gcloudignore"),
	without(app("*"), ".gcloudignore", ".git/config"),
	without(app("*"), ".gcloudignore", ".gitignore"),
}

// app is a tree with some of everything, and the rules.
func app(rules string) files {
	return files{
		".gcloudignore": rules, ".gitignore": "*.pyc\ndebug.log\n/build\n", ".git/config": "",
		"wsgi.py": "", "x.py": "", "keep": "", "keep ": "", "x.py ": "", "#hash": "", "!bang": "", "[": "", "]x": "", "\u00e9t\u00e9": "",
		"src/x.py": "", "src/a/x.py": "", "src/a/b/x.py": "", "src/gen/y": "", "src/src/z": "", "gen/y": "", "a/gen/y": "", "aa/bb/gen/y": "",
		"docs/keep": "", "docs/build/i": "", "app/docs/build/i": "", "build/keep": "", "build/lib/x.py": "", "app/build/y": "",
		"cache/1": "", "app/cache/1": "", "app/cache/d/2": "", "debug.log": "", "app/debug.log": "", "x.pyc": "", "app/__init__.pyc": "",
	}
}

func without(tree files, names ...string) files {
	for _, n := range names {
		delete(tree, n)
	}
	return tree
}

// TestLikeGcloud asks gcloud itself what it would send.
func TestLikeGcloud(t *testing.T) {
	t.Parallel()
	gcloud, err := exec.LookPath("gcloud")
	if err != nil {
		t.Skip("no gcloud")
	}
	config := t.TempDir()
	for _, tree := range corpus {
		t.Run(strings.ReplaceAll(tree[".gcloudignore"], "\n", " "), func(t *testing.T) {
			t.Parallel()
			dir := write(t, t.TempDir(), tree)
			cmd := exec.CommandContext(t.Context(), gcloud, "meta", "list-files-for-upload", dir)
			cmd.Env = append(os.Environ(), "CLOUDSDK_CONFIG="+config, "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING=1", "CLOUDSDK_CORE_DISABLE_PROMPTS=1")
			var fault bytes.Buffer
			cmd.Stderr = &fault
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("gcloud: %v: %s", err, fault.Bytes())
			}
			want := []string{}
			if len(out) > 0 {
				want = strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
			}
			slices.Sort(want)
			if diff := cmp.Diff(want, paths(scan(t, dir))); diff != "" {
				t.Errorf("files (-gcloud +ours):\n%s", diff)
			}
		})
	}
}
