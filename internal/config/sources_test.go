package config_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

func TestDefaults(t *testing.T) {
	t.Parallel()
	dir := app(t, "")
	c := load(t, config.Input{Dir: dir})
	want := &config.Config{
		Dir: dir, Service: "hello", Repository: "gcpdeploy", Start: true, StartTimeout: time.Minute, Target: "cloud-run",
		Settings: &run.Settings{Port: 8080}, Build: config.Build{Timeout: 3600e9},
		Origin: map[string]string{"service": "the directory's name", "repository": "default", "start": "default", "start_timeout": "default",
			"target": "default", "run.port": "default", "build.timeout": "default"},
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("Load (-want +got):\n%s", diff)
	}
	if c.NeedsProject() == nil {
		t.Error("NeedsProject is nil without a project")
	}
	c.Adopt(config.Detected{Python: "3.13"})
	if c.BaseImage != "python:3.13-slim" || c.Origin["base_image"] != "default" || c.Origin["python"] != "detected" {
		t.Errorf("base image %s from %s, python from %s", c.BaseImage, c.Origin["base_image"], c.Origin["python"])
	}
	c.Adopt(config.Detected{Python: "3.9"})
	if c.Python != "3.13" {
		t.Errorf("a second Adopt overwrote python: %s", c.Python)
	}
}

func TestServiceFromDirectory(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"hello": "hello", "My App_2": "my-app-2", "2048": "app-2048", "-": "app", "wheels": "wheels-app", "été": "t",
		strings.Repeat("ab-", 30): "ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-a",
	} {
		dir := filepath.Join(t.TempDir(), base)
		write(t, filepath.Join(dir, "app.py"), "")
		if c := load(t, config.Input{Dir: dir}); c.Service != want {
			t.Errorf("service of %q = %q, want %q", base, c.Service, want)
		}
	}
}

// TestForms reads one setting in every form that flags and variables may take.
func TestForms(t *testing.T) {
	t.Parallel()
	pairs := map[string]string{"A": "1", "B": "x,y"}
	for name, in := range map[string]config.Input{
		"json variable":  {Lookup: lookup(map[string]string{"GCPDEPLOY_RUN_ENV": `{"A": 1, "B": "x,y"}`})},
		"plugin":         {Lookup: lookup(map[string]string{"PLUGIN_RUN_ENV": `{"A":"1","B":"x,y"}`})},
		"section":        {Lookup: lookup(map[string]string{"PLUGIN_RUN": `{"env":{"A":1,"B":"x,y"}}`})},
		"key in section": {Lookup: lookup(map[string]string{"GCPDEPLOY_RUN": `{"env":{}}`, "GCPDEPLOY_RUN_ENV": "^:^A=1:B=x,y"})},
		"over plugin":    {Lookup: lookup(map[string]string{"PLUGIN_RUN_ENV": "C=3", "GCPDEPLOY_RUN": `{"env":{"A":1,"B":"x,y"}}`})},
		"flag":           {Flags: map[string][]string{"set-env-vars": {"^;^A=1;B=x,y"}}, Lookup: lookup(map[string]string{"GCPDEPLOY_RUN_ENV": "C=3"})},
		"empty variable": {Flags: map[string][]string{"set-env-vars": {`{"A":"1","B":"x,y"}`}}, Lookup: lookup(map[string]string{"GCPDEPLOY_SERVICE": ""})},
	} {
		in.Dir = app(t, "")
		if diff := cmp.Diff(pairs, settings(load(t, in)).Env); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	lists := []string{"a.txt", "b.txt"}
	for name, in := range map[string]config.Input{
		"commas":         {Lookup: lookup(map[string]string{"GCPDEPLOY_REQUIREMENTS": "a.txt, b.txt"})},
		"json":           {Lookup: lookup(map[string]string{"GCPDEPLOY_REQUIREMENTS": `["a.txt","b.txt"]`})},
		"flag":           {Flags: map[string][]string{"requirements": {"a.txt,b.txt"}}},
		"flag repeated":  {Flags: map[string][]string{"requirements": {"a.txt", "b.txt"}}},
		"plugin section": {Lookup: lookup(map[string]string{"PLUGIN_REQUIREMENTS": "a.txt,b.txt"})},
	} {
		in.Dir = app(t, "")
		if diff := cmp.Diff(lists, load(t, in).Requirements); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	c := load(t, config.Input{Dir: app(t, ""), Flags: map[string][]string{
		"port": {"80", "90"}, "no-allow-unauthenticated": {"true"}, "no-start": {"false"}, "timeout": {"90"}, "entrypoint": {`["python", "a b.py"]`},
	}})
	if settings(c).Port != 90 || *settings(c).AllowUnauthenticated || !c.Start || settings(c).TimeoutSeconds != 90 || len(c.Entrypoint) != 2 {
		t.Errorf("flags: %+v", c)
	}
}

func TestTestSwitch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, yaml, variable string
		flags                map[string][]string
		off, detected        bool // tests are off; the command is left to detection
		command              string
	}{
		{name: "nothing", detected: true},
		{name: "off", yaml: "test: false", off: true},
		{name: "on", yaml: "test: true", detected: true},
		{name: "command", yaml: "test: pytest -q", command: "pytest -q"},
		{name: "list", yaml: "test: [pytest, -q]", command: "pytest -q"},
		{name: "shell", yaml: "test: {command: a && b}", command: "/bin/sh -c a && exec b"},
		{name: "requirements alone", yaml: "test: {requirements: [a.txt]}", detected: true},
		{name: "off by variable", yaml: "test: pytest -q", variable: "false", off: true, command: "pytest -q"},
		{name: "on by variable", yaml: "test: false", variable: "pytest", command: "pytest"},
		{name: "section", yaml: "test: false", variable: `{"command": "pytest"}`, command: "pytest"},
		{name: "off by flag", yaml: "test: pytest", flags: map[string][]string{"no-test": {"true"}}, off: true, command: "pytest"},
		{name: "on by flag", yaml: "test: false", flags: map[string][]string{"test": {"true"}}, detected: true},
		{name: "command by flag", yaml: "test: false", flags: map[string][]string{"test-command": {"x"}}, command: "x"},
		{name: "both flags", flags: map[string][]string{"test-command": {"x"}, "no-test": {"true"}}, off: true, command: "x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := load(t, config.Input{Dir: app(t, tt.yaml), Flags: tt.flags, Lookup: lookup(map[string]string{"GCPDEPLOY_TEST": tt.variable})})
			if c.Test.Off != tt.off || c.Missing("test.command") != tt.detected || strings.Join(c.Test.Command, " ") != tt.command {
				t.Errorf("Test = %+v, missing %v", c.Test, c.Missing("test.command"))
			}
		})
	}
}

func TestEnvironments(t *testing.T) {
	t.Parallel()
	const yaml = `
service: app
run: &run
  memory: 1Gi
  env: {MODE: dev, LEVEL: info}
requirements: [a.txt, b.txt]
test: pytest
environments:
  staging:
    run: {env: {MODE: staging}, concurrency: 5}
    requirements: [c.txt]
  prod:
    service: app-prod
    test: false
    run:
      <<: *run
      memory: 2Gi
`
	dir := app(t, yaml)
	for _, tt := range []struct {
		env, service, memory, mode, level, requirements string
		concurrency                                     int
		off                                             bool
	}{
		{"", "app", "1Gi", "dev", "info", "a.txt b.txt", 0, false},
		{"staging", "app", "1Gi", "staging", "info", "c.txt", 5, false},
		{"prod", "app-prod", "2Gi", "dev", "info", "a.txt b.txt", 0, true},
	} {
		c := load(t, config.Input{Dir: dir, Lookup: lookup(map[string]string{"GCPDEPLOY_ENV": tt.env})})
		got := []any{c.Env, c.Service, settings(c).Memory, settings(c).Env["MODE"], settings(c).Env["LEVEL"], strings.Join(c.Requirements, " "), settings(c).Concurrency, c.Test.Off}
		want := []any{tt.env, tt.service, tt.memory, tt.mode, tt.level, tt.requirements, tt.concurrency, tt.off}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("--env %q (-want +got):\n%s", tt.env, diff)
		}
	}
}

func TestGcloud(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	dir := filepath.Join(home, ".config", "gcloud")
	write(t, filepath.Join(dir, "active_config"), "work\n")
	write(t, filepath.Join(dir, "configurations", "config_work"), "[core]\naccount = me@example.com\nproject = from-work\n; x\n[run]\nregion=europe-west4\n[compute]\nregion = us-central1\n")
	write(t, filepath.Join(dir, "configurations", "config_home"), "[core]\nproject = from-home\n")
	for _, tt := range []struct {
		name            string
		vars            map[string]string
		yaml            string
		defaults        config.Defaults
		home            string
		project, region string
		account, origin string
	}{
		{name: "active", home: home, project: "from-work", region: "europe-west4", account: "me@example.com", origin: "gcloud's config_work"},
		{name: "named", home: home, vars: map[string]string{"CLOUDSDK_ACTIVE_CONFIG_NAME": "home"}, project: "from-home", origin: "gcloud's config_home"},
		{name: "elsewhere", vars: map[string]string{"CLOUDSDK_CONFIG": dir}, project: "from-work", region: "europe-west4", account: "me@example.com", origin: "gcloud's config_work"},
		{name: "none", home: home, vars: map[string]string{"CLOUDSDK_ACTIVE_CONFIG_NAME": "NONE"}},
		{name: "outside", home: home, vars: map[string]string{"CLOUDSDK_ACTIVE_CONFIG_NAME": "../../x"}},
		{name: "variables", home: home, vars: map[string]string{"CLOUDSDK_CORE_PROJECT": "from-env", "GOOGLE_CLOUD_PROJECT": "weaker", "CLOUDSDK_RUN_REGION": "asia-east1"},
			project: "from-env", region: "asia-east1", account: "me@example.com", origin: "CLOUDSDK_CORE_PROJECT"},
		{name: "google cloud project", vars: map[string]string{"GOOGLE_CLOUD_PROJECT": "weaker"}, project: "weaker", origin: "GOOGLE_CLOUD_PROJECT"},
		{name: "file wins", home: home, yaml: "project: from-file\n", vars: map[string]string{"CLOUDSDK_CORE_PROJECT": "from-env"},
			project: "from-file", region: "europe-west4", account: "me@example.com", origin: "gcpdeploy.yaml:1"},
		{name: "over defaults", home: home, defaults: config.Defaults{Project: "local", Region: "local"}, project: "from-work", region: "europe-west4", account: "me@example.com", origin: "gcloud's config_work"},
		{name: "local", home: home, defaults: config.Defaults{Project: "local", Region: "local", IgnoreGcloud: true}, vars: map[string]string{"CLOUDSDK_CORE_PROJECT": "from-env"},
			project: "local", region: "local", origin: "default"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := load(t, config.Input{Dir: app(t, tt.yaml), Home: tt.home, Lookup: lookup(tt.vars), Defaults: tt.defaults})
			got := []string{c.Project, c.Region, c.Account, c.Origin["project"]}
			if diff := cmp.Diff([]string{tt.project, tt.region, tt.account, tt.origin}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	dir, ca := app(t, "templates: docker\nca_file: certs/ca.pem\n"), filepath.Join(t.TempDir(), "ca.pem")
	write(t, filepath.Join(dir, "docker", "main.Dockerfile"), "")
	write(t, filepath.Join(dir, "certs", "ca.pem"), "")
	write(t, ca, "")
	vars := map[string]string{"PIP_CERT": "/none", "REQUESTS_CA_BUNDLE": ca, "SSL_CERT_FILE": "/none"}
	c := load(t, config.Input{Dir: dir, Lookup: lookup(vars)})
	if c.Templates != filepath.Join(dir, "docker") || c.CAFile != filepath.Join(dir, "certs", "ca.pem") || c.Origin["ca_file"] != "gcpdeploy.yaml:2" {
		t.Errorf("templates %s, ca_file %s from %s", c.Templates, c.CAFile, c.Origin["ca_file"])
	}
	c = load(t, config.Input{Dir: app(t, ""), Lookup: lookup(vars)})
	if c.CAFile != ca || c.Origin["ca_file"] != "REQUESTS_CA_BUNDLE" {
		t.Errorf("ca_file %s from %s", c.CAFile, c.Origin["ca_file"])
	}
}

func TestPythonOfBaseImage(t *testing.T) {
	t.Parallel()
	for image, want := range map[string]string{
		"python:3.11-slim": "3.11", "gcpdeploy.local/python:3.11": "3.11", "mirror.gcr.io/library/python:3.13.1-slim-bookworm": "3.13",
		"debian:12": "3.14", "my/python-base:3.9": "3.14", "python:3-slim": "3.14",
	} {
		c := load(t, config.Input{Dir: app(t, ""), Lookup: lookup(map[string]string{"GCPDEPLOY_BASE_IMAGE": image})})
		c.Adopt(config.Detected{Python: "3.14", From: map[string]string{"python": ".python-version"}})
		if c.Python != want || c.BaseImage != image {
			t.Errorf("%s: python %s, image %s, want %s", image, c.Python, c.BaseImage, want)
		}
		if inferred := want != "3.14"; inferred != (len(c.Notes) == 1) {
			t.Errorf("%s: notes %q", image, c.Notes)
		}
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	seen, keys := map[string]bool{}, map[string]bool{}
	for _, f := range config.Flags(targets) {
		if seen[f.Name] || f.Usage == "" {
			t.Errorf("flag %+v is there twice or has no usage", f)
		}
		seen[f.Name], keys[f.Key] = true, true
	}
	for _, name := range []string{"service", "project", "region", "no-test", "set-env-vars", "no-allow-unauthenticated"} {
		if !seen[name] {
			t.Errorf("no flag --%s", name)
		}
	}
	for key := range load(t, config.Input{Dir: app(t, full)}).Origin {
		if !keys[key] && key != "account" {
			t.Errorf("key %s has no flag", key)
		}
	}
}

func TestSmallThings(t *testing.T) {
	t.Parallel()
	c := load(t, config.Input{Dir: app(t, "\ufeffproject: !!str my-project\r\nentrypoint: [gunicorn, -b, ':$PORT', 5]\r\n")})
	if c.Project != "my-project" || len(c.Notes) != 1 || !strings.HasPrefix(c.Notes[0], "gcpdeploy.yaml:2: entrypoint[2]") {
		t.Errorf("project %q, notes %q", c.Project, c.Notes)
	}
	if err := c.NeedsProject(); err == nil || err.Error() != "no region is set" {
		t.Errorf("NeedsProject = %v", err)
	}
	c.Region = "europe-west1"
	if err := c.NeedsProject(); err != nil {
		t.Errorf("NeedsProject = %v", err)
	}
	if c = load(t, config.Input{Dir: app(t, "# nothing\n")}); c.Service != "hello" {
		t.Errorf("an empty file: %+v", c)
	}
}
