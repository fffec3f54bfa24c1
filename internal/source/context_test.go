package source_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/source"
)

// TestContext: Docker's rules are no gitignore's: they begin at the top, the last one
// that matches decides, and one may bring back what lies in a folder that is out.
func TestContext(t *testing.T) {
	t.Parallel()
	dir := write(t, t.TempDir(), files{
		"a.py": "", "a.md": "", "sub/b.py": "", "sub/b.md": "", "sub/deep/c.md": "", "out/d.py": "", "out/in/e.py": "", "empty/": "", "broken": "->/nowhere", ".git/config": "",
	})
	for name, tt := range map[string]struct {
		rules string
		want  []string
	}{
		"none":             {"", []string{".git/config", "a.md", "a.py", "broken", "out/d.py", "out/in/e.py", "sub/b.md", "sub/b.py", "sub/deep/c.md", "empty/"}},
		"from the top":     {"*.md\n.git\nout", []string{"a.py", "broken", "sub/b.md", "sub/b.py", "sub/deep/c.md", "empty/"}},
		"everywhere":       {"**/*.md\n.git\nout\n/empty/", []string{"a.py", "broken", "sub/b.py"}},
		"brought back":     {"out\n!out/in\n.git\nsub\nempty", []string{"a.md", "a.py", "broken", "out/in/e.py"}},
		"the last decides": {"!a.md\n*\n!sub/*.py\nsub/b.py\n!sub/deep/c.md", []string{"sub/deep/c.md"}},
		"all of it":        {"**", nil},
		"remarks":          {"# a.md\n\n  a.md  \n.git\nout\nsub\nempty\nbroken", []string{"a.py"}},
	} {
		tree, err := source.Context(t.Context(), dir, []byte(tt.rules))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		folders := map[string]bool{}
		for _, l := range layer(t, tree) {
			at, _, _ := strings.Cut(strings.TrimPrefix(l, "app/"), " ")
			if strings.HasSuffix(at, "/") {
				folders[at] = true
			} else if at != "" {
				got = append(got, at)
			}
		}
		if folders["empty/"] {
			got = append(got, "empty/")
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
		if kept := strings.Contains(strings.Join(got, " "), "out/in"); folders["out/"] != kept {
			t.Errorf("%s: the folder above what is kept: %v", name, folders)
		}
	}
	if _, err := source.Context(t.Context(), dir, []byte("a[")); err == nil {
		t.Error("a rule without an end is taken")
	}
}

// layer is a line for each entry of the tree's layer.
func layer(t *testing.T, tree *source.Tree) (lines []string) {
	t.Helper()
	var b bytes.Buffer
	check(t, tree.WriteLayer(t.Context(), &b, "app", 10001))
	for r := tar.NewReader(&b); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return lines
		}
		check(t, err)
		text, err := io.ReadAll(r)
		check(t, err)
		lines = append(lines, fmt.Sprintf("%s %o %d:%d %s%s%s", h.Name, h.Mode, h.Uid, h.Gid, h.Uname+h.Gname, text, h.Linkname))
	}
}

func TestLayer(t *testing.T) {
	t.Parallel()
	dir := write(t, t.TempDir(), files{"b.py": "b", "a/run": "a", "l": "->b.py"})
	check(t, os.Chmod(filepath.Join(dir, "a/run"), 0o700))
	check(t, os.Chmod(filepath.Join(dir, "b.py"), 0o600))
	tree, err := source.Context(t.Context(), dir, nil)
	check(t, err)
	tree.Keep("x/y")
	tree.Keep("a")
	want := []string{
		"app/ 755 10001:10001 ", "app/a/ 755 10001:10001 ", "app/a/run 755 10001:10001 a", "app/b.py 644 10001:10001 b", "app/l 777 10001:10001 b.py",
		"app/x/ 755 10001:10001 ", "app/x/y/ 755 10001:10001 ",
	}
	if d := cmp.Diff(want, layer(t, tree)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}

	// In a layer such a name would remove what lies below.
	write(t, dir, files{"a/.wh.b.py": ""})
	tree, err = source.Context(t.Context(), dir, nil)
	check(t, err)
	if err := tree.WriteLayer(t.Context(), io.Discard, "app", 0); errs.KindOf(err) != errs.Usage || !strings.Contains(err.Error(), "a/.wh.b.py") {
		t.Errorf("%v", err)
	}

	// What changes while it is read is no layer.
	check(t, os.WriteFile(filepath.Join(dir, "b.py"), []byte("c"), 0o600))
	check(t, os.Remove(filepath.Join(dir, "a/.wh.b.py")))
	if err := tree.WriteLayer(t.Context(), io.Discard, "app", 0); err == nil {
		t.Error("another content than was hashed is taken")
	}
}
