package config_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

const pool = "projects/p/locations/europe-west1/workerPools/pool"

// TestBuildFaults: what Cloud Build would refuse is told where it was written.
func TestBuildFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ yaml, want string }{
		{"build:\n  pool: " + pool + "\n  region: us-central1\n", "gcpdeploy.yaml:3:11: build.region is us-central1, but builds of build.pool run in europe-west1"},
		{"build:\n  pool: " + pool + "\n  machine_type: E2_MEDIUM\n", "gcpdeploy.yaml:3:17: build.machine_type cannot be set together with build.pool"},
		{"build:\n  pool: " + pool + "\n  disk_size: 10\n", "gcpdeploy.yaml:3:14: build.disk_size cannot be set together with build.pool"},
		{"build:\n  pool: " + pool + "\n  worker_release: rapid\n", "gcpdeploy.yaml:3:19: build.worker_release cannot be set together with build.pool"},
		{"build: {pool: projects/p/locations/global/workerPools/pool}\n", "gcpdeploy.yaml:1:15: build.pool must be the full name of a worker pool"},
		{"build: {pool: my-pool}\n", "hint: Write projects/PROJECT/locations/REGION/workerPools/NAME."},
		{"build: {logs_bucket: b12, logging: CLOUD_LOGGING_ONLY}\n", "gcpdeploy.yaml:1:36: build.logging is CLOUD_LOGGING_ONLY, but build.logs_bucket names a bucket"},
		{"build: {logging: NONE}\n", `gcpdeploy.yaml:1:18: build.logging must be one of GCS_ONLY, CLOUD_LOGGING_ONLY, not "NONE"`},
		{"build: {logging: cloud-loging-only}\n", "hint: Did you mean CLOUD_LOGGING_ONLY?"},
		{"build: {disk_size: 4001}\n", "gcpdeploy.yaml:1:20: build.disk_size must be from 1 to 4000, not 4001"},
		{"build: {timeout: 25h}\n", "gcpdeploy.yaml:1:18: build.timeout must be whole seconds from 1s to 86400s"},
		{"build: {queue_ttl: 25h}\n", "gcpdeploy.yaml:1:20: build.queue_ttl must be whole seconds from 1s to 86400s"},
		{"build: {region: europe-west1-b}\n", "gcpdeploy.yaml:1:17: build.region must be a region, and \"europe-west1-b\" is a zone"},
		{"build: {source_bucket: 'gs://B'}\n", "gcpdeploy.yaml:1:24: build.source_bucket must be a bucket name"},
		{"build: {worker_release: 'very stable'}\n", "gcpdeploy.yaml:1:25: build.worker_release must be rapid, regular, stable or a version"},
		{"build: {trust_pull_requests: all}\n", "gcpdeploy.yaml:1:30: build.trust_pull_requests cannot stand in a file: a pull request would say of itself that it is to be trusted"},
		{"environments: {ci: {build: {trust_pull_requests: everybody}}}\n", `build.trust_pull_requests must be one of same-repository, all, none, not "everybody"`},
	} {
		t.Run(tt.yaml, func(t *testing.T) {
			t.Parallel()
			dir := app(t, tt.yaml)
			_, err := config.Load(config.Input{Targets: targets, Dir: dir})
			if got := told(t, dir, err); !strings.Contains(got, tt.want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

// TestTrust: who starts a run says whose pull requests it trusts, and no file that
// it is given does: a pull request can change each of them.
func TestTrust(t *testing.T) {
	t.Parallel()
	dir := app(t, "region: us-east1\nenvironments: {ci: {build: {trust_pull_requests: all}}}\n")
	given := map[string][]string{"trust-pull-requests": {"all"}}
	lookup := func(name string) (string, bool) {
		if name == "GCPDEPLOY_BUILD_TRUST_PULL_REQUESTS" {
			return "none", true
		}
		return "", false
	}
	for _, tt := range []struct {
		in         config.Input
		want, from string
	}{
		{config.Input{Dir: dir}, "", ""},
		{config.Input{Dir: dir, Flags: given}, "all", "--trust-pull-requests"},
		{config.Input{Dir: dir, Lookup: lookup}, "none", "GCPDEPLOY_BUILD_TRUST_PULL_REQUESTS"},
		{config.Input{Dir: dir, Lookup: lookup, Flags: given}, "all", "--trust-pull-requests"},
	} {
		c := load(t, tt.in)
		if got := c.Build.Trust; got != tt.want || c.Origin["build.trust_pull_requests"] != tt.from {
			t.Errorf("%q from %s, want %q from %s", got, c.Origin["build.trust_pull_requests"], tt.want, tt.from)
		}
	}
	_, err := config.Load(config.Input{Targets: targets, Dir: dir, Env: "ci"})
	if got := told(t, dir, err); !strings.Contains(got, "cannot stand in a file") {
		t.Error(got)
	}
}

// TestBuildRegion: builds run where it is said, where the pool is, or where the service is.
func TestBuildRegion(t *testing.T) {
	t.Parallel()
	for yaml, want := range map[string]string{
		"region: us-east1\n": "us-east1",
		"region: us-east1\nbuild: {region: us-central1}\n":                      "us-central1",
		"region: us-east1\nbuild: {pool: " + pool + "}\n":                       "europe-west1",
		"region: us-east1\nbuild: {region: europe-west1, pool: " + pool + "}\n": "europe-west1",
	} {
		if got := load(t, config.Input{Dir: app(t, yaml)}).BuildRegion(); got != want {
			t.Errorf("%q: builds run in %s, want %s", yaml, got, want)
		}
	}
}
