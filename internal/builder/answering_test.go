package builder

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProcesses(t *testing.T) {
	t.Parallel()
	proc := t.TempDir()
	write := func(pid, stat string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(proc, pid), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(proc, pid, "stat"), []byte(stat), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("1", "1 (gunicorn) S 0 1")
	write("9", "9 (a) (b) R 1 1")
	write("10", "10 (worker) S 1 1")
	write("11", "11 (zombie) Z 1 1")
	write("12", "damaged")
	write("sys", "13 (no process) S 1 1")
	write(strconv.Itoa(os.Getpid()), "0 (itself) R 1 1")
	before := running(proc)
	if diff := cmp.Diff(map[int]string{1: "gunicorn", 9: "a) (b", 10: "worker"}, before); diff != "" {
		t.Error(diff)
	}
	write("10", "10 (worker) Z 1 1")
	write("9", "9 (renamed) R 1 1")
	write("14", "14 (new) R 1 1")
	if diff := cmp.Diff([]string{"worker (pid 10)"}, gone(before, running(proc))); diff != "" {
		t.Error(diff)
	}
}
