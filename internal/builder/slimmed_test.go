package builder

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// TestOrSlimmed: tests that miss what slimming has removed say what to keep; others do not.
func TestOrSlimmed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		line   string
		remove []string
		want   string
	}{
		{"E   ModuleNotFoundError: No module named 'numpy.linalg.tests'", []string{"docs", "tests"}, "Name the package that has numpy.linalg.tests under slim.keep: `slim` removes tests of the others."},
		{"ModuleNotFoundError: No module named 'a.docs.x'", []string{"docs"}, "Name the package that has a.docs.x under slim.keep: `slim` removes docs of the others."},
		{"ModuleNotFoundError: No module named 'a.docs.x'", []string{"tests"}, ""},
		{"ModuleNotFoundError: No module named 'numpy.tests'", nil, ""},
		{"ModuleNotFoundError: No module named 'tests'", []string{"tests"}, ""},
		{"ModuleNotFoundError: No module named 'flask'", []string{"tests"}, ""},
	} {
		var c counter
		_, _ = c.Write([]byte(tt.line + "\n1 failed in 0.1s\n"))
		var out strings.Builder
		err := orSlimmed(verdict(c.close(), 1, []string{"pytest"}, &out), plan.Slim{Remove: tt.remove}, c.missing)
		if hint := errs.HintOf(err); (tt.want == "") != strings.Contains(hint, "Mend the tests") || tt.want != "" && hint != tt.want {
			t.Errorf("%s: hint %q, want %q", tt.line, hint, tt.want)
		}
		if err == nil || err.Error() != "the tests failed: 0 passed, 1 failed (exit 1)" || errs.KindOf(err) != errs.Build {
			t.Errorf("%s: %v", tt.line, err)
		}
	}
}
