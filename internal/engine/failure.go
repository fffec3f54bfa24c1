package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// hints say what to do when a step fails and its log says nothing better.
var hints = map[string]string{
	plan.Wheels:  "See pip's message above; a missing header or library goes into system_packages.build.",
	plan.Runtime: "See the message above; a missing shared library goes into system_packages.runtime.",
	plan.TestEnv: "See pip's message above; the test requirements must agree with the app's pins.",
	"image":      "See Docker's message above.",
	"start":      "Make the app listen on 0.0.0.0:$PORT, or set `start: false` if it cannot start without its surroundings.",
	"test":       "Mend the tests, or set `test: false` to release without them.",
	"release":    "The revision that served before still does; run `gcpdeploy logs` for the new one's output.",
}

// causes are what tools print when their surroundings fail. Docker has no other
// interface for it than this text.
var causes = []struct {
	text, hint string
	kind       errs.Kind
}{
	{"failed to do request: Head", "The base image cannot be pulled; set base_image to one that this Docker has, or run again.", errs.Transient},
	{"no space left on device", "Free disk space, for example with `docker system prune`, and run again.", errs.Internal},
	{"Cannot connect to the Docker daemon", "Start Docker, and run again.", errs.Internal},
	{"connection refused", "The registry did not answer; run again.", errs.Transient},
	{"connection reset by peer", "The connection broke; run again.", errs.Transient},
	{"unexpected EOF", "The connection broke; run again.", errs.Transient},
	{"i/o timeout", "The registry did not answer in time; run again.", errs.Transient},
	{"received unexpected HTTP status: 5", "The registry had a fault; run again.", errs.Transient},
	{"500 Internal Server Error", "The registry had a fault; run again.", errs.Transient},
	{"502 Bad Gateway", "The registry had a fault; run again.", errs.Transient},
	{"503 Service Unavailable", "The registry had a fault; run again.", errs.Transient},
}

// failure is the error of a build that did not end well. tail is what the
// failed step printed last.
func failure(out plan.Outcome, tail func(step string) []string) error {
	id := failedStep(out)
	if id == "" {
		switch out.Status {
		case plan.Cancelled:
			return errs.New(errs.Interrupted, "", "build %s was cancelled", out.Build)
		case "INTERNAL_ERROR", "EXPIRED":
			return errs.New(errs.Transient, "Run again.", "build %s: %s %s", out.Build, out.Status, out.Detail)
		}
		return errs.New(errs.Build, "", "build %s: %s %s", out.Build, out.Status, out.Detail)
	}
	s, _ := out.Find(id)
	if out.Status == "TIMEOUT" {
		return errs.New(errs.Build, "Raise build.timeout.", "build %s ran out of time in step %s", out.Build, id)
	}
	kind, hint := errs.Build, hints[strings.TrimPrefix(id, "push-")]
	if isDocker(id) {
		text := strings.Join(tail(id), "\n")
		for _, c := range causes {
			if strings.Contains(text, c.text) {
				kind, hint = c.kind, c.hint
				break
			}
		}
	}
	what := fmt.Sprintf("step %s failed (exit %d)", id, s.Exit)
	if !isDocker(id) {
		// A step of ours says itself what is wrong, and what to do.
		if text, ok := said(tail(id), "error: "); ok {
			what = "step " + id + " failed: " + text
		}
		if text, ok := said(tail(id), "hint: "); ok {
			hint = text
		}
	}
	return errs.New(kind, hint, "%s; nothing was released", what)
}

// said gives the last line with a prefix, without it.
func said(lines []string, prefix string) (string, bool) {
	for _, line := range slices.Backward(lines) {
		if text, ok := strings.CutPrefix(line, prefix); ok {
			return text, true
		}
	}
	return "", false
}

// isDocker tells the steps whose output is Docker's from those that print the app's.
func isDocker(id string) bool {
	switch id {
	case "start", "test", "release":
		return false
	}
	return true
}

// failedStep is the first step that failed or ran out of time.
func failedStep(out plan.Outcome) string {
	for _, s := range out.Steps {
		if s.Status == plan.Failure || s.Status == "TIMEOUT" {
			return s.ID
		}
	}
	return ""
}
