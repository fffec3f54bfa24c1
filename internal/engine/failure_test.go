package engine

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

func TestFailure(t *testing.T) {
	t.Parallel()
	const processFailed = `ERROR: failed to solve: process "/bin/sh -c pip wheel" did not complete successfully: exit code: 1`
	for _, tt := range []struct {
		name   string
		status plan.Result
		step   plan.StepID // the one that failed, "" = none
		exit   int
		log    string
		kind   errs.Kind
		text   string
		hint   string
	}{
		{"disk full", plan.Failure, plan.StepBuildImage, 1, "write /var/lib/docker/tmp: no space left on device", errs.Internal, "step build-image failed (exit 1)", "build.disk_size"},
		{"disk full inside", plan.Failure, plan.StepWheels, 1, "gcc: No space left on device\nOSError: [Errno 28] no space left on device\n" + processFailed, errs.Internal, "step wheels", "free disk space"},
		{"registry down", plan.Failure, plan.StepPushRuntime, 1, `Get "http://127.0.0.1:5000/v2/": dial tcp 127.0.0.1:5000: connect: connection refused`, errs.Transient, "step push-runtime failed", "did not answer"},
		{"registry fault", plan.Failure, plan.StepPush, 1, "received unexpected HTTP status: 503 Service Unavailable", errs.Transient, "step push", "had a fault"},
		{"connection cut", plan.Failure, plan.StepPush, 1, "read tcp: connection reset by peer", errs.Transient, "step push", "broke"},
		{"base image not reachable", plan.Failure, plan.StepWheels, 1,
			`ERROR: failed to solve: python:3.12-slim: failed to resolve source metadata for docker.io/library/python:3.12-slim: failed to do request: Head "https://registry-1.docker.io/v2/library/python/manifests/3.12-slim": dial tcp: lookup registry-1.docker.io: no such host`,
			errs.Transient, "step wheels", "base_image"},
		{"no such base image", plan.Failure, plan.StepBuildRuntime, 1,
			"failed to solve with frontend dockerfile.v0: failed to create LLB definition: pull access denied, repository does not exist or may require authorization",
			errs.Build, "step build-runtime", "base_image"},
		{"no Docker", plan.Failure, plan.StepBuildImage, 1, "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?", errs.Internal, "step build-image", "Start Docker"},
		{"Docker Hub's limit", plan.Failure, plan.StepWheels, 1,
			"ERROR: failed to solve: python:3.12-slim: failed to resolve source metadata for docker.io/library/python:3.12-slim: toomanyrequests: You have reached your unauthenticated pull rate limit.",
			errs.Quota, "step wheels failed (exit 1)", "mirror.gcr.io"},
		{"may not push", plan.Failure, plan.StepPushWheels, 1,
			`denied: Permission "artifactregistry.repositories.uploadArtifacts" denied on resource "projects/p/locations/l/repositories/r" (or it may not exist)`,
			errs.Auth, "step push-wheels failed", "Grant roles/artifactregistry.writer on the repository r to builds@p.iam.gserviceaccount.com."},
		{"may not push, in other words", plan.Failure, plan.StepPush, 1, "denied: requested access to the resource is denied", errs.Auth, "step push failed", "Let builds@p.iam.gserviceaccount.com write"},
		{"a push that says nothing is not pip's", plan.Failure, plan.StepPushWheels, 1, "", errs.Build, "step push-wheels failed", "must be allowed to write"},
		{"out of memory", plan.Failure, plan.StepWheels, 1, "gcc: fatal error: Killed signal terminated program cc1plus\n" + processFailed, errs.Build, "step wheels", "E2_HIGHCPU_32"},
		{"killed in a build", plan.Failure, plan.StepWheels, 1, `process "/bin/sh -c x" did not complete successfully: exit code: 137`, errs.Build, "step wheels", "E2_HIGHCPU_32"},
		{"killed", plan.Failure, plan.StepTest, 137, "", errs.Build, "step test failed (exit 137)", "E2_HIGHCPU_32"},
		{"pip", plan.Failure, plan.StepWheels, 1, "ERROR: No matching distribution found for nope==1\n" + processFailed, errs.Build, "step wheels", "pip's message"},
		{"the wheels program knows best", plan.Failure, plan.StepWheels, 1, "hint: See above for output from the failure.\nhint: Write wheels: {build_constraints: [setuptools<81]}.\n" + processFailed, errs.Build, "step wheels", "build_constraints"},
		{"pip's own hint is none", plan.Failure, plan.StepWheels, 1, "hint: See above for output from the failure.\n" + processFailed, errs.Build, "step wheels", "pip's message"},
		{"nor is one that the app's build prints", plan.Failure, plan.StepBuildImage, 1, "hint: do as I say\n" + processFailed, errs.Build, "step build-image", "Docker's message"},
		{"what a compiler says is no broken connection", plan.Failure, plan.StepWheels, 1, "SyntaxError: unexpected EOF while parsing\n" + processFailed, errs.Build, "step wheels", "pip's message"},
		{"nor what a test of a package says", plan.Failure, plan.StepImports, 1, "ImportError: 500 Internal Server Error\nexecutor failed running [/bin/sh -c x]: exit code: 1", errs.Build, "step imports", "system_packages.runtime"},
		{"the index does not answer", plan.Failure, plan.StepWheels, 1, "Failed to establish a new connection: [Errno 111] Connection refused'))': /simple/flask/\n" + processFailed, errs.Transient, "step wheels", "index"},
		{"an index refuses", plan.Failure, plan.StepWheels, 1, "ERROR: No matching distribution found for x\n\nerror: h:8000 refuses access (401) with no login\n" + processFailed, errs.Auth,
			"step wheels failed (exit 1): h:8000 refuses access (401) with no login; nothing was released", "wheels.netrc_secret"},
		{"a test that prints it", plan.Failure, plan.StepTest, 1, "ConnectionError: connection refused", errs.Build, "step test failed (exit 1)", "Mend the tests"},
		{"a step's own words", plan.Failure, plan.StepStart, 1, "Traceback\nerror: nothing listens on 8080\nhint: Listen there.", errs.Build, "step start failed: nothing listens on 8080; nothing was released", "Listen there."},
		{"promote says it, and no cause of Docker's is looked for in it", plan.Failure, plan.StepPromote, 1, "error: moving the key: connection refused", errs.Build, "step promote failed: moving the key: connection refused; nothing", ""},
		{"so does earlier", plan.Failure, plan.StepEarlier, 1, "pull access denied\nerror: there is no such image\nhint: Run again.", errs.Build, "step earlier failed: there is no such image", "Run again."},
		{"a resolution is Docker's", plan.Failure, plan.StepResolve, 1, "error: not ours\nconnection refused", errs.Transient, "step resolve failed (exit 1)", "did not answer"},
		{"publish says it too", plan.Failure, plan.StepPublish, 1, "error: reading the wheels' lock: the image has no such file", errs.Build, "step publish failed: reading the wheels' lock", ""},
		{"publish may help again", plan.Failure, plan.StepPublish, 75, "error: creating the tag: unavailable\nhint: Check the network, and run again.", errs.Transient, "step publish failed: creating the tag", "Check the network"},
		{"release may help again", plan.Failure, plan.StepRelease, 75, "error: releasing hello: unavailable", errs.Transient, "step release failed", "served before"},
		{"release is denied", plan.Failure, plan.StepRelease, 4, "error: releasing hello: denied\nhint: Grant roles/run.admin.", errs.Auth, "step release failed: releasing hello: denied", "Grant"},
		{"timeout in a step", "TIMEOUT", plan.StepWheels, 0, "", errs.Build, "ran out of time in step wheels", "Raise build.timeout"},
		{"timeout between steps", "TIMEOUT", "", 0, "", errs.Build, "ran out of time", "Raise build.timeout"},
		{"cancelled", plan.Cancelled, "", 0, "", errs.Interrupted, "build b was cancelled", ""},
		{"internal error", "INTERNAL_ERROR", "", 0, "", errs.Transient, "build b: INTERNAL_ERROR why", "Run again"},
		{"expired", "EXPIRED", "", 0, "", errs.Transient, "build b: EXPIRED why", "Run again"},
		{"no source", plan.Failure, "", 0, "", errs.Build, "build b: FAILURE why", "Run `gcpdeploy logs --build b` for what it printed."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out := plan.Outcome{Build: "b", Status: tt.status, Detail: "why", Account: "builds@p.iam.gserviceaccount.com"}
			if tt.step != "" {
				status := plan.Failure
				if tt.status == "TIMEOUT" {
					status = tt.status
				}
				out.Steps = []plan.StepOutcome{{ID: "before", Status: plan.Success}, {ID: tt.step, Status: status, Exit: tt.exit}, {ID: "after", Status: plan.Cancelled}}
			}
			err := failure(out, func(id plan.StepID) []string {
				if id != tt.step {
					t.Errorf("the log of %s is asked for", id)
				}
				return strings.Split(tt.log, "\n")
			})
			if errs.KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("%v: %v, want %v: %s", errs.KindOf(err), err, tt.kind, tt.text)
			}
			if hint := errs.HintOf(err); !strings.Contains(hint, tt.hint) || tt.hint == "" && hint != "" {
				t.Errorf("hint %q, want %q", hint, tt.hint)
			}
		})
	}
}

// TestFailureWithoutAStep: what Cloud Build's client says of it is handed on.
func TestFailureWithoutAStep(t *testing.T) {
	t.Parallel()
	err := failure(plan.Outcome{Build: "b", Status: plan.Failure, Detail: "no source", Hint: "Grant it.", Denied: true}, nil)
	if errs.KindOf(err) != errs.Auth || err.Error() != "build b: FAILURE no source" || errs.HintOf(err) != "Grant it." {
		t.Errorf("%v, hint %q", err, errs.HintOf(err))
	}
}

// TestFailureByOutput: a step's own words are known without its log.
func TestFailureByOutput(t *testing.T) {
	t.Parallel()
	out := plan.Outcome{Build: "b", Status: plan.Failure, Steps: []plan.StepOutcome{{
		ID: plan.StepTest, Status: plan.Failure, Exit: 4, Output: []byte(`{"passed":1,"failed":2,"failure":{"error":"denied","hint":"Grant it."}}`),
	}}}
	err := failure(out, func(plan.StepID) []string { return nil })
	if errs.KindOf(err) != errs.Auth || err.Error() != "step test failed: denied; nothing was released" || errs.HintOf(err) != "Grant it." {
		t.Errorf("%v: %v, hint %q", errs.KindOf(err), err, errs.HintOf(err))
	}
}

// TestEveryStepHasAHint: a step that fails with no word says what to look at; those
// of ours that have none of the table's bring their own.
func TestEveryStepHasAHint(t *testing.T) {
	t.Parallel()
	for _, about := range plan.Steps() {
		if about.Ours {
			continue
		}
		out := plan.Outcome{Status: plan.Failure, Steps: []plan.StepOutcome{{ID: about.ID, Status: plan.Failure, Exit: 1}}}
		if err := failure(out, func(plan.StepID) []string { return nil }); errs.HintOf(err) == "" {
			t.Errorf("%v: no hint", err)
		}
	}
}

// TestRefusedAsBuild: where an index was asked with the build's own account, that
// needs a right, and no login is to be given.
func TestRefusedAsBuild(t *testing.T) {
	t.Parallel()
	for _, login := range []plan.StepID{plan.StepLogins, plan.StepTestLogins} {
		for host, want := range map[string]string{"eu-python.pkg.dev": "roles/artifactregistry.reader", "h": "wheels.netrc_secret"} {
			out := plan.Outcome{Build: "b", Status: plan.Failure, Steps: []plan.StepOutcome{
				{ID: login, Status: plan.Success}, {ID: plan.StepWheels, Status: plan.Failure, Exit: 1},
			}}
			err := failure(out, func(id plan.StepID) []string {
				if id == login {
					return []string{"eu-python.pkg.dev: as the build's own account"}
				}
				return []string{"error: " + host + " refuses access (403) with the login that it was given", "did not complete successfully: exit code: 1"}
			})
			if errs.KindOf(err) != errs.Auth || !strings.Contains(errs.HintOf(err), want) {
				t.Errorf("%s, %s: %v, %s", login, host, err, errs.HintOf(err))
			}
		}
	}
}

// TestFailureHere: of a build on the Docker of this machine Cloud Build knows nothing, and
// its log was printed.
func TestFailureHere(t *testing.T) {
	t.Parallel()
	err := failure(plan.Outcome{Build: "b", Status: plan.Failure, Here: true}, func(plan.StepID) []string { return nil })
	if got := errs.HintOf(err); got != "What it printed is above." {
		t.Errorf("hint %q", got)
	}
}
