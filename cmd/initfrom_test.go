package cmd_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
)

// TestInitFrom: what is written of the sample apps can be loaded, in each of its
// environments, and says what app.yaml said.
func TestInitFrom(t *testing.T) {
	t.Parallel()
	for app, want := range map[string]struct {
		says, notes []string
		flexible    bool
	}{
		"flexible/numpy":  {[]string{"python: \"3.11\"  # app.yaml:1", "entrypoint: \"gunicorn -b :$PORT main:app\"  # app.yaml:3", "start: {path: \"/healthz\"}", "memory: 512Mi  # app.yaml:14", "min_instances: 1"}, []string{"app.yaml:15: resources.disk_size_gb"}, true},
		"flexible/scipy":  {[]string{"memory: 1536Mi"}, nil, true},
		"flexible/custom": {[]string{"max_instances: 3", "VERBOSE: \"True\""}, []string{"app.yaml:1: runtime custom"}, true},
		"standard":        {[]string{"entrypoint: \"gunicorn -b :$PORT main:app\"\n", "memory: 768Mi  # app.yaml:2", "concurrency: 20", "timeout: 10m"}, []string{"app.yaml:14: handlers[0]: /static"}, false},
	} {
		dir := filepath.Join(t.TempDir(), "shop")
		if err := os.CopyFS(dir, os.DirFS(filepath.Join(apps, app))); err != nil {
			t.Fatal(err)
		}
		in := config.Input{Dir: dir, Targets: clients.Settings(), Defaults: config.Defaults{Project: "my-project", Region: "europe-west1", IgnoreGcloud: true}}
		in.Flags = map[string][]string{"target": {"app-engine"}}
		if _, err := engine.Load(t.Context(), in); want.flexible != (err == nil) || err != nil && !strings.Contains(err.Error(), "app.yaml:1:") {
			t.Errorf("%s as it is, for App Engine: %v", app, err)
		}
		in.Flags = nil
		if loaded, err := engine.Load(t.Context(), in); err != nil || len(loaded.Notes) == 0 || !strings.Contains(loaded.Notes[0], "`gcpdeploy init --from app.yaml`") {
			t.Errorf("%s as it is: %v", app, err)
		}
		env := map[string]string{"GCPDEPLOY_PROJECT": "my-project", "GCPDEPLOY_REGION": "europe-west1"}
		exit, printed, _ := inProcess(t.Context(), env, t.TempDir(), "init", "--from", "app.yaml", "--source", dir, "--dry-run")
		path := filepath.Join(dir, config.DefaultFile)
		if _, err := os.Stat(path); exit != 0 || err == nil {
			t.Errorf("%s: exit %d, or --dry-run wrote it", app, exit)
		}
		exit, stdout, stderr := inProcess(t.Context(), env, t.TempDir(), "init", "--from", "app.yaml", "--source", dir)
		text, err := os.ReadFile(path)
		if exit != 0 || err != nil || stdout != path+"\n" || string(text) != printed {
			t.Errorf("%s: exit %d, %v: %s%s", app, exit, err, stdout, stderr)
		}
		for _, s := range want.says {
			if !strings.Contains(string(text), s) {
				t.Errorf("%s: no %q in\n%s", app, s, text)
			}
		}
		for _, s := range want.notes {
			if !strings.Contains(string(text), s) || !strings.Contains(stderr, s) {
				t.Errorf("%s: no %q in\n%s%s", app, s, text, stderr)
			}
		}
		targets := []string{""}
		if want.flexible {
			targets = append(targets, "flex")
		}
		for _, name := range targets {
			in.Env = name
			loaded, err := engine.Load(t.Context(), in)
			if err != nil {
				t.Errorf("%s, environment %q: %v\n%s", app, name, err, text)
			} else if i := slices.IndexFunc(loaded.Notes, func(n string) bool { return strings.Contains(n, "does not hold") }); i >= 0 {
				t.Errorf("%s: %s", app, loaded.Notes[i])
			}
		}
		if exit, _, stderr = inProcess(t.Context(), env, t.TempDir(), "init", "--from", "app.yaml", "--source", dir); exit != 2 || !strings.Contains(stderr, "is there already") {
			t.Errorf("%s: exit %d, %s", app, exit, stderr)
		}
		exit, stdout, _ = inProcess(t.Context(), env, t.TempDir(), "init", "--from", "app.yaml", "--source", dir, "--force", "--json")
		var r struct {
			File, Text  string
			Notes, Next []string
		}
		if err := json.Unmarshal([]byte(stdout), &r); exit != 0 || err != nil || r.File != path || r.Text != printed || len(r.Next) == 0 {
			t.Errorf("%s: exit %d, %v, %s", app, exit, err, stdout)
		}
	}
}

func TestInitFromRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ file, args, message, hint string }{
		{"", "", "--from: ", "Name the app.yaml of the app"},
		{"runtime: go125\n", "", "app.yaml:1: runtime go125 is not Python's", ""},
		{"runtime: python312\ninstance_clas: F2\n", "", "app.yaml:2:1: unknown key instance_clas", "Did you mean instance_class?"},
		{"runtime: python312\n", "--ci github", "--from and --ci exclude each other", ""},
	} {
		dir := t.TempDir()
		if tt.file != "" {
			writeFiles(t, dir, map[string]string{"app.yaml": tt.file})
		}
		args := append([]string{"init", "--from", "app.yaml", "--source", dir}, strings.Fields(tt.args)...)
		exit, _, stderr := inProcess(t.Context(), nil, t.TempDir(), args...)
		if exit != 2 || !strings.Contains(stderr, tt.message) || !strings.Contains(stderr, tt.hint) {
			t.Errorf("%s: exit %d: %s", tt.file, exit, stderr)
		}
		if _, err := os.Stat(filepath.Join(dir, config.DefaultFile)); err == nil {
			t.Errorf("%s: wrote it", tt.file)
		}
	}
}
