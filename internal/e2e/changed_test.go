package e2e

import (
	"encoding/json"
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

// TestTriggerOfOneOfSeveral: a push that touches what it is made of deploys it, and it alone.
func TestTriggerOfOneOfSeveral(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	dir, write := w.shop(t)
	write("shared/requirements.txt", "flask==3.0.0\n")
	write("services/api/requirements.txt", "-r ../../shared/requirements.txt\n")
	w.app = filepath.Join(dir, "any")
	w.inGit(t)
	exit, out, said := w.said(t, "trigger", "create", "--service", "api", "--source", dir, "--build-service-account", "b@"+project+".iam.gserviceaccount.com", "--build-logging", "CLOUD_LOGGING_ONLY", "--dry-run", "--json")
	var kept struct {
		Trigger struct {
			Name, Service string
			Files         []string `json:"included_files"`
		}
		Request json.RawMessage
	}
	if err := json.Unmarshal([]byte(out), &kept); err != nil || exit != 0 {
		t.Fatalf("%d, %v: %s%s", exit, err, out, said)
	}
	if diff := cmp.Diff([]string{"gcpdeploy.yaml", "services/api/**", "shared/requirements.txt"}, kept.Trigger.Files); diff != "" {
		t.Error(diff)
	}
	if kept.Trigger.Service != "api" || !strings.Contains(string(kept.Request), `"--service=api"`) {
		t.Errorf("%s of %s: %s", kept.Trigger.Name, kept.Trigger.Service, kept.Request)
	}
}
