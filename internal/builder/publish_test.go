package builder_test

import (
	stdcmp "cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// registry has tags by image:tag, and files of images by digest and path.
type registry struct {
	tags  map[string]string
	files map[string]string
	calls []string
	fail  string
	kind  errs.Kind // of what fails; None = Transient
}

func (r *registry) call(format string, args ...any) error {
	c := fmt.Sprintf(format, args...)
	r.calls = append(r.calls, c)
	if r.fail != "" && strings.HasPrefix(c, r.fail) {
		return errs.New(stdcmp.Or(r.kind, errs.Transient), "", "as asked")
	}
	return nil
}

func (r *registry) Digest(_ context.Context, image, tag string) (string, bool, error) {
	d, ok := r.tags[image+":"+tag]
	return d, ok, r.call("digest %s:%s", image, tag)
}

func (r *registry) CreateTag(_ context.Context, image, tag, digest string) (string, bool, error) {
	if err := r.call("tag %s:%.8s %s", image, tag, digest); err != nil {
		return "", false, err
	}
	if d, ok := r.tags[image+":"+tag]; ok {
		return d, false, nil
	}
	r.tags[image+":"+tag] = digest
	return digest, true, nil
}

func (r *registry) MoveTag(_ context.Context, image, tag, digest string) error {
	r.tags[image+":"+tag] = digest
	return r.call("move %s:%.16s %s", image, tag, digest)
}

func (r *registry) DeleteTag(_ context.Context, image, tag string) error {
	delete(r.tags, image+":"+tag)
	return r.call("untag %s:%.16s", image, tag)
}

func (r *registry) Plain(_ context.Context, image, digest string, labels map[string]string) (string, error) {
	return digest + "-plain", r.call("plain %s@%s %s", image, digest, labels[plan.BaseLabel])
}

func (r *registry) ReadFile(_ context.Context, image, digest, path string) ([]byte, error) {
	return []byte(r.files[digest+"/"+path]), r.call("read %s@%s/%s", image, digest, path)
}

func (r *registry) Adopt(_ context.Context, ref, tag string) error {
	return r.call("adopt %s as %s", ref, tag)
}

func (r *registry) Empty(_ context.Context, tag string) error { return r.call("empty %s", tag) }

var (
	hashW = strings.Repeat("1", 64)
	hashR = strings.Repeat("2", 64)
)

func thePlan() plan.Plan {
	return plan.Plan{
		Service: "hello", Base: "python@sha256:b", Release: release.Spec{Image: "h/p/r/hello"},
		Wheelhouse: &plan.Wheelhouse{Key: key.Key{Hash: hashW}, Family: "family"},
		Keys: plan.Statuses{
			Wheels: plan.Status{Key: hashW, Status: plan.Miss}, Runtime: plan.Status{Key: hashR, Status: plan.Miss},
			TestEnv: plan.Status{Status: plan.Miss},
		},
		Seeds: plan.Seeds{TestEnv: []key.Field{key.Of("requirement pytest", "pytest==8")}, App: []key.Field{key.Of("source", "s")}},
	}
}

func pushed() (*registry, builder.Pushed) {
	return &registry{
		tags: map[string]string{"wheels:run-1": "sha256:w", "runtime:run-1": "sha256:r", "testenv:run-1": "sha256:t"},
		files: map[string]string{
			"sha256:w/" + inventory.LockFile: "flask==3\n",
			"sha256:w/report.json":           `{"schema":1,"seconds":3,"packages":[{"name":"flask","version":"3","origin":"built","seconds":2}]}`,
		},
	}, builder.Pushed{Runtime: "h/p/r/runtime:run-1", TestEnv: "h/p/r/testenv:run-1"}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	p := thePlan()
	testenv, app := p.Seeds.Keys("sha256:r")
	theirT, theirApp := p.Seeds.Keys("sha256:theirs")
	short := func(h string) string { return h[:8] }
	for _, tt := range []struct {
		name   string
		change func(r *registry, p *plan.Plan, pushed *builder.Pushed)
		want   plan.Published
		calls  []string
	}{
		{
			"first", func(*registry, *plan.Plan, *builder.Pushed) {},
			plan.Published{Runtime: "sha256:r", TestEnv: "sha256:t", App: app.Hash},
			[]string{
				"digest runtime:run-1", "tag runtime:" + short(hashR) + " sha256:r",
				"digest testenv:run-1", "tag testenv:" + short(testenv.Hash) + " sha256:t",
			},
		},
		{
			"a run before was cut after its own tags", func(r *registry, _ *plan.Plan, _ *builder.Pushed) {
				r.tags["runtime:"+hashR] = "sha256:r"
			},
			plan.Published{Runtime: "sha256:r", TestEnv: "sha256:t", App: app.Hash},
			[]string{
				"digest runtime:run-1", "tag runtime:" + short(hashR) + " sha256:r",
				"digest testenv:run-1", "tag testenv:" + short(testenv.Hash) + " sha256:t",
			},
		},
		{
			"another run was first with all", func(r *registry, _ *plan.Plan, _ *builder.Pushed) {
				r.tags["runtime:"+hashR] = "sha256:theirs"
				r.tags["testenv:"+theirT.Hash] = "sha256:theirtests"
			},
			plan.Published{Runtime: "sha256:theirs", TestEnv: "sha256:theirtests", App: theirApp.Hash, Adopted: []string{"runtime", "testenv"}},
			[]string{
				"digest runtime:run-1", "tag runtime:" + short(hashR) + " sha256:r", "adopt h/p/r/runtime@sha256:theirs as h/p/r/runtime:run-1",
				"digest testenv:" + theirT.Hash, "adopt h/p/r/testenv@sha256:theirtests as h/p/r/testenv:run-1",
			},
		},
		{
			// What our tests need was resolved beside our runtime, so it does not get the
			// key of theirs.
			"another run was first with the runtime only", func(r *registry, _ *plan.Plan, _ *builder.Pushed) {
				r.tags["runtime:"+hashR] = "sha256:theirs"
			},
			plan.Published{Runtime: "sha256:theirs", TestEnv: "sha256:t", App: theirApp.Hash, Adopted: []string{"runtime"}},
			[]string{
				"digest runtime:run-1", "tag runtime:" + short(hashR) + " sha256:r", "adopt h/p/r/runtime@sha256:theirs as h/p/r/runtime:run-1",
				"digest testenv:" + theirT.Hash, "digest testenv:run-1",
			},
		},
		{
			"test packages only", func(_ *registry, p *plan.Plan, pushed *builder.Pushed) {
				p.Keys.Wheels.Status, p.Keys.Runtime.Status = plan.Hit, plan.Hit
				pushed.Runtime = "h/p/r/runtime@sha256:r"
			},
			plan.Published{Runtime: "sha256:r", TestEnv: "sha256:t", App: app.Hash},
			[]string{"digest testenv:run-1", "tag testenv:" + short(testenv.Hash) + " sha256:t"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			reg, images := pushed()
			p := thePlan()
			tt.change(reg, &p, &images)
			got, err := builder.Publish(t.Context(), reg, reg, p, images, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("published (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.calls, reg.calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPublishFails(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"digest runtime", "tag runtime", "digest testenv", "tag testenv"} {
		reg, images := pushed()
		reg.fail = call
		if _, err := builder.Publish(t.Context(), reg, reg, thePlan(), images, io.Discard); errs.KindOf(err) != errs.Transient {
			t.Errorf("%s fails: %v", call, err)
		}
	}
	reg, images := pushed()
	delete(reg.tags, "runtime:run-1")
	if _, err := builder.Publish(t.Context(), reg, reg, thePlan(), images, io.Discard); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a push that is not there: %v", err)
	}
}
