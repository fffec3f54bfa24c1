package project_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// tree makes a file system of name, content pairs.
func tree(pairs ...string) fs.FS {
	m := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return m
}

// fault checks that err is a usage error that holds the text.
func fault(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || errs.KindOf(err) != errs.Usage {
		t.Errorf("error %v (%v), want a usage error with %q", err, errs.KindOf(err), want)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func join(words []string) string { return strings.Join(words, " ") }
