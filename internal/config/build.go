package config

import (
	"slices"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
)

// The greatest that Cloud Build takes
// (proto comments of google.devtools.cloudbuild.v1, and cloud.google.com/build/quotas, read 2026-11).
const (
	maxBuild    = 24 * time.Hour
	maxDiskSize = 4000
)

// machineTypes are those of cloudbuild.v1.BuildOptions.
var machineTypes = []string{"E2_MEDIUM", "E2_STANDARD_2", "E2_HIGHCPU_8", "E2_HIGHCPU_32", "N1_HIGHCPU_8", "N1_HIGHCPU_32"}

var (
	poolForm    = Matching(`projects/[^/\s]+/locations/[a-z]+-[a-z]+[0-9]+/workerPools/[a-z][a-z0-9-]{0,61}[a-z0-9]`, "the full name of a worker pool", "Write projects/PROJECT/locations/REGION/workerPools/NAME.")
	bucketForm  = Matching(`[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]`, "a bucket name", "")
	releaseForm = Matching(`[a-z0-9][a-z0-9._-]{0,62}`, "rapid, regular, stable or a version", "")
)

func checkOn(s string) (string, *Fault) {
	known := []string{Auto, CloudBuild, Docker}
	if slices.Contains(known, s) {
		return s, nil
	}
	return "", Wrong(suggest.Hint(s, known), "must be one of %s, not %q", strings.Join(known, ", "), s)
}

// trustKey is the one setting that the app's file cannot have.
const trustKey = "build.trust_pull_requests"

func checkTrust(s string) (string, *Fault) {
	if slices.Contains(ci.Trusts(), s) {
		return s, nil
	}
	return "", Wrong(suggest.Hint(s, ci.Trusts()), "must be one of %s, not %q", strings.Join(ci.Trusts(), ", "), s)
}

func checkMachine(s string) (string, *Fault) { return constant(s, machineTypes) }

func checkLogging(s string) (string, *Fault) { return constant(s, []string{GCSOnly, CloudLoggingOnly}) }

// constant takes one of Google's constants, however it is written.
func constant(s string, known []string) (string, *Fault) {
	up := strings.ToUpper(strings.ReplaceAll(s, "-", "_"))
	if slices.Contains(known, up) {
		return up, nil
	}
	return "", Wrong(suggest.Hint(up, known), "must be one of "+strings.Join(known, ", ")+", not %q", s)
}

func checkBucket(s string) (string, *Fault) {
	return bucketForm(strings.TrimSuffix(strings.TrimPrefix(s, "gs://"), "/"))
}

// buildRules are those between the keys of builds: what Cloud Build would refuse
// is refused where it was written, and a pool says where builds run.
func (c *Config) buildRules(settings layer) error {
	b := &c.Build
	fail := func(key, hint, format string, args ...any) error {
		return settings[key].fail(key, Wrong(hint, format, args...))
	}
	if settings[trustKey].at.place.File != "" {
		return fail(trustKey, "Give --trust-pull-requests, or the variable GCPDEPLOY_BUILD_TRUST_PULL_REQUESTS, where the run is started.",
			"cannot stand in a file: a pull request would say of itself that it is to be trusted")
	}
	if b.Pool != "" {
		region := strings.Split(b.Pool, "/")[3]
		switch _, given := settings["build.region"]; {
		case given && b.Region != region:
			return fail("build.region", "Remove it, or name a pool in that region.", "is %s, but builds of build.pool run in %s", c.shown("build.region", b.Region), c.shown("build.pool", region))
		case b.MachineType != "":
			return fail("build.machine_type", "Remove it, or build.pool.", "cannot be set together with build.pool: a pool has a machine type of its own")
		case b.DiskSize != 0:
			return fail("build.disk_size", "Remove it, or build.pool.", "cannot be set together with build.pool: a pool has a disk size of its own")
		case b.WorkerRelease != "":
			return fail("build.worker_release", "Remove it, or build.pool.", "cannot be set together with build.pool: a pool has a worker release of its own")
		}
		if b.Region == "" {
			b.Region, c.Origin["build.region"] = region, "build.pool"
		}
	}
	if b.Logging == CloudLoggingOnly && b.LogsBucket != "" {
		return fail("build.logging", "Remove it, or build.logs_bucket.", "is %s, but build.logs_bucket names a bucket", c.shown("build.logging", b.Logging))
	}
	return nil
}
