package builder_test

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	const manifest = `{"schema":2,"packages":[{"name":"flask","version":"3.0.2","build_key":"f"},{"name":"numpy","version":"1.26.4","build_key":"n"},{"name":"old","version":"1","build_key":"o"}]}`
	for _, tt := range []struct {
		name, manifest, resolution string
		want                       []plan.Changed
		says                       string
	}{
		{"nothing", manifest, manifest, []plan.Changed{}, "3 packages, all as before\n"},
		{
			"all kinds", manifest,
			`{"packages":[{"name":"flask","version":"3.0.3","build_key":"g"},{"name":"numpy","version":"1.26.4","build_key":"other"},{"name":"new","version":"2"}]}`,
			[]plan.Changed{{Name: "flask", Old: "3.0.2", New: "3.0.3"}, {Name: "new", New: "2"}, {Name: "numpy", Old: "1.26.4", New: "1.26.4"}, {Name: "old", Old: "1"}},
			"flask 3.0.2 → 3.0.3\nnew 2 is new\nnumpy 1.26.4 is made of something else\nold 1 is gone\n3 packages, 4 changes\n",
		},
		{
			"a manifest without build keys", `{"packages":[{"name":"flask","version":"3.0.2"}]}`,
			`{"packages":[{"name":"flask","version":"3.0.2","build_key":"f"}]}`, []plan.Changed{}, "1 package, all as before\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			reg := &registry{files: map[string]string{"sha256:w/wheelhouse/manifest.json": tt.manifest}}
			var out strings.Builder
			got, err := builder.Compare(t.Context(), reg, "h/p/r/wheels@sha256:w", []byte(tt.resolution), &out)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Changed); diff != "" || out.String() != tt.says {
				t.Errorf("changed (-want +got):\n%s%s", diff, out.String())
			}
		})
	}
	for _, bad := range []string{"", "{"} {
		reg := &registry{files: map[string]string{"sha256:w/wheelhouse/manifest.json": bad}}
		if _, err := builder.Compare(t.Context(), reg, "h/p/r/wheels@sha256:w", []byte(`{"packages":[]}`), io.Discard); err == nil {
			t.Errorf("a manifest %q is read", bad)
		}
		if _, err := builder.Compare(t.Context(), reg, "h/p/r/wheels@sha256:w", []byte(bad), io.Discard); err == nil {
			t.Errorf("a resolution %q is read", bad)
		}
	}
}

// TestPromote: everything that the moved keys lead to is tagged before, and the
// runtime's key, which deploys go by, is moved in one call.
func TestPromote(t *testing.T) {
	t.Parallel()
	p := thePlan()
	testenv, app := p.Seeds.Keys("sha256:r2")
	made := builder.Refreshed{Wheels: "sha256:w2", Runtime: "h/p/r/runtime:run-2", TestEnv: "h/p/r/testenv:run-2", Image: "h/p/r/hello:run-2"}
	world := func() *registry {
		return &registry{tags: map[string]string{
			"runtime:run-2": "sha256:r2", "testenv:run-2": "sha256:t2", "hello:run-2": "sha256:a2",
			"runtime:" + hashR: "sha256:r1", "wheels:" + hashW: "sha256:w1",
		}}
	}
	reg := world()
	got, err := builder.Promote(t.Context(), reg, p, made, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if want := (plan.Promoted{Wheels: "sha256:w2", Runtime: "sha256:r2", TestEnv: "sha256:t2", Image: "sha256:a2"}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	for tag, want := range map[string]string{
		"runtime:" + hashR: "sha256:r2", "wheels:" + hashW: "sha256:w2", "testenv:" + testenv.Hash: "sha256:t2", "hello:" + app.Hash: "sha256:a2",
	} {
		if reg.tags[tag] != want {
			t.Errorf("%s is %s, want %s", tag, reg.tags[tag], want)
		}
	}
	moved := slices.IndexFunc(reg.calls, func(c string) bool { return strings.HasPrefix(c, "move runtime") })
	for i, c := range reg.calls {
		if strings.HasPrefix(c, "tag ") && i > moved {
			t.Errorf("%s comes after the promotion: %v", c, reg.calls)
		}
	}
	// Cut anywhere before, the deploys get what they got.
	for _, call := range []string{"digest runtime", "digest hello", "digest testenv", "tag testenv", "tag hello"} {
		reg := world()
		reg.fail = call
		if _, err := builder.Promote(t.Context(), reg, p, made, io.Discard); errs.KindOf(err) != errs.Transient {
			t.Errorf("%s fails: %v", call, err)
		}
		if reg.tags["runtime:"+hashR] != "sha256:r1" || reg.tags["wheels:"+hashW] != "sha256:w1" {
			t.Errorf("%s fails, and it is promoted: %v", call, reg.tags)
		}
	}
}
