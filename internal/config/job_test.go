package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// boats is a target that has jobs, and takes those alone whose memory is said in barrels.
var boats = config.Target{
	Name: "boats", Section: "boats", New: func() any { return &crate{} },
	Job: func(_ *config.Config, j *config.Job) *config.Conflict {
		if j.Memory != "" && !strings.HasSuffix(j.Memory, "barrels") {
			return &config.Conflict{Key: "memory", Fault: *config.Wrong("Count them.", "must be barrels, not %q", j.Memory)}
		}
		if _, ok := j.Env["SAIL"]; ok {
			return &config.Conflict{Key: "env", Entry: "SAIL", Fault: *config.Wrong("", "SAIL is the captain's")}
		}
		return nil
	},
}

// TestJobs: jobs keep the order of the file; what is wrong is told with its place.
func TestJobs(t *testing.T) {
	t.Parallel()
	load := func(yaml string, targets ...config.Target) (*config.Config, error) {
		return config.Load(config.Input{Dir: app(t, yaml), Targets: targets})
	}
	c, err := load("jobs:\n  zulu: {command: python z.py, before_traffic: true, retries: 0, timeout: 90s}\n  alpha: {command: [a, b], tasks: 3, parallelism: 2, schedule: 0 3 * * *, time_zone: Europe/Berlin, memory: 2barrels}\n", boats)
	if err != nil {
		t.Fatal(err)
	}
	none := 0
	want := []config.Job{
		{Name: "zulu", Command: []string{"python", "z.py"}, BeforeTraffic: true, Retries: &none, TimeoutSeconds: 90},
		{Name: "alpha", Command: []string{"a", "b"}, Tasks: 3, Parallelism: 2, Schedule: "0 3 * * *", TimeZone: "Europe/Berlin", Memory: "2barrels"},
	}
	if diff := cmp.Diff(want, c.Jobs); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for yaml, want := range map[string]string{
		"jobs: [a]\n":                                             "gcpdeploy.yaml:1:7: jobs must be a mapping of names",
		"jobs: {A: {command: a}}\n":                               `gcpdeploy.yaml:1:8: jobs: must be a name of lower-case letters, digits and hyphens, at most 40, not "A"`,
		"jobs: {a: {}}\n":                                         "jobs.a has no command",
		"jobs: {a: {command: a, cmd: b}}\n":                       "unknown key jobs.a.cmd",
		"jobs: {a: {command: a, retries: 11}}\n":                  "jobs.a.retries must be from 0 to 10, not 11",
		"jobs: {a: {command: a, parallelism: 2}}\n":               "gcpdeploy.yaml:1:24: jobs.a.parallelism is 2, more than its tasks, 1",
		"jobs: {a: {command: a, time_zone: UTC}}\n":               "jobs.a.time_zone is of a schedule",
		"jobs:\n  a:\n    command: a\n    memory: 1Gi\n":          `gcpdeploy.yaml:4:5: jobs.a.memory must be barrels, not "1Gi"`,
		"jobs: {a: {command: a, env: {SAIL: up}}}\n":              "gcpdeploy.yaml:1:30: jobs.a.env: SAIL is the captain's",
		"target: crates\njobs: {a: {command: a}}\n":               "gcpdeploy.yaml:2:7: jobs is set, and the target crates has no jobs",
		"test: {services: {db: {env: {A: b}}}}\n":                 "test.services.db has no image",
		"test: {services: {DB: postgres:16}}\n":                   "test.services: must be a name of lower-case letters",
		"test: {services: {db: {image: postgres:16, port: 0}}}\n": "test.services.db.port must be from 1 to 65535, not 0",
		"test: {services: {db: [postgres:16]}}\n":                 "test.services.db must be a mapping",
	} {
		if _, err := load(yaml, boats, crates); err == nil || !strings.Contains(err.Error(), want) || errs.KindOf(err) != errs.Usage {
			t.Errorf("%s: %v, want %q", yaml, err, want)
		}
	}
	c, err = load("test: {services: {db: postgres:16, cache: {image: redis:7, port: 6380, ready: redis-cli ping}}}\n", boats)
	services := []config.TestService{{Name: "cache", Image: "redis:7", Port: 6380, Ready: []string{"redis-cli", "ping"}}, {Name: "db", Image: "postgres:16"}}
	if err != nil || !cmp.Equal(services, c.Test.Services) {
		t.Errorf("%+v, %v", c, err)
	}
}
