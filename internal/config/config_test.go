package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// targets are those that there are.
var targets = []config.Target{run.Kind.Config}

// settings are those of a configuration's target.
func settings(c *config.Config) *run.Settings { return c.Settings.(*run.Settings) }

// app makes an app directory named hello with the configuration, if any.
func app(t *testing.T, yaml string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "hello")
	write(t, filepath.Join(dir, "app.py"), "")
	if yaml != "" {
		write(t, filepath.Join(dir, config.DefaultFile), yaml)
	}
	return dir
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func lookup(env map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		s, ok := env[name]
		return s, ok
	}
}

func load(t *testing.T, in config.Input) *config.Config {
	t.Helper()
	in.Targets = targets
	c, err := config.Load(in)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const full = `service: spectrum
project: my-project
region: europe-west1
repository: images
python: 3.10   # not 3.1
base_image: gcpdeploy.local/python:3.10
requirements: [requirements.txt, ./requirements/prod.txt]
system_packages: {build: [gfortran, libopenblas-dev], runtime: [libopenblas0]}
wheels:
  no_binary: [scipy]
  only_binary: [":all:"]
  index_url: https://pypi.example.com/simple
  max_age: 720h
  build_env: {CFLAGS: -O3 -march=x86-64-v2}
  skip_imports: [PIL.ImageTk, _x]
  build_constraints: [SetupTools < 81, "cython>=0.29,<3"]
  config_settings: {NumPy: [setup-args=-Dallow-noblas=true, compile-args=-v], scipy: setup-args=-Dx}
entrypoint: [/env/bin/python, /app/wsgi.py]
test:
  command: python -m pytest -q
  requirements: [requirements-dev.txt]
  env: {MODE: test, RETRIES: 3}
start: false
target: cloud-run
run:
  port: 9000
  cpu: 2.0
  memory: 1Gi
  concurrency: 40
  min_instances: 0
  max_instances: 10
  timeout: 5m
  env: {MODE: prod, DEBUG: false, RATIO: 1.50, EMPTY: "", NUMBER: 007}
  secrets: {API_KEY: "api-key:latest", DB: projects/p/secrets/db:3}
  service_account: run@my-project.iam.gserviceaccount.com
  allow_unauthenticated: true
build:
  on: cloud-build
  service_account: build@my-project.iam.gserviceaccount.com
  region: global
  machine_type: e2-highcpu-8
  disk_size: 500
  worker_release: stable
  timeout: 1800
  queue_ttl: 2h
  source_bucket: my-sources
  logs_bucket: gs://my-logs/
  logging: gcs-only
  provenance: true
`

func TestWholeFile(t *testing.T) {
	t.Parallel()
	dir := app(t, full)
	got := load(t, config.Input{Dir: dir})
	zero, ten, yes := 0, 10, true
	want := &config.Config{
		Dir: dir, Service: "spectrum", Project: "my-project", Region: "europe-west1", Repository: "images",
		Python: "3.10", BaseImage: "gcpdeploy.local/python:3.10", Requirements: []string{"requirements.txt", "requirements/prod.txt"},
		SystemPackages: config.SystemPackages{Build: []string{"gfortran", "libopenblas-dev"}, Runtime: []string{"libopenblas0"}},
		Wheels: config.Wheels{NoBinary: []string{"scipy"}, OnlyBinary: []string{":all:"}, IndexURL: "https://pypi.example.com/simple",
			SkipImports: []string{"PIL.ImageTk", "_x"}, BuildConstraints: []string{"setuptools<81.0", "cython<3.0,>=0.29"},
			MaxAge: 720 * time.Hour, BuildEnv: map[string]string{"CFLAGS": "-O3 -march=x86-64-v2"},
			ConfigSettings: map[string][]string{"numpy": {"setup-args=-Dallow-noblas=true", "compile-args=-v"}, "scipy": {"setup-args=-Dx"}}},
		Entrypoint: []string{"/env/bin/python", "/app/wsgi.py"},
		Test: config.Test{Command: []string{"python", "-m", "pytest", "-q"}, Requirements: []string{"requirements-dev.txt"},
			Env: map[string]string{"MODE": "test", "RETRIES": "3"}},
		Start:  config.Start{Timeout: time.Minute, Protocol: "http"},
		Target: "cloud-run",
		Settings: &run.Settings{
			Port:    9000,
			Env:     map[string]string{"MODE": "prod", "DEBUG": "false", "RATIO": "1.50", "EMPTY": "", "NUMBER": "007"},
			Secrets: map[string]string{"API_KEY": "api-key:latest", "DB": "projects/p/secrets/db:3"},
			Options: run.Options{
				CPU: "2", Memory: "1Gi", Concurrency: 40, MinInstances: &zero, MaxInstances: &ten, TimeoutSeconds: 300,
				ServiceAccount: "run@my-project.iam.gserviceaccount.com", AllowUnauthenticated: &yes,
			},
		},
		Build: config.Build{On: config.CloudBuild, ServiceAccount: "build@my-project.iam.gserviceaccount.com", Region: "global", MachineType: "E2_HIGHCPU_8",
			DiskSize: 500, WorkerRelease: "stable", Timeout: 1800e9, QueueTTL: 2 * time.Hour, SourceBucket: "my-sources",
			LogsBucket: "my-logs", Logging: config.GCSOnly, Provenance: true},
		Origin: got.Origin,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Load (-want +got):\n%s", diff)
	}
	for key, want := range map[string]string{"service": "gcpdeploy.yaml:1", "run.port": "gcpdeploy.yaml:26", "test.env": "gcpdeploy.yaml:22"} {
		if got.Origin[key] != want {
			t.Errorf("Origin[%q] = %q, want %q", key, got.Origin[key], want)
		}
	}
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name                      string
		flag, env, plugin, inFile string // the values in each source
		detected                  string
		fallback                  string // the default, with its origin below
		fallbackFrom              string
		key, flagName             string
		get                       func(*config.Config) string
		line                      string // in the file, %s for the value
	}{
		{name: "service", flag: "a", env: "b", plugin: "c", inFile: "d", fallback: "hello", fallbackFrom: "the directory's name",
			key: "service", flagName: "service", get: func(c *config.Config) string { return c.Service }, line: "service: %s"},
		{name: "python", flag: "3.9", env: "3.10", plugin: "3.11", inFile: "3.13", detected: "3.14",
			key: "python", flagName: "python", get: func(c *config.Config) string { return c.Python }, line: "python: %s"},
		{name: "requirements", flag: "a", env: "b", plugin: "c", inFile: "d", detected: "e",
			key: "requirements", flagName: "requirements", get: func(c *config.Config) string { return strings.Join(c.Requirements, ",") }, line: "requirements: [%s]"},
		{name: "entrypoint", flag: "a", env: "b", plugin: "c", inFile: "d", detected: "e",
			key: "entrypoint", flagName: "entrypoint", get: func(c *config.Config) string { return strings.Join(c.Entrypoint, ",") }, line: "entrypoint: %s"},
		{name: "test", flag: "a", env: "b", plugin: "c", inFile: "d", detected: "e",
			key: "test.command", flagName: "test-command", get: func(c *config.Config) string { return strings.Join(c.Test.Command, ",") }, line: "test: %s"},
		{name: "packages to build with", flag: "aa", env: "bb", plugin: "cc", inFile: "dd", detected: "ee",
			key: "system_packages.build", flagName: "build-packages", get: func(c *config.Config) string { return strings.Join(c.SystemPackages.Build, ",") }, line: "system_packages: {build: [%s]}"},
		{name: "packages to run with", flag: "aa", env: "bb", plugin: "cc", inFile: "dd", detected: "ee",
			key: "system_packages.runtime", flagName: "runtime-packages", get: func(c *config.Config) string { return strings.Join(c.SystemPackages.Runtime, ",") }, line: "system_packages: {runtime: [%s]}"},
		{name: "test requirements", flag: "a", env: "b", plugin: "c", inFile: "d", detected: "e",
			key: "test.requirements", flagName: "test-requirements", get: func(c *config.Config) string { return strings.Join(c.Test.Requirements, ",") }, line: "test: {requirements: [%s]}"},
		{name: "memory", flag: "1Gi", env: "2Gi", plugin: "3Gi", inFile: "4Gi",
			key: "run.memory", flagName: "memory", get: func(c *config.Config) string { return settings(c).Memory }, line: "run: {memory: %s}"},
		{name: "repository", flag: "a", env: "b", plugin: "c", inFile: "d", fallback: "gcpdeploy", fallbackFrom: "default",
			key: "repository", flagName: "repository", get: func(c *config.Config) string { return c.Repository }, line: "repository: %s"},
	} {
		variable := strings.ToUpper(strings.ReplaceAll(tt.key, ".", "_"))
		sources := []struct{ name, value, origin string }{
			{"flag", tt.flag, "--" + tt.flagName},
			{"env", tt.env, "GCPDEPLOY_" + variable},
			{"plugin", tt.plugin, "PLUGIN_" + variable},
			{"file", tt.inFile, "gcpdeploy.yaml:1"},
			{"detected", tt.detected, "found"},
			{"default", tt.fallback, tt.fallbackFrom},
		}
		for i := range sources { // sources i and below speak; i must win
			if sources[i].name == "detected" && sources[i].value == "" {
				continue
			}
			t.Run(tt.name+"/"+sources[i].name, func(t *testing.T) {
				t.Parallel()
				in, env, yaml := config.Input{Flags: map[string][]string{}}, map[string]string{}, ""
				var d config.Detected
				for _, s := range sources[i:] {
					switch s.name {
					case "flag":
						in.Flags[tt.flagName] = []string{s.value}
					case "env":
						env["GCPDEPLOY_"+variable] = s.value
					case "plugin":
						env["PLUGIN_"+variable] = s.value
					case "file":
						yaml = strings.ReplaceAll(tt.line, "%s", s.value)
					case "detected":
						if s.value == "" {
							break
						}
						list := []string{s.value}
						d = config.Detected{Python: "3.14", Requirements: list, SystemPackages: list, Entrypoint: list, TestCommand: list, TestRequirements: list, From: map[string]string{tt.key: "found"}}
					}
				}
				in.Dir, in.Lookup = app(t, yaml), lookup(env)
				c := load(t, in)
				c.Adopt(d)
				if got := tt.get(c); got != sources[i].value {
					t.Errorf("%s = %q, want %q", tt.key, got, sources[i].value)
				}
				want := sources[i].origin
				if sources[i].value == "" {
					want = ""
				}
				if got := c.Origin[tt.key]; got != want {
					t.Errorf("Origin[%q] = %q, want %q", tt.key, got, want)
				}
			})
		}
	}
}

func TestUsageKind(t *testing.T) {
	t.Parallel()
	_, err := config.Load(config.Input{Targets: targets, Dir: app(t, "servce: x\n")})
	if errs.KindOf(err) != errs.Usage || errs.HintOf(err) != "Did you mean service?" {
		t.Errorf("Load = %v, kind %v, hint %q", err, errs.KindOf(err), errs.HintOf(err))
	}
}
