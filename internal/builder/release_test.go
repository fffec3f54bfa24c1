package builder_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// target answers a deploy.
type target struct {
	released release.Released
	err      error
	image    string
	by       release.Run
	before   []release.Share // what Return gives the traffic back to
	returned bool
	settled  bool
	left     string // what Settle could not do
	unknown  bool   // the account has no identity token

	tried     release.Released
	discarded []string
	shifts    []release.Split
	shiftErr  error
	shiftAt   int            // the call that shiftErr is of, from 1; 0 = any
	asked     []release.Line // what Logs gives of requests
	old       []release.Line // of hello-1
}

func (t *target) Try(_ context.Context, _ release.Spec, image string, by release.Run, progress func(string)) (release.Released, error) {
	t.image, t.by = image, by
	progress("starting")
	return t.tried, t.err
}

func (t *target) Shift(_ context.Context, _ release.Spec, to release.Split, _ func(string)) ([]release.Share, error) {
	t.shifts = append(t.shifts, to)
	if t.shiftAt > 0 && len(t.shifts) != t.shiftAt {
		return to.Shares, nil
	}
	return to.Shares, t.shiftErr
}

func (t *target) Discard(_ context.Context, _ release.Spec, revision string) (string, error) {
	t.discarded = append(t.discarded, revision)
	return t.left, nil
}

func (t *target) Authorization(context.Context, string) (release.Header, error) {
	if t.unknown {
		return release.Header{}, errs.New(errs.Auth, "", "it has no identity token")
	}
	return release.Header{Name: "X-Who", Value: "me"}, nil
}

func (t *target) Settle(context.Context, release.Spec, release.Released, release.Run, func(string)) string {
	t.settled = true
	return t.left
}

func (t *target) Return(context.Context, release.Spec, release.Released, release.Run) ([]release.Share, error) {
	t.returned = true
	return t.before, nil
}

func (t *target) Logs(_ context.Context, _ release.Spec, q release.Query, each func(release.Line) error) error {
	if q.Requests != nil {
		all := t.asked
		if q.Revision == "hello-1" {
			all = t.old
		}
		for _, l := range all {
			if err := each(l); err != nil {
				return err
			}
		}
		return nil
	}
	lines := []release.Line{{Revision: "hello-1", Text: "all is well"}, {Revision: "hello-2", Text: "no such module"}}
	for _, l := range lines {
		if q.Revision == "" || q.Revision == l.Revision {
			if err := each(l); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *target) Deploy(_ context.Context, _ release.Spec, image string, by release.Run, progress func(string)) (release.Released, error) {
	t.image, t.by = image, by
	progress("starting")
	return t.released, t.err
}

func TestRelease(t *testing.T) {
	t.Parallel()
	app := strings.Repeat("a", 64)
	by := release.Run{ID: "b", Started: time.Unix(5, 0)}
	for _, tt := range []struct {
		name     string
		ref, app string
		before   map[string]string // tags
		target   target
		image    string // deployed
		tag      string // of the key, afterwards
		out      string
		kind     errs.Kind
		fails    bool
	}{
		{"new", "h/p/r/hello:run-1", app, nil, target{released: release.Released{Revision: "hello-2", Percent: 100}}, "h/p/r/hello@sha256:a", "sha256:a", "hello-2 serves 100 %\n", 0, false},
		{"by digest", "h:5000/p/r/hello@sha256:d", app, nil, target{released: release.Released{Revision: "hello-2", Percent: 100}}, "h/p/r/hello@sha256:d", "sha256:d", "hello-2 serves 100 %\n", 0, false},
		{"another run tested an image of this source", "h/p/r/hello:run-1", app, map[string]string{"hello:" + app: "sha256:theirs"},
			target{released: release.Released{Revision: "hello-2", Percent: 100}}, "h/p/r/hello@sha256:theirs", "sha256:theirs", "hello-2 serves 100 %\n", 0, false},
		{"others share the traffic", "h/p/r/hello:run-1", app, nil, target{released: release.Released{Revision: "hello-2", Percent: 25}}, "h/p/r/hello@sha256:a", "sha256:a", "hello-2 serves 25 %\n", 0, false},
		{"superseded", "h/p/r/hello:run-1", app, nil, target{released: release.Released{Superseded: "x"}}, "h/p/r/hello@sha256:a", "sha256:a", "superseded by x\n", 0, false},
		{"refused", "h/p/r/hello:run-1", app, nil, target{err: errs.New(errs.Auth, "", "no")}, "h/p/r/hello@sha256:a", "sha256:a", "", errs.Auth, true},
		{"no key", "h/p/r/hello:run-1", "", nil, target{}, "", "", "", errs.Internal, true},
		{"not pushed", "h/p/r/hello:run-2", app, nil, target{}, "", "", "", errs.NotFound, true},
		{"no reference", "hello", app, nil, target{}, "", "", "", errs.Internal, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			reg := &registry{tags: map[string]string{"hello:run-1": "sha256:a"}}
			for k, v := range tt.before {
				reg.tags[k] = v
			}
			var out strings.Builder
			_, err := builder.Release(t.Context(), reg, builder.To{Target: &tt.target}, thePlan(), tt.app, tt.ref, by, &out)
			if (err != nil) != tt.fails || tt.fails && errs.KindOf(err) != tt.kind {
				t.Errorf("%v", err)
			}
			if tt.target.image != tt.image || tt.image != "" && tt.target.by != by {
				t.Errorf("deployed %q by %v, want %q", tt.target.image, tt.target.by, tt.image)
			}
			if serves := !tt.fails && tt.target.released.Superseded == ""; tt.target.settled != serves {
				t.Errorf("settled: %v, want %v", tt.target.settled, serves)
			}
			if got := reg.tags["hello:"+app]; got != tt.tag {
				t.Errorf("the key's tag is %q, want %q", got, tt.tag)
			}
			want := tt.out
			if tt.image != "" {
				want = "starting\n" + want
			}
			if out.String() != want {
				t.Errorf("it says %q, want %q", out.String(), want)
			}
		})
	}
}

func TestByOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		id, started string
		ok          bool
	}{
		{"b", "2026-11-23T10:00:00.5Z", true},
		{"", "2026-11-23T10:00:00Z", false},
		{"b", "", false},
		{"b", "yesterday", false},
	} {
		by, err := builder.ByOf(func(name string) (string, bool) {
			v := map[string]string{"GCPDEPLOY_RUN_ID": tt.id, "GCPDEPLOY_STARTED": tt.started}[name]
			return v, v != ""
		})
		if (err == nil) != tt.ok || tt.ok && (by.ID != "b" || by.Started.Nanosecond() != 5e8) {
			t.Errorf("%+v: %+v, %v", tt, by, err)
		}
	}
}
