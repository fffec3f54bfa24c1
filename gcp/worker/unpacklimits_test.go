package worker

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// header is the beginning of an archive with one entry of a declared size.
func header(t *testing.T, h *tar.Header) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := tar.NewWriter(&buf).WriteHeader(h); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// sparse is an archive whose one entry has that size and no bytes, as tar's PAX
// format says it.
func sparse(t *testing.T, size int64) []byte {
	t.Helper()
	var records string
	for _, r := range []string{"GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=hole", fmt.Sprint("GNU.sparse.realsize=", size)} {
		records += fmt.Sprintf("%d %s\n", len(r)+4, r) // two digits, a blank, an end of line
	}
	b := header(t, &tar.Header{Name: "pax", Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(records)), Format: tar.FormatUSTAR})
	b[156] = tar.TypeXHeader
	sum := 0
	copy(b[148:156], "        ")
	for _, c := range b {
		sum += int(c)
	}
	copy(b[148:156], fmt.Sprintf("%06o\x00 ", sum))
	b = append(b, records...)
	b = append(b, make([]byte, 512-len(records))...)
	b = append(b, header(t, &tar.Header{Name: "hole", Typeflag: tar.TypeReg, Mode: 0o644, Size: 512, Format: tar.FormatUSTAR})...)
	return append(append(b, "0\n"...), make([]byte, 510)...) // no piece of data
}

// TestUnpackLimitsDeclared: what says itself that it is too large writes nothing.
func TestUnpackLimitsDeclared(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{
		"declared": header(t, &tar.Header{Name: "big", Typeflag: tar.TypeReg, Mode: 0o644, Size: 1 << 40, Format: tar.FormatGNU}),
		"sparse":   sparse(t, 1<<40),
		"second":   append(sparse(t, 6<<10), sparse(t, 6<<10)...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			err := unpackInto(dir, data, limits{bytes: 10 << 10, entries: 10, name: 100})
			if err == nil || !strings.Contains(err.Error(), "more than 10240 bytes") {
				t.Error(err)
			}
			for _, file := range []string{"big", "hole"} {
				if info, err := os.Stat(filepath.Join(dir, file)); err == nil {
					t.Errorf("%s has %d bytes", file, info.Size())
				}
			}
		})
	}
	dir := t.TempDir()
	if err := unpackInto(dir, sparse(t, 5000), sourceLimits); err != nil {
		t.Errorf("a small sparse file: %v", err)
	}
	if info, err := os.Stat(filepath.Join(dir, "hole")); err != nil || info.Size() != 5000 {
		t.Errorf("%v %v", info, err)
	}
}

// TestUnpackLimitsImplied: directories that only names imply count as others do.
func TestUnpackLimitsImplied(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("d/", 50) + "f"
	for name, data := range map[string][]byte{"tar": makeTar(t, entry{name: deep}), "zip": makeZip(t, entry{name: deep})} {
		if err := unpackInto(t.TempDir(), data, limits{bytes: 100, entries: 50, name: 200}); err == nil || !strings.Contains(err.Error(), "more than 50 entries") {
			t.Errorf("%s: %v", name, err)
		}
		if err := unpackInto(t.TempDir(), data, limits{bytes: 100, entries: 51, name: 200}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// endless gives zeros, as a file's holes are read too, and cancels its build.
type endless struct {
	cancel func()
	reads  int
}

func (e *endless) Read(p []byte) (int, error) {
	e.cancel()
	if e.reads++; e.reads > 100 {
		return 0, errors.New("it was read on")
	}
	clear(p)
	return len(p), nil
}

// TestUnpackCancelledWithin: cancelling does not wait for the end of an entry,
// whether it has bytes or holes.
func TestUnpackCancelledWithin(t *testing.T) {
	t.Parallel()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	u := &unpacker{ctx: ctx, root: root, limits: sourceLimits, left: sourceLimits.bytes, dirs: map[string]bool{".": true}}
	holes := &endless{cancel: func() { cancel(errStopped) }}
	if err := u.file("f", 0o644, time.Time{}, 1<<33, holes); !errors.Is(err, errStopped) {
		t.Error(err)
	}
	ctx, cancel = context.WithCancelCause(t.Context())
	u.ctx = ctx
	data := header(t, &tar.Header{Name: "f", Typeflag: tar.TypeReg, Mode: 0o644, Size: 1 << 33, Format: tar.FormatGNU})
	if err := u.tar(io.MultiReader(bytes.NewReader(data), &endless{cancel: func() { cancel(errStopped) }})); !errors.Is(err, errStopped) {
		t.Error(err)
	}
}
