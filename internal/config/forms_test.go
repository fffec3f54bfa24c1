package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// TestColonsInLists reads lists whose texts have colons, in braces and without.
func TestColonsInLists(t *testing.T) {
	t.Parallel()
	want := []string{"topic:news", "webhook:hook:2"}
	for _, yaml := range []string{
		"wheels: {notify: [topic:news, webhook:hook:2]}",
		"wheels:\n  notify: [topic:news, webhook:hook:2]",
		"wheels: {notify: [topic:news,\n  'webhook:hook:2']}",
		"wheels:\n  notify:\n  - topic:news\n  - webhook:hook:2",
		"environments: {production: {wheels: {notify: [topic:news, webhook:hook:2]}}}",
	} {
		in := config.Input{Dir: app(t, yaml)}
		if strings.HasPrefix(yaml, "env") {
			in.Env = "production"
		}
		if diff := cmp.Diff(want, load(t, in).Wheels.Notify); diff != "" {
			t.Errorf("%s (-want +got):\n%s", yaml, diff)
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
	if settings(c).Port != 90 || *settings(c).AllowUnauthenticated || !c.Start.On || settings(c).TimeoutSeconds != 90 || len(c.Entrypoint) != 2 {
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

func TestStartForms(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, yaml, variable string
		flags                map[string][]string
		want                 config.Start
	}{
		{name: "nothing", want: config.Start{On: true, Protocol: "http"}},
		{name: "off", yaml: "start: false", want: config.Start{Protocol: "http"}},
		{name: "path", yaml: "start: {path: '/healthz?full=1', status: 204}", want: config.Start{On: true, Protocol: "http", Path: "/healthz?full=1", Status: 204}},
		{name: "protocol", yaml: "start: {protocol: grpc}", want: config.Start{On: true, Protocol: "grpc"}},
		{name: "off by variable", yaml: "start: {path: /a}", variable: "false", want: config.Start{Protocol: "http", Path: "/a"}},
		{name: "on by variable", yaml: "start: false", variable: `{"path": "/b"}`, want: config.Start{On: true, Protocol: "http", Path: "/b"}},
		{name: "on by flag", yaml: "start: false", flags: map[string][]string{"start-protocol": {"tcp"}}, want: config.Start{On: true, Protocol: "tcp"}},
		{name: "both flags", flags: map[string][]string{"start-path": {"/c"}, "no-start": {"true"}}, want: config.Start{Protocol: "http", Path: "/c"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := load(t, config.Input{Dir: app(t, tt.yaml), Flags: tt.flags, Lookup: lookup(map[string]string{"GCPDEPLOY_START": tt.variable})})
			tt.want.Timeout = time.Minute
			if c.Start != tt.want {
				t.Errorf("Start = %+v, want %+v", c.Start, tt.want)
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
