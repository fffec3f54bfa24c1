package config_test

import (
	"maps"
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
		Dir: dir, Service: "hello", Repository: "gcpdeploy", Start: config.Start{On: true, Timeout: time.Minute, Protocol: "http"}, Target: "cloud-run",
		Settings: &run.Settings{Port: 8080}, Build: config.Build{On: config.Auto, Timeout: 3600e9},
		Origin: map[string]string{"service": "the directory's name", "repository": "default", "start": "default", "start.protocol": "default",
			"start_timeout": "default", "target": "default", "run.port": "default", "build.on": "default", "build.timeout": "default"},
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

func TestCaller(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "gcloud")
	write(t, filepath.Join(dir, "configurations", "config_default"),
		"[core]\nproject = p-of-gcloud\n[auth]\nimpersonate_service_account = a@p.iam.gserviceaccount.com,b@p.iam.gserviceaccount.com\naccess_token_file = /run/t\n[billing]\nquota_project = payer\n")
	const c = "c@p.iam.gserviceaccount.com"
	for _, tt := range []struct {
		name  string
		vars  map[string]string
		yaml  string
		flags map[string][]string
		want  config.Caller
		from  string // of who is impersonated
	}{
		{name: "gcloud's", want: config.Caller{Impersonate: []string{"a@p.iam.gserviceaccount.com", "b@p.iam.gserviceaccount.com"}, TokenFile: "/run/t", QuotaProject: "payer"}, from: "gcloud's config_default"},
		{name: "gcloud's variables", vars: map[string]string{"CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT": c, "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": "/x", "CLOUDSDK_BILLING_QUOTA_PROJECT": "v", "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true"},
			want: config.Caller{Impersonate: []string{c}, TokenFile: "/x", QuotaProject: "v", Disabled: "CLOUDSDK_AUTH_DISABLE_CREDENTIALS"}, from: "CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT"},
		{name: "ours", vars: map[string]string{"GCPDEPLOY_IMPERSONATE_SERVICE_ACCOUNT": c, "GOOGLE_CLOUD_QUOTA_PROJECT": "g", "CLOUDSDK_BILLING_QUOTA_PROJECT": "LEGACY"},
			want: config.Caller{Impersonate: []string{c}, TokenFile: "/run/t", QuotaProject: "g"}, from: "GCPDEPLOY_IMPERSONATE_SERVICE_ACCOUNT"},
		{name: "the file's", yaml: "impersonate_service_account: " + c + "\n", vars: map[string]string{"CLOUDSDK_BILLING_QUOTA_PROJECT": "LEGACY", "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "false"},
			want: config.Caller{Impersonate: []string{c}, TokenFile: "/run/t"}, from: "gcpdeploy.yaml:1"},
		{name: "the flag", flags: map[string][]string{"impersonate-service-account": {c}, "project": {"p-of-flag"}}, vars: map[string]string{"CLOUDSDK_BILLING_QUOTA_PROJECT": "CURRENT_PROJECT"},
			want: config.Caller{Impersonate: []string{c}, TokenFile: "/run/t", QuotaProject: "p-of-flag"}, from: "--impersonate-service-account"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			vars := map[string]string{"CLOUDSDK_CONFIG": dir}
			maps.Copy(vars, tt.vars)
			got := load(t, config.Input{Dir: app(t, tt.yaml), Lookup: lookup(vars), Flags: tt.flags})
			if diff := cmp.Diff(tt.want, got.Caller); diff != "" || got.Origin["impersonate_service_account"] != tt.from {
				t.Errorf("from %s (-want +got):\n%s", got.Origin["impersonate_service_account"], diff)
			}
		})
	}
	got := load(t, config.Input{Dir: app(t, ""), Lookup: lookup(map[string]string{"CLOUDSDK_CONFIG": dir}), Defaults: config.Defaults{IgnoreGcloud: true}})
	if diff := cmp.Diff(config.Caller{}, got.Caller); diff != "" {
		t.Errorf("local (-want +got):\n%s", diff)
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
