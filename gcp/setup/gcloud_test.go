package setup_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
)

// TestCommandsOfGcloud: the commands that are printed, run by a shell with the real
// gcloud, end in the same state as setup, field by field.
func TestCommandsOfGcloud(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	ours, theirs := fresh(t).telling(t), fresh(t).telling(t)
	g := gcloudtest.New(t, theirs.Server, "another", "")
	ours.apply(t)
	script := inTurn(setup.Observe(t.Context(), theirs.list))
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), bash)
	cmd.Env = g.Env()
	cmd.Stdin = strings.NewReader(script)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, script, out)
	}
	if diff := cmp.Diff(ours.seen(t), theirs.seen(t)); diff != "" {
		t.Errorf("-setup +gcloud:\n%s", diff)
	}
	if got := theirs.observe(t); strings.Contains(got, "missing") || strings.Contains(got, "differs") {
		t.Errorf("after gcloud:\n%s", got)
	}
}

// inTurn is a script of the steps' commands. Steps that need nothing of each other
// run at once, as gcloud computes for seconds before it calls.
func inTurn(steps []setup.Step) string {
	turns := make([]string, 3)
	for _, s := range steps {
		n := 1
		switch s.Kind() {
		case "apis":
			n = 0
		case "roles":
			n = 2
		}
		turns[n] += "(\n" + strings.Join(s.Commands(s.State), "\n") + "\n) & all+=\" $!\"\n"
	}
	const wait = "for one in $all; do wait $one; done; all=\n"
	return "set -eu\nall=\n" + strings.Join(turns, wait) + wait
}
