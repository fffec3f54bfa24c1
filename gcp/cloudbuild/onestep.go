package cloudbuild

import (
	"strings"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Step is a run of this program as the one step of a build: of a trigger, of a
// schedule, of somebody's own file.
type Step struct {
	Builder string   // the builder image, by digest
	Args    []string // of the program: {"up", "--env=prod"}
	Env     []string // NAME=value: other endpoints than Google's
	Tags    []string
	Project string // of an account that does not say its own
	// Options are the build's: account, log, machine, disk, timeout, pool. Provenance is
	// what the run itself sees to.
	Options plan.Options
}

// OneStep is the Build message of a step. It has no source: who runs it knows that. In its
// step's environment are the build's substitutions, under their own names, so that
// the program finds out where it runs and what for. Nothing in Args or Env is read
// as a substitution.
func OneStep(s Step) *cloudbuildpb.Build {
	b := &cloudbuildpb.Build{
		Steps: []*cloudbuildpb.BuildStep{{
			Id: words(s.Args), Name: s.Builder, Args: literals(s.Args), Env: literals(s.Env),
		}},
		Tags:    s.Tags,
		Options: &cloudbuildpb.BuildOptions{AutomapSubstitutions: true},
	}
	options(b, s.Options, s.Project)
	return b
}

// FitsOneStep refuses a step whose build Cloud Build would not take.
func FitsOneStep(s Step) error { return fits(OneStep(s)) }

// words names a step by the command that it runs: "wheels-refresh".
func words(args []string) string {
	var command []string
	for _, a := range args {
		if strings.HasPrefix(a, "-") {
			break
		}
		command = append(command, a)
	}
	return strings.Join(command, "-")
}

// literals are texts as Cloud Build gives them to a step unchanged: a dollar would
// begin a substitution, of which triggers know bash's forms, too.
func literals(texts []string) (out []string) {
	for _, t := range texts {
		out = append(out, strings.ReplaceAll(t, "$", "$$"))
	}
	return out
}
