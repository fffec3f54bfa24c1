package run

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/appyaml"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

func imported(t *testing.T, text string, app fstest.MapFS) release.Import {
	t.Helper()
	f, err := appyaml.Parse(appyaml.Name, []byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	bundled, err := appyaml.Bundled(app)
	i, ok := importFile(f, bundled)
	if err != nil || !ok {
		t.Fatalf("%s: %v, %v", text, ok, err)
	}
	return i
}

// settings are those of an import in one line.
func settings(i release.Import) string {
	var words []string
	for _, s := range i.Settings {
		text := s.Text
		for _, e := range s.Map {
			text += e.Name + "=" + e.Text + ";"
		}
		words = append(words, fmt.Sprintf("%s:%s@%d", s.Name, text, s.Place.Line))
	}
	return strings.Join(words, " ")
}

func TestImport(t *testing.T) {
	t.Parallel()
	const flexible = "runtime: python\nenv: flex\n"
	for text, want := range map[string]string{
		flexible: "cpu:1@0 memory:640Mi@0 timeout:1h@0 allow_unauthenticated:true@0",
		flexible + "resources:\n  cpu: 3\n  memory_gb: 2.3\n":                                                       "cpu:4@4 memory:2356Mi@5 timeout:1h@0 allow_unauthenticated:true@0",
		flexible + "resources:\n  cpu: 4\n":                                                                         "cpu:4@4 memory:2Gi@0 timeout:1h@0 allow_unauthenticated:true@0",
		flexible + "resources:\n  memory_gb: 5\n":                                                                   "cpu:2@0 memory:5120Mi@4 timeout:1h@0 allow_unauthenticated:true@0",
		flexible + "resources:\n  cpu: 80\n  memory_gb: 400\n":                                                      "cpu:8@4 memory:32768Mi@5 timeout:1h@0 allow_unauthenticated:true@0",
		flexible + "manual_scaling:\n  instances: 3\n":                                                              "cpu:1@0 memory:640Mi@0 min_instances:3@4 max_instances:3@4 timeout:1h@0 allow_unauthenticated:true@0",
		flexible + "manual_scaling:\n  instances: 300\n":                                                            "cpu:1@0 memory:640Mi@0 min_instances:300@4 max_instances:300@4 timeout:1h@0 allow_unauthenticated:true@0",
		flexible + "automatic_scaling:\n  min_num_instances: 2\n  target_concurrent_requests: 5000\n":               "cpu:1@0 memory:640Mi@0 min_instances:2@4 concurrency:1000@5 timeout:1h@0 allow_unauthenticated:true@0",
		flexible + "automatic_scaling:\n  min_num_instances: 200\n":                                                 "cpu:1@0 memory:640Mi@0 min_instances:200@4 max_instances:200@0 timeout:1h@0 allow_unauthenticated:true@0",
		flexible + "env_variables:\n  A: yes\n  PORT: 80\n  K_X: y\nservice_account: a@p.iam.gserviceaccount.com\n": "cpu:1@0 memory:640Mi@0 timeout:1h@0 env:A=True;@4 service_account:a@p.iam.gserviceaccount.com@7 allow_unauthenticated:true@0",
		"runtime: python312\nservice: api\n":                                                                        "service:api@2 memory:512Mi@0 timeout:10m@0 allow_unauthenticated:true@0",
		"runtime: python312\nmodule: 3d\n":                                                                          "service:app-3d@2 memory:512Mi@0 timeout:10m@0 allow_unauthenticated:true@0",
		"runtime: python312\n":                                                                                      "memory:512Mi@0 timeout:10m@0 allow_unauthenticated:true@0",
		"runtime: python312\ninstance_class: F4_1G\n":                                                               "memory:3072Mi@2 timeout:10m@0 allow_unauthenticated:true@0",
		"runtime: python312\ninstance_class: B8\nbasic_scaling: {max_instances: 2}\n":                               "cpu:2@2 memory:3072Mi@2 max_instances:2@3 timeout:1h@0 allow_unauthenticated:true@0",
		"runtime: python312\nhandlers: [{url: /.*, script: auto, login: required}]\n":                               "memory:512Mi@0 timeout:10m@0",
	} {
		i := imported(t, text, nil)
		if d := cmp.Diff(want, settings(i)); d != "" {
			t.Errorf("%s: %s", text, d)
		}
		// What is written has to be taken.
		file := "project: my-project\nregion: europe-west1\n"
		if len(i.Settings) > 0 && i.Settings[0].Ours {
			file += "service: " + i.Settings[0].Text + "\n"
		}
		file += "run:\n"
		for _, s := range i.Settings {
			if s.Map == nil && !s.Ours {
				file += "  " + s.Name + ": " + s.Text + "\n"
			}
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, config.DefaultFile), []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := config.Load(config.Input{Dir: dir, Targets: []config.Target{Kind.Config}}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestImportTells: what has no counterpart is told with its line, and how to have the
// like of it.
func TestImportTells(t *testing.T) {
	t.Parallel()
	i := imported(t, `runtime: custom
env: flex
network:
  forwarded_ports: [2222/tcp]
  session_affinity: true
beta_settings:
  cloud_sql_instances: p:r:i=tcp:5432
resources:
  cpu: 3
env_variables:
  PORT: 80
`, nil)
	standard := imported(t, `runtime: python312
handlers:
- url: /static
  static_dir: files
- url: /admin
  script: auto
  login: admin
app_engine_apis: true
`, fstest.MapFS{
		"main.py":          {Data: []byte("import os\nfrom google.appengine.api import memcache\n# import google.appengine\n")},
		"venv/pyvenv.cfg":  {},
		"venv/lib/main.py": {Data: []byte("import google.appengine.ext\n")},
		".git/x.py":        {Data: []byte("import google.appengine.ext\n")},
	})
	said := strings.Join(append(i.Notes, standard.Notes...), "\n")
	for _, want := range []string{
		"app.yaml:1: runtime custom: the folder's Dockerfile is not built",
		"app.yaml:4: network.forwarded_ports: only the app's own port",
		"app.yaml:5: network.session_affinity: `run: {session_affinity: true}` is the like of it",
		"app.yaml:7: beta_settings.cloud_sql_instances: `run: {cloudsql_instances: [p:r:i]}` is the like of it",
		"app.yaml:7: beta_settings.cloud_sql_instances: the database is found below /cloudsql",
		"app.yaml:9: resources.cpu 3 becomes 4",
		"app.yaml:11: env_variables.PORT is left out: PORT is set by Cloud Run",
		"App Engine keeps two instances running",
		"app.yaml:4: handlers[0]: /static is served by App Engine, and now by nobody: serve files in the app",
		"app.yaml:7: handlers[1]: nobody checks the login of /admin",
		"app.yaml:8: app_engine_apis: App Engine's own services are not there",
		"main.py:2: google.appengine.api: App Engine's own services are not there",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	if strings.Contains(said, "appengine.ext") || strings.Contains(said, "main.py:3") {
		t.Errorf("code of others:\n%s", said)
	}
}

// TestUnchosen: who deploys an app of App Engine without a word of where to is told
// that its settings do not hold, and whoever names the target is not.
func TestUnchosen(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ app, config, want string }{
		{"runtime: python312\ninstance_class: F2\nenv_variables: {TOKEN: hunter2}\n", "", "app.yaml:2: does not hold here; it would be run.memory: 768Mi\napp.yaml:3: does not hold here; it would be run.env: TOKEN\n"},
		{"runtime: python312\ninstance: F2\n", "", "app.yaml:2:1: unknown key instance"},
		{"runtime: python\nenv: flex\n", "", "`--target app-engine` goes to App Engine"},
		{"runtime: python312\n", "target: cloud-run\n", ""},
		{"name: x\nservices: []\n", "", ""},
		{"runtime: go125\n", "", ""},
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{appyaml.Name: tt.app, config.DefaultFile: "project: my-project\nregion: europe-west1\n" + tt.config} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c, err := config.Load(config.Input{Dir: dir, Targets: []config.Target{Kind.Config}})
		if err != nil {
			t.Errorf("%s: %v", tt.app, err)
			continue
		}
		said := strings.Join(c.Notes, "\n")
		if !strings.Contains(said, tt.want) || tt.want == "" && said != "" || strings.Contains(said, "hunter2") {
			t.Errorf("%s: %s", tt.app, said)
		}
	}
}
