package engine

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/credential"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// cause is what a tool prints when its surroundings fail.
type cause struct {
	text, hint string
	kind       errs.Kind
}

// find gives the first of causes that a log tells of.
func find(causes []cause, log string) (cause, bool) {
	i := slices.IndexFunc(causes, func(c cause) bool { return strings.Contains(log, c.text) })
	if i < 0 {
		return cause{}, false
	}
	return causes[i], true
}

const (
	space  = "Set build.disk_size (on this machine: free disk space, for example with `docker system prune`), and run again."
	memory = "Set build.machine_type to E2_HIGHCPU_32, which has 32 GB of memory (on this machine: give Docker more), and run again."
	hub    = "Docker Hub limits how much is pulled: run again later, or set base_image to a copy elsewhere, such as mirror.gcr.io/library/python:3.12-slim."
	write  = "Grant roles/artifactregistry.writer on the repository to " + account + "."
)

// deniedOn is the repository that a registry says something is denied on.
var deniedOn = regexp.MustCompile(`denied on resource \W*projects/[^ "]+/repositories/([a-z][a-z0-9-]*)`)

// account stands in a hint for who the build ran as.
const account = "ACCOUNT"

// ofDocker is what Docker itself prints; it has no other interface for it than
// this text.
var ofDocker = []cause{
	{"toomanyrequests", hub, errs.Quota},
	{"429 Too Many Requests", hub, errs.Quota},
	{`"artifactregistry.repositories.uploadArtifacts" denied`, write, errs.Auth},
	{`"artifactregistry.repositories.downloadArtifacts" denied`, write, errs.Auth},
	{"denied: Unauthenticated request", "Let " + account + " write to the repository and read the base image.", errs.Auth},
	{"denied: requested access to the resource is denied", "Let " + account + " write to the repository and read the base image.", errs.Auth},
	{"failed to do request: Head", "The base image cannot be pulled; set base_image to one that this Docker has, or run again.", errs.Transient},
	{"pull access denied", "Set base_image to one that there is, and that may be pulled.", errs.Build},
	{"no space left on device", space, errs.Internal},
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

// inBuild is what programs print that a Dockerfile runs. Compilers and tests of
// packages print much, so these are few, and narrow.
var inBuild = []cause{
	{"o space left on device", space, errs.Internal},
	{"Killed signal terminated program", memory, errs.Build},
	{"did not complete successfully: exit code: 137", memory, errs.Build},
	{"Failed to establish a new connection", "The package index did not answer; run again.", errs.Transient},
}

// refused is what the wheels program prints of an index that wants another login.
var refused = regexp.MustCompile(`error: (\S+ refuses access \(\d+\) with .*)`)

// ofPip are hints of pip's own, which say where to look in its output.
var ofPip = regexp.MustCompile(`^(See (above|below) for|This is an issue with the package)`)

// ranInBuild says whether it was a program in a build that failed, not Docker.
func ranInBuild(log string) bool {
	return strings.Contains(log, "did not complete successfully: exit code") || strings.Contains(log, "executor failed running [")
}

// logOf is the hint where to read what a build printed.
func logOf(out plan.Outcome) string {
	if out.Here {
		return "What it printed is above."
	}
	return "Run `gcpdeploy logs --build " + out.Build + "` for what it printed."
}

// failure is the error of a build that did not end well. tail is what the
// failed step printed last.
func failure(out plan.Outcome, tail func(plan.StepID) []string) error {
	id := failedStep(out)
	if id == "" {
		switch out.Status {
		case plan.Cancelled:
			return errs.New(errs.Interrupted, "", "build %s was cancelled", out.Build)
		case "TIMEOUT":
			return timedOut(out, "")
		case "INTERNAL_ERROR", "EXPIRED":
			return errs.New(errs.Transient, cmp.Or(out.Hint, "Run again."), "build %s: %s %s", out.Build, out.Status, out.Detail)
		}
		kind := errs.Build
		if out.Denied {
			kind = errs.Auth
		}
		return errs.New(kind, cmp.Or(out.Hint, logOf(out)), "build %s: %s %s", out.Build, out.Status, out.Detail)
	}
	builder := cmp.Or(out.Account, "the account that builds run as")
	s, _ := out.Find(id)
	if out.Status == "TIMEOUT" {
		return timedOut(out, " in step "+string(id))
	}
	what := fmt.Sprintf("step %s failed (exit %d)", id, s.Exit)
	kind, hint := errs.Build, id.About().Hint
	switch {
	case !id.About().Ours:
		log := strings.Join(tail(id), "\n")
		causes := ofDocker
		if ranInBuild(log) {
			causes = inBuild
		}
		if c, ok := find(causes, log); ok {
			kind, hint = c.kind, strings.ReplaceAll(c.hint, account, builder)
			if m := deniedOn.FindStringSubmatch(log); m != nil {
				hint = strings.Replace(hint, "the repository", "the repository "+m[1], 1)
			}
		}
		if text, ok := lastWith(tail(id), "hint: "); ok && id.About().Stage != "" && !ofPip.MatchString(text) {
			hint = text // of the wheels program, which knows best
		}
		if m := refused.FindStringSubmatch(log); m != nil {
			what += ": " + m[1]
			kind, hint = errs.Auth, "Give a login for it by "+credential.Ways+"."
			if host, _, _ := strings.Cut(m[1], " "); askedAsBuild(out, tail, host) {
				hint = "Grant roles/artifactregistry.reader on the repository of that index to " + builder + "; if it ran for most of an hour, run again: finished wheels are kept."
			}
		}
	default:
		// A step of ours says itself what is wrong, what to do, and of which kind it is.
		why := said(s, tail)
		if why.Error != "" {
			what = fmt.Sprintf("step %s failed: %s", id, why.Error)
		}
		hint = cmp.Or(why.Hint, hint)
		for _, k := range []errs.Kind{errs.Transient, errs.Auth} {
			if s.Exit == errs.ExitCode(errs.New(k, "", "")) {
				kind = k
			}
		}
	}
	if s.Exit == killed && kind == errs.Build {
		hint = memory
	}
	return errs.New(kind, hint, "%s; nothing was released", what)
}

// killed is the exit code of a program that was ended by force, most often for want of memory.
const killed = 137

// said is what a step of ours said of its failure: in its output, or where it did
// not get to write one in its log.
func said(s plan.StepOutcome, tail func(plan.StepID) []string) plan.Failed {
	var output struct{ Failure plan.Failed }
	if json.Unmarshal(s.Output, &output) == nil && output.Failure.Error != "" {
		return output.Failure
	}
	text, _ := lastWith(tail(s.ID), "error: ")
	hint, _ := lastWith(tail(s.ID), "hint: ")
	return plan.Failed{Error: text, Hint: hint}
}

// askedAsBuild says whether a package index was asked with the build's own account,
// as the step says that logs in to it.
func askedAsBuild(out plan.Outcome, tail func(plan.StepID) []string, host string) bool {
	for _, id := range []plan.StepID{plan.StepLogins, plan.StepTestLogins} {
		if _, ran := out.Find(id); !ran {
			continue
		}
		words := strings.FieldsFunc(strings.Join(tail(id), "\n"), func(r rune) bool { return strings.ContainsRune(" ,:\n", r) })
		if slices.Contains(words, host) {
			return true
		}
	}
	return false
}

func timedOut(out plan.Outcome, where string) error {
	return errs.New(errs.Build, "Raise build.timeout.", "build %s ran out of time%s", out.Build, where)
}

// lastWith gives the last line with a prefix, without it.
func lastWith(lines []string, prefix string) (string, bool) {
	for _, line := range slices.Backward(lines) {
		if text, ok := strings.CutPrefix(line, prefix); ok {
			return text, true
		}
	}
	return "", false
}

// failedStep is the first step that failed or ran out of time.
func failedStep(out plan.Outcome) plan.StepID {
	for _, s := range out.Steps {
		if s.Status == plan.Failure || s.Status == "TIMEOUT" {
			return s.ID
		}
	}
	return ""
}
