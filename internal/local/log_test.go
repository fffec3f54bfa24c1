package local_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/local"
)

// TestLogIsBounded: a daemon that warns for ever fills no disk, and the last it said is
// there.
func TestLogIsBounded(t *testing.T) {
	t.Parallel()
	const limit, each, count = 4 << 20, 64 << 10, 200 // 12.5 MiB
	d := local.Daemon{Dir: t.TempDir()}
	f, err := os.OpenFile(d.LogFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := d.Bounded(f)
	for i := range count {
		if _, err := fmt.Fprintf(w, "%06d %s\n", i, strings.Repeat("x", each-8)); err != nil {
			t.Fatal(err)
		}
	}
	var kept []byte
	for _, name := range []string{d.LogFile() + ".1", d.LogFile()} {
		data, err := os.ReadFile(name)
		if err != nil || len(data) > limit {
			t.Fatalf("%s has %d bytes, %v", name, len(data), err)
		}
		kept = append(kept, data...)
	}
	if len(kept) < limit {
		t.Errorf("%d bytes are left to look back on", len(kept))
	}
	for i := count - len(kept)/each; i < count; i++ {
		if !bytes.Contains(kept, fmt.Appendf(nil, "%06d x", i)) {
			t.Errorf("warning %d is lost", i)
		}
	}
}

// TestLogInTheForeground: a daemon that a person starts has no file.
func TestLogInTheForeground(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if _, err := (local.Daemon{Dir: t.TempDir()}).Bounded(&out).Write([]byte("warned\n")); err != nil || out.String() != "warned\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}
