package builder_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// TestMadeWheels: of wheels that stay on the worker it is said how they came to be, and
// why they did not, with no word of a next try.
func TestMadeWheels(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, report, err, says string
		want                    plan.PublishedWheels
	}{
		{
			"made", `{"schema":1,"seconds":3,"packages":[{"name":"flask","version":"3","origin":"built","seconds":2}]}`,
			"", "wheels for this run alone, 1 built\n", plan.PublishedWheels{Seconds: 3, Packages: []plan.Wheel{{Name: "flask", Version: "3", Origin: "built", Seconds: 2}}},
		},
		{
			"failed", `{"schema":1,"packages":[{"name":"numpy","version":"1"}],"failed":[{"name":"scipy","version":"1.11.4","log":["fatal error: cblas.h"],"hint":"Add libopenblas-dev."},{"name":"x","version":"1"}]}`,
			"building scipy 1.11.4 and 1 more failed", "scipy 1.11.4, the end of its build's log:\n    fatal error: cblas.h\nx 1, the end of its build's log:\n",
			plan.PublishedWheels{Packages: []plan.Wheel{{Name: "numpy", Version: "1"}}},
		},
		{"of another program", `{"schema":7}`, "reading what the build of the wheels says: it has schema 7, and this program reads 1", "", plan.PublishedWheels{}},
		{"no report", `x`, "reading what the build of the wheels says: invalid character", "", plan.PublishedWheels{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			got, err := builder.MadeWheels(t.Context(), func(_ context.Context, path string) ([]byte, error) {
				if path != "report.json" {
					t.Errorf("it reads %s", path)
				}
				return []byte(tt.report), nil
			}, &out)
			if (err == nil) != (tt.err == "") || err != nil && !strings.HasPrefix(err.Error(), tt.err) || out.String() != tt.says {
				t.Errorf("%v; it says %q", err, out.String())
			}
			if tt.name == "failed" && (errs.KindOf(err) != errs.Build || errs.HintOf(err) != "Add libopenblas-dev.") {
				t.Errorf("hint %q", errs.HintOf(err))
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	gone := errors.New("no such image")
	if _, err := builder.MadeWheels(t.Context(), func(context.Context, string) ([]byte, error) { return nil, gone }, &strings.Builder{}); !errors.Is(err, gone) {
		t.Error(err)
	}
}
