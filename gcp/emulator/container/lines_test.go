package container

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const stamp = "2026-11-01T10:00:00.000000000Z "

// TestLogPieces: what Docker gives in pieces of 16 KiB, each with a time, is one
// line; a line without end takes no more memory than a long one.
func TestLogPieces(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := &lineWriter{mu: &sync.Mutex{}, out: &out, stream: "stdout"}
	piece := strings.Repeat("x", 16<<10)
	for _, p := range []string{stamp + piece, stamp + piece, stamp + "end\n", stamp + "next\n"} {
		if n, err := w.Write([]byte(p)); n != len(p) || err != nil {
			t.Fatal(n, err)
		}
	}
	if want := stamp + "stdout " + piece + piece + "end\n" + stamp + "stdout next\n"; out.String() != want {
		t.Errorf("got %d bytes, want %d", out.Len(), len(want))
	}
	out.Reset()
	for range 1000 {
		_, _ = w.Write([]byte(stamp + piece))
	}
	if cap(w.text) > 2*maxLine || out.Len() > 0 {
		t.Errorf("holds %d bytes, wrote %d", cap(w.text), out.Len())
	}
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf(" [%d more bytes are cut]\n", 1000*len(piece)-maxLine); !strings.HasSuffix(out.String(), want) {
		t.Errorf("ends in %q, want %q", out.String()[out.Len()-50:], want)
	}
	if err := w.end(); err != nil || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("ended twice: %v", err)
	}
}

// TestLogTail: the newest lines come from the end, over blocks and rotated files.
func TestLogTail(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "hello-00001-abc.log")
	f, err := openLog(path, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	const all = 40_000
	for i := range all {
		text := fmt.Sprintf("line %d", i)
		if i == all-2 {
			text += strings.Repeat(" long", 50_000)
		}
		if _, err := fmt.Fprintln(f, stamp+"stdout "+text); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Write([]byte(stamp + "stdout half")); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 2, 5, 10_000} {
		lines := readTail(path, n)
		if len(lines) != n || !strings.HasPrefix(lines[0].Text, fmt.Sprintf("line %d", all-n)) || lines[n-1].Text != fmt.Sprintf("line %d", all-1) {
			t.Errorf("the last %d are %d, from %.20q", n, len(lines), lines[0].Text)
		}
	}
	if lines := readTail(path, 1<<30); len(lines) >= all || lines[len(lines)-1].Revision != "hello-00001-abc" {
		t.Errorf("%d lines are kept", len(lines))
	}
	for _, name := range []string{path, path + rotated} {
		if info, err := os.Stat(name); err != nil || info.Size() > 1<<20 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if lines := readTail(path+"not there", 5); len(lines) != 0 {
		t.Errorf("of nothing: %v", lines)
	}
}
