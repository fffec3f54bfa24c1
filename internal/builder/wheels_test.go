package builder_test

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

const wheelsRef = "h/p/r/wheels:run-1"

func TestPublishWheels(t *testing.T) {
	t.Parallel()
	content := inventory.ContentKey([]byte("flask==3\n"), "python@sha256:b").Hash
	made := []plan.Wheel{{Name: "flask", Version: "3", Origin: "built", Seconds: 2}}
	start := []string{"digest wheels:run-1", "read wheels@sha256:w/report.json", "read wheels@sha256:w/" + inventory.LockFile, "digest wheels:" + content}
	plain := "plain wheels@sha256:w python@sha256:b"
	found := []string{"tag wheels:near-fam sha256:w-plain", "untag wheels:partial-11111111"}
	for _, tt := range []struct {
		name   string
		tags   map[string]string // there before
		want   plan.PublishedWheels
		calls  []string // after start
		points string   // W's tag, afterwards
	}{
		{
			"first", nil, plan.PublishedWheels{Wheels: "sha256:w-plain", Content: content, Seconds: 3, Packages: made},
			append([]string{plain, "tag wheels:" + content[:8] + " sha256:w-plain", "tag wheels:11111111 sha256:w-plain"}, found...), "sha256:w-plain",
		},
		{
			"equal wheels were made under another key", map[string]string{"wheels:" + content: "sha256:equal"},
			plan.PublishedWheels{Wheels: "sha256:equal", Content: content, Seconds: 3, Packages: made},
			[]string{"tag wheels:11111111 sha256:equal", "tag wheels:near-fam sha256:equal", "untag wheels:partial-11111111"}, "sha256:equal",
		},
		{
			"a run before was cut after its tags", map[string]string{"wheels:" + content: "sha256:w-plain", "wheels:" + hashW: "sha256:w-plain"},
			plan.PublishedWheels{Wheels: "sha256:w-plain", Content: content, Seconds: 3, Packages: made},
			append([]string{"tag wheels:11111111 sha256:w-plain"}, found...), "sha256:w-plain",
		},
		{
			"another run was first", map[string]string{"wheels:" + hashW: "sha256:theirs"},
			plan.PublishedWheels{Wheels: "sha256:theirs", Content: content, Adopted: true, Seconds: 3, Packages: made},
			[]string{plain, "tag wheels:" + content[:8] + " sha256:w-plain", "tag wheels:11111111 sha256:w-plain", "adopt h/p/r/wheels@sha256:theirs as " + wheelsRef}, "sha256:theirs",
		},
		{
			"after a failed build", map[string]string{"wheels:" + plan.PartialTag(hashW): "sha256:part"},
			plan.PublishedWheels{Wheels: "sha256:w-plain", Content: content, Seconds: 3, Packages: made},
			append([]string{plain, "tag wheels:" + content[:8] + " sha256:w-plain", "tag wheels:11111111 sha256:w-plain"}, found...), "sha256:w-plain",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			reg, _ := pushed()
			for k, v := range tt.tags {
				reg.tags[k] = v
			}
			got, err := builder.PublishWheels(t.Context(), reg, reg, thePlan(), wheelsRef, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("published (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(append(slices.Clone(start), tt.calls...), reg.calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			if reg.tags["wheels:"+hashW] != tt.points || reg.tags["wheels:"+plan.PartialTag(hashW)] != "" && !tt.want.Adopted {
				t.Errorf("tags %v", reg.tags)
			}
		})
	}
}

// TestPublishWheelsPartial: what a failed build has finished is kept, under a
// tag that is no key, and the failed package's own words are shown.
func TestPublishWheelsPartial(t *testing.T) {
	t.Parallel()
	failed := `"failed":[{"name":"scipy","version":"1.11.4","log":["fatal error: cblas.h"],"hint":"Add libopenblas-dev."}]`
	for _, tt := range []struct {
		name, report, err string
		kept              bool
	}{
		{"one finished", `{"schema":1,"packages":[{"name":"numpy","version":"1"}],` + failed + `}`,
			"building scipy 1.11.4 failed; 1 finished wheel will be used by the next try", true},
		{"none finished", `{"schema":1,` + failed + `}`, "building scipy 1.11.4 failed", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			reg, _ := pushed()
			reg.files["sha256:w/report.json"] = tt.report
			var out strings.Builder
			_, err := builder.PublishWheels(t.Context(), reg, reg, thePlan(), wheelsRef, &out)
			if errs.KindOf(err) != errs.Build || err.Error() != tt.err || errs.HintOf(err) != "Add libopenblas-dev." {
				t.Errorf("%v, hint %q", err, errs.HintOf(err))
			}
			if !strings.Contains(out.String(), "scipy 1.11.4, the end of its build's log:\n    fatal error: cblas.h\n") {
				t.Errorf("it says %q", out.String())
			}
			if got := reg.tags["wheels:"+plan.PartialTag(hashW)] == "sha256:w"; got != tt.kept {
				t.Errorf("kept: %v, tags %v", got, reg.tags)
			}
			found := false
			for tag := range reg.tags {
				found = found || strings.HasPrefix(tag, "wheels:near-")
			}
			if found != tt.kept {
				t.Errorf("found by what it holds: %v, tags %v", found, reg.tags)
			}
			if _, ok := reg.tags["wheels:"+hashW]; ok {
				t.Error("half of the wheels have the key's tag")
			}
		})
	}
}

func TestPublishWheelsFails(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"digest wheels:run", "read wheels@sha256:w/report", "read wheels@sha256:w/wheelhouse", "plain", "tag wheels"} {
		reg, _ := pushed()
		reg.fail = call
		if _, err := builder.PublishWheels(t.Context(), reg, reg, thePlan(), wheelsRef, io.Discard); errs.KindOf(err) != errs.Transient {
			t.Errorf("%s fails: %v", call, err)
		}
	}
	reg, _ := pushed()
	reg.files["sha256:w/report.json"] = `{"schema":7}`
	if _, err := builder.PublishWheels(t.Context(), reg, reg, thePlan(), wheelsRef, io.Discard); err == nil || !strings.Contains(err.Error(), "schema 7") {
		t.Errorf("another schema: %v", err)
	}
	reg, _ = pushed()
	reg.fail = "tag wheels:near"
	if _, err := builder.PublishWheels(t.Context(), reg, reg, thePlan(), wheelsRef, io.Discard); err != nil {
		t.Errorf("a tag to be found by is not worth failing for: %v", err)
	}
}

// TestPublishWheelsMayNotDelete: who may write the repository need not have the
// right to delete from it.
func TestPublishWheelsMayNotDelete(t *testing.T) {
	t.Parallel()
	reg, _ := pushed()
	reg.fail, reg.kind = "untag", errs.Auth
	out := &strings.Builder{}
	if _, err := builder.PublishWheels(t.Context(), reg, reg, thePlan(), wheelsRef, out); err != nil || strings.Contains(out.String(), "warning") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestEarlier(t *testing.T) {
	t.Parallel()
	reg, _ := pushed()
	if err := builder.Earlier(t.Context(), reg, "h/p/r/wheels@sha256:e", "h/p/r/wheels:earlier-1", io.Discard); err != nil {
		t.Error(err)
	}
	reg.fail = "adopt"
	var out strings.Builder
	if err := builder.Earlier(t.Context(), reg, "h/p/r/wheels@sha256:e", "h/p/r/wheels:earlier-1", &out); err != nil {
		t.Errorf("earlier wheels that are gone: %v", err)
	}
	want := []string{"adopt h/p/r/wheels@sha256:e as h/p/r/wheels:earlier-1", "adopt h/p/r/wheels@sha256:e as h/p/r/wheels:earlier-1", "empty h/p/r/wheels:earlier-1"}
	if diff := cmp.Diff(want, reg.calls); diff != "" || !strings.Contains(out.String(), "all are made") {
		t.Errorf("calls (-want +got):\n%s\n%s", diff, out.String())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := builder.Earlier(ctx, reg, "h/p/r/wheels@sha256:e", "h/p/r/wheels:earlier-1", io.Discard); err == nil {
		t.Error("a cancelled step goes on")
	}
}
