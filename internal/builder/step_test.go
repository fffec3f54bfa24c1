package builder_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// TestWriteOutput: a step's output has what it came to, and why it failed, beside
// each other.
func TestWriteOutput(t *testing.T) {
	t.Parallel()
	denied := errs.New(errs.Auth, "Grant it.", "denied: %s", strings.Repeat("x", 100_000))
	for _, tt := range []struct {
		name   string
		output any
		failed error
		tested plan.Tested
		hint   string
		none   bool
	}{
		{name: "nothing", none: true},
		{name: "a result", output: plan.Tested{Passed: 2}, tested: plan.Tested{Passed: 2}},
		{name: "a failure", failed: denied, hint: "Grant it."},
		{name: "both", output: plan.Tested{Passed: 2, Failed: 1}, failed: denied, tested: plan.Tested{Passed: 2, Failed: 1}, hint: "Grant it."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := builder.WriteOutput(func(string) (string, bool) { return dir, true }, tt.output, tt.failed); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(filepath.Join(dir, "output"))
			if tt.none {
				if err == nil {
					t.Errorf("wrote %s", data)
				}
				return
			}
			var tested plan.Tested
			var why struct{ Failure plan.Failed }
			if err := json.Unmarshal(data, &tested); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(data, &why); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.tested, tested); diff != "" || why.Failure.Hint != tt.hint || len(data) > 50<<10 {
				t.Errorf("%d bytes, hint %q, -want +got:\n%s", len(data), why.Failure.Hint, diff)
			}
		})
	}
}
