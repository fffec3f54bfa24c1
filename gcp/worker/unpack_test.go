package worker

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var errStopped = errors.New("stopped")

// entry is one member of a test archive.
type entry struct {
	name string
	kind byte // tar.Type…; 0 = file
	text string
	mode int64
}

func makeTar(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Typeflag: e.kind, Mode: e.mode, ModTime: time.Unix(1e9, 0)}
		switch e.kind {
		case 0, tar.TypeReg:
			h.Typeflag, h.Size = tar.TypeReg, int64(len(e.text))
		default:
			h.Linkname = e.text
		}
		if h.Mode == 0 {
			h.Mode = 0o644
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := w.Write([]byte(e.text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func makeZip(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		mode := fs.FileMode(0o755)
		if e.kind == tar.TypeSymlink {
			mode |= fs.ModeSymlink
		}
		h.SetMode(mode)
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(e.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func unpackInto(dir string, data []byte, l limits) error {
	return unpack(context.Background(), bytes.NewReader(data), int64(len(data)), dir, l)
}

func TestUnpack(t *testing.T) {
	t.Parallel()
	entries := []entry{{name: "d/", kind: tar.TypeDir, mode: 0o500}, {name: "d/f", text: "hello"}, {name: "./x/y/z", text: "deep", mode: 0o755},
		{name: "link", kind: tar.TypeSymlink, text: "d/f"}, {name: "out", kind: tar.TypeSymlink, text: "/etc/passwd"}, {name: "d/f", text: "again"}}
	var plain []entry
	for _, e := range entries {
		if e.kind != tar.TypeDir && e.text != "hello" {
			plain = append(plain, e)
		}
	}
	for name, data := range map[string][]byte{
		"tar": makeTar(t, entries...), "tgz": gzipped(t, makeTar(t, entries...)), "zip": makeZip(t, plain...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := unpackInto(dir, data, sourceLimits); err != nil {
				t.Fatal(err)
			}
			for file, want := range map[string]string{"d/f": "again", "x/y/z": "deep", "link": "again"} {
				if got, err := os.ReadFile(filepath.Join(dir, file)); err != nil || string(got) != want {
					t.Errorf("%s: %q %v", file, got, err)
				}
			}
			if target, err := os.Readlink(filepath.Join(dir, "out")); err != nil || target != "/etc/passwd" {
				t.Errorf("%q %v", target, err)
			}
			info, err := os.Stat(filepath.Join(dir, "x/y/z"))
			if err != nil || info.Mode() != 0o755 || name != "zip" && info.ModTime().Unix() != 1e9 {
				t.Errorf("%v %v", info, err)
			}
		})
	}
	if err := unpackInto(t.TempDir(), nil, sourceLimits); err != nil {
		t.Errorf("an empty archive: %v", err)
	}
}

func TestUnpackRefuses(t *testing.T) {
	t.Parallel()
	small := limits{bytes: 10, entries: 3, name: 20}
	tests := []struct {
		name    string
		entries []entry
		want    string
	}{
		{"absolute", []entry{{name: "/etc/x", text: "x"}}, "is absolute"},
		{"dots", []entry{{name: "../x", text: "x"}}, "leads out"},
		{"dots within", []entry{{name: "a/../../x", text: "x"}}, "leads out"},
		{"through a link", []entry{{name: "l", kind: tar.TypeSymlink, text: "/tmp"}, {name: "l/x", text: "x"}}, "file exists"},
		{"through a link within", []entry{{name: "l", kind: tar.TypeSymlink, text: "."}, {name: "l/x", text: "x"}}, "file exists"},
		{"hard link out", []entry{{name: "l", kind: tar.TypeLink, text: "../../etc/passwd"}}, "leads out"},
		{"absolute hard link", []entry{{name: "l", kind: tar.TypeLink, text: "/etc/passwd"}}, "is absolute"},
		{"device", []entry{{name: "d", kind: tar.TypeChar}}, "neither a file"},
		{"fifo", []entry{{name: "d", kind: tar.TypeFifo}}, "neither a file"},
		{"too large", []entry{{name: "a", text: "123456"}, {name: "b", text: "123456"}}, "more than 10 bytes"},
		{"too many", []entry{{name: "a"}, {name: "b"}, {name: "c"}, {name: "d"}}, "more than 3 entries"},
		{"too long", []entry{{name: strings.Repeat("a", 21)}}, "longer than 20"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			err := unpackInto(dir, makeTar(t, tt.entries...), small)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want … %s", err, tt.want)
			}
		})
	}
	// A link that is replaced by a file is not written through.
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := unpackInto(dir, makeTar(t, entry{name: "l", kind: tar.TypeSymlink, text: outside}, entry{name: "l", text: "new"}), sourceLimits); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(outside); err != nil || string(got) != "kept" {
		t.Errorf("%q %v", got, err)
	}
	if err := unpackInto(t.TempDir(), []byte("this is no archive at all, and long enough"), sourceLimits); err == nil {
		t.Error("garbage was taken")
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errStopped)
	data := makeTar(t, entry{name: "a"})
	if err := unpack(ctx, bytes.NewReader(data), int64(len(data)), t.TempDir(), sourceLimits); !errors.Is(err, errStopped) {
		t.Error(err)
	}
}

func FuzzUnpack(f *testing.F) {
	links := []entry{{name: "d/", kind: tar.TypeDir}, {name: "l", kind: tar.TypeSymlink, text: "../.."}, {name: "l/x", text: "x"}, {name: "h", kind: tar.TypeLink, text: "d/../l"}}
	f.Add(makeTar(f, links...))
	f.Add(gzipped(f, makeTar(f, links...)))
	f.Add(makeZip(f, entry{name: "a/b", text: "x"}, entry{name: "l", kind: tar.TypeSymlink, text: "/"}, entry{name: "l/x", text: "y"}))
	f.Fuzz(func(t *testing.T, data []byte) {
		outer := t.TempDir()
		dir := filepath.Join(outer, "in")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		_ = unpackInto(dir, data, limits{bytes: 1 << 16, entries: 50, name: 200})
		around, err := os.ReadDir(outer)
		if err != nil || len(around) != 1 {
			t.Fatalf("written outside: %v %v", around, err)
		}
		var total int64
		err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				info, ierr := d.Info()
				if ierr != nil {
					return ierr
				}
				total += info.Size()
			}
			return err
		})
		if err != nil || total > 51<<16 { // hard links count more than once
			t.Fatalf("%d bytes, %v", total, err)
		}
	})
}
