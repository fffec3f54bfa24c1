package appyaml_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/appyaml"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

const flexible = `# an app
runtime: python
env: flex
service: api
entrypoint: gunicorn -b :$PORT main:app
runtime_config:
  operating_system: ubuntu22
  runtime_version: 3.10
env_variables:
  ON: yes
  N: 5
  HALF: 3.10
  OCT: 010
  QUOTED: "no"
resources:
  cpu: 2
  memory_gb: "4.5"
  disk_size_gb: 20
  volumes:
  - {name: tmp, volume_type: tmpfs, size_gb: 0.5}
automatic_scaling:
  min_num_instances: 1
  cpu_utilization: {target_utilization: 0.6}
network:
  forwarded_ports: [8080/tcp, "5000:5001/udp"]
  session_affinity: true
readiness_check: {path: /healthz, app_start_timeout_sec: 600}
liveness_check:
`

func TestParse(t *testing.T) {
	t.Parallel()
	f, err := appyaml.Parse("app.yaml", []byte(flexible))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, path := range []string{"resources.cpu", "resources.memory_gb", "resources.disk_size_gb", "automatic_scaling.cpu_utilization.target_utilization",
		"env_variables.ON", "env_variables.N", "env_variables.HALF", "env_variables.OCT", "env_variables.QUOTED", "network.session_affinity", "readiness_check.app_start_timeout_sec"} {
		v, ok := f.At(path)
		if !ok {
			t.Errorf("no %s", path)
		}
		got[path] = v.Text
	}
	want := map[string]string{
		"resources.cpu": "2", "resources.memory_gb": "4.5", "resources.disk_size_gb": "20", "automatic_scaling.cpu_utilization.target_utilization": "0.6",
		"env_variables.ON": "True", "env_variables.N": "5", "env_variables.HALF": "3.1", "env_variables.OCT": "8", "env_variables.QUOTED": "no",
		"network.session_affinity": "true", "readiness_check.app_start_timeout_sec": "600",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, there := f.At("liveness_check"); there || !f.Flexible() || f.Service() != "api" || f.Runtime() != "python" {
		t.Errorf("%v %v %v %v", there, f.Flexible(), f.Service(), f.Runtime())
	}
	if f.Python() != "3.10" || f.Line("runtime") != 2 || f.Line("main") != 0 {
		t.Errorf("Python %s, runtime at %d", f.Python(), f.Line("runtime"))
	}
	ports, _ := f.At("network.forwarded_ports")
	if len(ports.Items) != 2 || ports.Items[1].Text != "5000:5001/udp" {
		t.Errorf("%+v", ports)
	}
	if v, _ := f.At("resources.memory_gb"); v.Place != (errs.Place{File: "app.yaml", Line: 17, Column: 14, Excerpt: `  memory_gb: "4.5"`}) {
		t.Errorf("%+v", v.Place)
	}
}

// TestRefuses: each says its place and what to do.
func TestRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, message, hint string }{
		{"", "app.yaml: is empty", ""},
		{"- a\n", "app.yaml:1:1: must be a mapping of keys, but is a list", "Write `key: value` lines."},
		{"runtime: python312\nhandler: []\n", "app.yaml:2:1: unknown key handler", "Did you mean handlers?"},
		{"env: flex\nresources:\n  cpus: 2\n", "app.yaml:3:3: unknown key resources.cpus", "Did you mean cpu?"},
		{"env: flex\nresources:\n  cpu: many\n", "app.yaml:3:8: resources.cpu must be a number, but is text: \"many\"", ""},
		{"env: flex\nversion: v1\n", "app.yaml:2:10: version has no place here", "Remove it: each release gets a version of its own."},
		{"env: flex\napplication: p\n", "app.yaml:2:14: application has no place here: the project is chosen for each deploy", "Remove it, and give --project."},
		{"env: flex\nmanual_scaling: {instances: 1}\nautomatic_scaling: {}\n", "app.yaml:2:1: automatic_scaling and manual_scaling are both there", "Keep one of them."},
		{"env: flex\nenv_variables:\n  A: {b: hunter2}\n", "app.yaml:3:6: env_variables.A must be text, but is a mapping", ""},
		{"env: flex\nenv_variables:\n  A:\n", "app.yaml:3:3: env_variables.A has no value", `Write "" for an empty value.`},
		{"env: flex\nenv_variables: [hunter2]\n", "app.yaml:2:16: env_variables must be a mapping, but is a list", "Write NAME: VALUE, a line each."},
		{"env: flex\nenv_variables:\n  A=hunter2: x\n", `app.yaml:3:3: env_variables: "A" is no name`, "Write NAME: VALUE, with letters, digits and _ in the name."},
		{"env: flex\nenv_variables:\n  A: hunter2: x\n", "app.yaml:3:6: mapping value is not allowed in this context", "Check the indentation, and quote text that holds a colon."},
		{"env: flex\nenv_variables:\n  A: 'hunter2\n", "app.yaml:3:6: the YAML cannot be parsed", "Check the indentation, the quotes and the brackets."},
		{"runtime: &r python312\n", "app.yaml:1:10: App Engine's files know no anchors and aliases", "Write the value out."},
		{"env: flex\nincludes: [a.yaml]\n", "app.yaml:2:11: includes is not understood: files that it names are not read", "Copy what the files say into app.yaml."},
		{"service: x\n", "app.yaml: has no runtime", "Write runtime: python312, or env: flex for the flexible environment."},
		{"runtime: python\n", "app.yaml:1:1: runtime python without env: flex is Python 2.5", "Write env: flex, or a runtime of the standard environment such as python312."},
		{"runtime: custom\n", "app.yaml:1:1: runtime custom needs an env", "Write env: flex."},
		{"runtime: python312\nhandlers:\n- url: /\n  static_dir: a\n  script: auto\n", "app.yaml:5:3: a handler with static_dir cannot have script", ""},
		{"env: flex\nstarted: 2020-01-02\n", "app.yaml:2:1: unknown key started", ""},
		{"env: flex\nenv_variables:\n  A: 2020-01-02 03:04:05\n", "app.yaml:3:6: env_variables.A is a date with a time to YAML, which reads otherwise as text", "Quote it."},
	} {
		_, err := appyaml.Parse("app.yaml", []byte(tt.text))
		switch {
		case err == nil:
			t.Errorf("%q: taken", tt.text)
		case err.Error() != tt.message || tt.hint != "" && errs.HintOf(err) != tt.hint || errs.KindOf(err) != errs.Usage:
			t.Errorf("%q:\n got %s (%s)\nwant %s (%s)", tt.text, err, errs.HintOf(err), tt.message, tt.hint)
		case strings.Contains(errs.PlaceOf(err).Excerpt, "hunter2"):
			t.Errorf("%q: shows %s", tt.text, errs.PlaceOf(err).Excerpt)
		}
	}
}

// TestLook: what is no file of App Engine's Python is not read as one.
func TestLook(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"runtime: python312\nunknown: 1\n": true, "runtime: python\nenv: flex\n": true, "env: flex\n": true, "env: flex\nruntime: custom\n": true,
		"runtime: custom\n": false, "runtime: go125\n": false, "env: flex\nruntime: java\n": false, "name: x\nservices: []\n": false, "{{ if }}\n": false, "": false, "- a\n": false, "runtime: [python]\n": false,
	} {
		if _, ok := appyaml.Look("app.yaml", []byte(text)); ok != want {
			t.Errorf("%q: %v", text, ok)
		}
	}
}
