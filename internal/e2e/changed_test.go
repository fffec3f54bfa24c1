package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestChangedSince: what is made of nothing that has changed is left out, and why is said.
func TestChangedSince(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	dir, write := w.shop(t)
	write("shared/requirements.txt", "flask==3.0.0\n")
	write("services/api/requirements.txt", "-r ../../shared/requirements.txt\n")
	w.app = filepath.Join(dir, "any") // its repository is the shop's
	w.inGit(t)
	for _, tt := range []struct {
		file string
		want map[string]string
	}{
		{"README.md", map[string]string{"api": "unchanged", "worker": "unchanged", "web": "unchanged"}},
		{"services/worker/wsgi.py", map[string]string{"api": "unchanged", "worker": "released", "web": "unchanged"}},
		{"shared/requirements.txt", map[string]string{"api": "released", "worker": "unchanged", "web": "unchanged"}},
	} {
		write(tt.file, "flask==3.0.0\n")
		if tt.file != "README.md" {
			write(tt.file, "flask==3.0.1\n")
		}
		r, output := w.upAll(t, dir, 0, "--changed-since", "HEAD")
		if diff := cmp.Diff(tt.want, r.statuses()); diff != "" {
			t.Errorf("%s: %s\n%s", tt.file, diff, output)
		}
		if tt.file != "README.md" && !strings.Contains(output, "changed: "+tt.file) || !strings.Contains(output, "web: left out: nothing that it is made of has changed since HEAD") {
			t.Errorf("%s: why is not said:\n%s", tt.file, output)
		}
		w.commit(t)
	}
	if exit, _, said := w.said(t, "up", "api", "--source", dir, "--changed-since", "HEAD"); exit != 0 || !strings.Contains(said, "nothing to do: nothing that api is made of has changed since HEAD") {
		t.Errorf("%d, %s", exit, said)
	}
}
