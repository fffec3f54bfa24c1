package golden_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/golden"
)

// recorder is a testing.TB that keeps what it is told.
type recorder struct {
	testing.TB
	said string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) { r.said += format + args[1].(string) }

func TestEqual(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.golden")
	if err := os.WriteFile(path, []byte("one\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, []byte("one\n"), path)
	r := &recorder{TB: t}
	golden.Equal(r, []byte("two\n"), path)
	if !strings.Contains(r.said, "-update") || !strings.Contains(r.said, "two") {
		t.Errorf("said %q", r.said)
	}
}
