package storage

import (
	"fmt"
	"io/fs"
	"syscall"
	"testing"
)

// A full disk must not look like something to try again.
func TestFullDiskIsFinal(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("storing: %w", &fs.PathError{Op: "write", Path: "data", Err: syscall.ENOSPC})
	if e := asError(err); e.Code != 400 || e.Reason != "diskFull" {
		t.Errorf("%+v", e)
	}
}
