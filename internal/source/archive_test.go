package source_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/source"
	"github.com/google/go-cmp/cmp"
)

var ours = map[string][]byte{".gcpdeploy/plan.json": []byte("{}"), ".gcpdeploy/wheels/src/a.txt": []byte("a")}

func archive(t testing.TB, tree *source.Tree, extra map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	check(t, tree.WriteArchive(t.Context(), &b, extra))
	return b.Bytes()
}

// list reads an archive: one line an entry.
func list(t *testing.T, data []byte) (lines []string) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(data))
	check(t, err)
	in := tar.NewReader(z)
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return lines
		}
		check(t, err)
		content, err := io.ReadAll(in)
		check(t, err)
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.ModTime.Year() < 1980 || h.ModTime.Year() > 2014 {
			t.Errorf("%s: owner %d:%d %q, time %v", h.Name, h.Uid, h.Gid, h.Uname, h.ModTime)
		}
		if h.Size > 100 {
			content = fmt.Appendf(nil, "%d bytes", h.Size)
		}
		lines = append(lines, fmt.Sprintf("%c %o %s %s%s", h.Typeflag, h.Mode, h.Name, h.Linkname, content))
	}
}

func TestArchive(t *testing.T) {
	t.Parallel()
	dir := write(t, t.TempDir(), files{"a.py": "x", "run.sh": "#!", "d/e/": "", "d/l": "->../a.py", "a-b": "", "a/z": "", "big": strings.Repeat("0123456789", 100_000),
		strings.Repeat("long/", 30) + "é": "n"})
	check(t, os.Chmod(filepath.Join(dir, "run.sh"), 0o700))
	want := []string{
		"5 755 .gcpdeploy/ ", "0 644 .gcpdeploy/plan.json {}", "5 755 .gcpdeploy/wheels/ ", "5 755 .gcpdeploy/wheels/src/ ", "0 644 .gcpdeploy/wheels/src/a.txt a",
		"5 755 a/ ", "0 644 a-b ", "0 644 a.py x", "0 644 a/z ", "0 644 big 1000000 bytes", "5 755 d/ ", "5 755 d/e/ ", "2 777 d/l ../a.py",
	}
	for n := 1; n <= 30; n++ {
		want = append(want, "5 755 "+strings.Repeat("long/", n)+" ")
	}
	want = append(want, "0 644 "+strings.Repeat("long/", 30)+"é n", "0 755 run.sh #!")
	if diff := cmp.Diff(want, list(t, archive(t, scan(t, dir), ours))); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

// Docker tells a changed file of a build's context by size, mode and time: what
// changes and keeps its size must change its time, in our own files too.
func TestTimeFollowsContent(t *testing.T) {
	t.Parallel()
	times := func(app, pins string) map[string]time.Time {
		tree := scan(t, write(t, t.TempDir(), files{"a.py": app, "same.py": "1"}))
		z, err := gzip.NewReader(bytes.NewReader(archive(t, tree, map[string][]byte{".gcpdeploy/wheels/requirements.txt": []byte(pins)})))
		check(t, err)
		found := map[string]time.Time{}
		for in := tar.NewReader(z); ; {
			h, err := in.Next()
			if errors.Is(err, io.EOF) {
				return found
			}
			check(t, err)
			found[h.Name] = h.ModTime
		}
	}
	before, after := times("x = 1", "numpy==2.1.2"), times("x = 2", "numpy==2.1.3")
	for name, changes := range map[string]bool{"a.py": true, ".gcpdeploy/wheels/requirements.txt": true, "same.py": false, ".gcpdeploy/": false} {
		if before[name].IsZero() || before[name].Equal(after[name]) == changes {
			t.Errorf("%s: %v before, %v after", name, before[name], after[name])
		}
	}
}

// The same app elsewhere: other path, times, umask, order of making.
func TestSameTreeSameBytes(t *testing.T) {
	t.Parallel()
	tree := files{"l": "->d"}
	for i := range 700 {
		tree[fmt.Sprintf("d/%d/%d.py", i%7, i)] = strings.Repeat(fmt.Sprint(i), i*3)
	}
	one, two := write(t, t.TempDir(), tree), write(t, filepath.Join(t.TempDir(), "other", "app"), tree)
	random := rand.New(rand.NewPCG(1, 1))
	check(t, filepath.WalkDir(two, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink != 0 {
			return err
		}
		when := time.Unix(random.Int64N(1e9), 0)
		mode := fs.FileMode(0o600)
		if d.IsDir() {
			mode = 0o700
		}
		return errors.Join(os.Chmod(p, mode), os.Chtimes(p, when, when))
	}))
	a, b := scan(t, one), scan(t, two)
	if a.Hash() != b.Hash() || len(a.Hash()) != 64 {
		t.Errorf("hashes %s and %s", a.Hash(), b.Hash())
	}
	if !bytes.Equal(archive(t, a, ours), archive(t, b, ours)) {
		t.Error("archives differ")
	}
	if source.ObjectName(a, ours) != source.ObjectName(b, ours) {
		t.Error("object names differ")
	}
	if name := source.ObjectName(a, nil); name == source.ObjectName(a, ours) || len(name) != len("source/")+64+len(".tgz") {
		t.Errorf("object name %s", name)
	}
}

func TestHashChanges(t *testing.T) {
	t.Parallel()
	base := files{"a": "1", "b/c": "2", "l": "->a"}
	hash := func(t *testing.T, change func(dir string)) string {
		dir := write(t, t.TempDir(), base)
		change(dir)
		return scan(t, dir).Hash()
	}
	seen := map[string]string{hash(t, func(string) {}): "nothing"}
	for name, change := range map[string]func(dir string) error{
		"content":    func(d string) error { return os.WriteFile(d+"/a", []byte("2"), 0o644) },
		"executable": func(d string) error { return os.Chmod(d+"/a", 0o755) },
		"name":       func(d string) error { return os.Rename(d+"/a", d+"/aa") },
		"folder":     func(d string) error { return os.Rename(d+"/b", d+"/bb") },
		"moved":      func(d string) error { return os.Rename(d+"/b/c", d+"/c") },
		"empty":      func(d string) error { return os.Mkdir(d+"/e", 0o755) },
		"one more":   func(d string) error { return os.WriteFile(d+"/e", nil, 0o644) },
		"target":     func(d string) error { return errors.Join(os.Remove(d+"/l"), os.Symlink("b", d+"/l")) },
		"link to file": func(d string) error {
			return errors.Join(os.Remove(d+"/l"), os.WriteFile(d+"/l", []byte("a"), 0o644))
		},
	} {
		got := hash(t, func(dir string) { check(t, change(dir)) })
		if other, ok := seen[got]; ok {
			t.Errorf("%q hashes as %q does", name, other)
		}
		seen[got] = name
	}
}

func TestPycacheEmptiedByRulesIsNotThere(t *testing.T) {
	t.Parallel()
	a := scan(t, write(t, t.TempDir(), files{".gcloudignore": "*.pyc", "p/a.py": ""}))
	b := scan(t, write(t, t.TempDir(), files{".gcloudignore": "*.pyc", "p/a.py": "", "p/__pycache__/a.pyc": ""}))
	c := scan(t, write(t, t.TempDir(), files{".gcloudignore": "*.pyc", "p/a.py": "", "p/up/a.pyc": ""}))
	if a.Hash() != b.Hash() || a.Hash() == c.Hash() {
		t.Errorf("hashes %s, %s, %s", a.Hash(), b.Hash(), c.Hash())
	}
}

func TestFileThatChangedAfterScan(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(dir string) error{
		"a":   func(d string) error { return os.WriteFile(d+"/a", []byte("y"), 0o644) },
		"b":   func(d string) error { return os.Remove(d + "/b") },
		"l":   func(d string) error { return errors.Join(os.Remove(d+"/l"), os.Symlink("b", d+"/l")) },
		"c":   func(d string) error { return os.Chmod(d+"/c", 0o755) },
		"d":   func(d string) error { return os.WriteFile(d+"/d", []byte("longer"), 0o644) },
		"big": func(d string) error { return os.WriteFile(d+"/big", bytes.Repeat([]byte("y"), 3e6), 0o644) },
		"e":   func(d string) error { return errors.Join(os.Remove(d+"/e"), syscall.Mkdir(d+"/e", 0o755)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := write(t, t.TempDir(), files{"a": "x", "b": "", "c": "", "d": "1", "e": "", "l": "->a", "big": strings.Repeat("x", 3e6)})
			tree := scan(t, dir)
			check(t, change(dir))
			var b bytes.Buffer
			err := tree.WriteArchive(t.Context(), &b, nil)
			if errs.KindOf(err) != errs.Transient || err.Error() != name+" changed while it was read" {
				t.Errorf("WriteArchive = %v (%v)", err, errs.KindOf(err))
			}
			if z, err := gzip.NewReader(&b); err == nil {
				if _, err := io.Copy(io.Discard, z); err == nil {
					t.Error("the archive has an end")
				}
			}
		})
	}
}

type refusing struct{ left int }

var errFull = errors.New("no space left")

func (r *refusing) Write(p []byte) (int, error) {
	if r.left -= len(p); r.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestArchiveStops(t *testing.T) {
	t.Parallel()
	tree := scan(t, many(t, 3000))
	if err := tree.WriteArchive(t.Context(), &refusing{100_000}, nil); !errors.Is(err, errFull) {
		t.Errorf("WriteArchive to a full disk = %v", err)
	}
	if err := tree.WriteArchive(t.Context(), io.Discard, map[string][]byte{"plan.json": nil}); err == nil {
		t.Error("an extra file outside .gcpdeploy was taken")
	}
	why := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if err := tree.WriteArchive(ctx, io.Discard, nil); !errors.Is(err, why) {
		t.Errorf("WriteArchive after the end = %v", err)
	}
	if _, err := source.Scan(ctx, t.TempDir(), source.Options{}); !errors.Is(err, why) {
		t.Errorf("Scan after the end = %v", err)
	}
}
