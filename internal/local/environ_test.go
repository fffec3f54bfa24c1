package local

import (
	"path/filepath"
	"slices"
	"testing"
)

// TestSettled: the daemon works in another folder than who started it.
func TestSettled(t *testing.T) {
	t.Parallel()
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	got := settled([]string{"HOME=/home/u", "TMPDIR=tmp", "DOCKER_CONFIG=", "NAME=tmp", "DOCKER_CERT_PATH=../certs"})
	want := []string{"HOME=/home/u", "TMPDIR=" + here + "/tmp", "DOCKER_CONFIG=", "NAME=tmp", "DOCKER_CERT_PATH=" + filepath.Dir(here) + "/certs"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
