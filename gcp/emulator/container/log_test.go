package container

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// FuzzLog: what a container wrote is read back, line by line, however it was cut.
func FuzzLog(f *testing.F) {
	f.Add("hello\n\nworld\n", 3)
	f.Add("\x00 \r\n", 1)
	f.Fuzz(func(t *testing.T, text string, cut int) {
		const at = "2026-11-23T19:34:55.55468325Z "
		lines := strings.SplitAfter(text, "\n")
		lines = lines[:len(lines)-1] // the rest has no end yet
		var out bytes.Buffer
		w := &lineWriter{mu: &sync.Mutex{}, out: &out, stream: "stdout"}
		for _, l := range lines {
			for piece := range slices.Chunk([]byte(l), 1+max(0, cut%100)) {
				if _, err := w.Write(append([]byte(at), piece...)); err != nil {
					t.Fatal(err)
				}
			}
		}
		path := filepath.Join(t.TempDir(), "x-1.log")
		if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		got := readTail(path, math.MaxInt)
		if len(got) != len(lines) {
			t.Fatalf("%d lines of %d", len(got), len(lines))
		}
		for i, l := range got {
			if l.Text+"\n" != lines[i] || l.Stream != "stdout" || l.Revision != "x-1" {
				t.Errorf("%+v, want %q", l, lines[i])
			}
		}
	})
}
