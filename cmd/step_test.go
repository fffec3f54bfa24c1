package cmd_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/cmd"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// TestStepCommands: `gcpdeploy step` has each step that is ours, in the words of
// the step table, and no other.
func TestStepCommands(t *testing.T) {
	t.Parallel()
	want := map[string]string{"probe": "wait until a port answers"} // which a check's container runs
	for _, a := range plan.Steps() {
		if a.Ours {
			want[string(a.ID)] = a.Words
		}
	}
	commands := cmd.New(ui.Streams{}, cmd.Deps{}).Commands
	got := map[string]string{}
	for _, c := range commands[slices.IndexFunc(commands, func(c *cli.Command) bool { return c.Name == "step" })].Subcommands {
		got[c.Name] = c.Usage
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
