package run_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

func TestDeploy(t *testing.T) {
	t.Parallel()
	s := &cloudRun{}
	c := connect(t, s)
	var said []string
	got, err := c.Deploy(t.Context(), desired(), func(m string) { said = append(said, m) })
	if err != nil {
		t.Fatal(err)
	}
	want := release.Released{Revision: "r1", URL: "https://hello", Image: image, Percent: 100}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"get", "create", "operation", "operation"}, s.calls); diff != "" {
		t.Errorf("calls, -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"starting"}, said); diff != "" {
		t.Errorf("progress, -want +got:\n%s", diff)
	}
	d := desired()
	d.Run.ID, d.Env = "run-2", map[string]string{"A": "1"}
	d.Run.Started = noon.Add(time.Minute)
	if got, err = c.Deploy(t.Context(), d, nil); err != nil || got.Revision != "r2" {
		t.Errorf("second: %+v, %v", got, err)
	}
	if ok, err := c.Delete(t.Context(), "p", "europe-west1", "hello"); !ok || err != nil {
		t.Errorf("Delete = %v, %v", ok, err)
	}
	s.service = nil
	if ok, err := c.Delete(t.Context(), "p", "europe-west1", "hello"); ok || err != nil {
		t.Errorf("Delete of nothing = %v, %v", ok, err)
	}
}

func TestDeployWhereWaitingIsRefused(t *testing.T) {
	t.Parallel()
	for _, code := range []codes.Code{codes.Unimplemented, codes.PermissionDenied} {
		c := connect(t, &cloudRun{noWait: code})
		if got, err := c.Deploy(t.Context(), desired(), nil); err != nil || got.Revision != "r1" {
			t.Errorf("%v: %+v, %v", code, got, err)
		}
	}
}

func TestDeployConflicts(t *testing.T) {
	t.Parallel()
	newer := release.Run{ID: "run-9", Started: noon.Add(time.Hour)}
	// once calls f at the first call of that name.
	once := func(name string, f func() error) func(string) error {
		var o sync.Once
		return func(call string) (err error) {
			if call == name {
				o.Do(func() { err = f() })
			}
			return err
		}
	}
	start := func() *cloudRun { return &cloudRun{service: apply(nil, run.Merge(nil, desired()))} }
	for _, tt := range []struct {
		name   string
		s      *cloudRun
		breaks func(*cloudRun) func(string) error
		kind   errs.Kind
		ok     bool
		check  func(*cloudRun) error
	}{
		{
			name: "somebody edits in between", s: start(), ok: true,
			breaks: func(s *cloudRun) func(string) error {
				return once("update", func() error {
					s.mu.Lock()
					defer s.mu.Unlock()
					s.service.Etag, s.service.Labels = "edited", map[string]string{"team": "a"}
					return nil
				})
			},
			check: func(s *cloudRun) error {
				if s.service.GetLabels()["team"] != "a" {
					return errors.New("the edit is lost")
				}
				return nil
			},
		},
		{
			name: "another first deploy was first", s: &cloudRun{}, ok: true,
			breaks: func(s *cloudRun) func(string) error {
				return once("create", func() error {
					s.mu.Lock()
					defer s.mu.Unlock()
					s.service = apply(nil, run.Merge(nil, desired()))
					return nil
				})
			},
		},
		{
			name: "a newer run was first, in between", s: start(), kind: errs.Superseded,
			breaks: func(s *cloudRun) func(string) error {
				return once("update", func() error {
					s.mu.Lock()
					defer s.mu.Unlock()
					s.service.Etag, s.service.Annotations["gcpdeploy.dev/run"] = "newer", newer.String()
					s.service.Template.Containers[0].Image = "newer@sha256:9"
					return nil
				})
			},
		},
		{
			name: "a newer run released the very same", s: start(), ok: true,
			breaks: func(s *cloudRun) func(string) error {
				s.service.Annotations["gcpdeploy.dev/run"] = newer.String()
				return once("update", func() error { return errors.New("it was updated") })
			},
		},
		{
			name: "the answer to the update is lost", s: start(), ok: true,
			breaks: func(s *cloudRun) func(string) error {
				return once("update", func() error {
					s.mu.Lock()
					defer s.mu.Unlock()
					s.service = apply(s.service, run.Merge(s.service, desired()))
					return status.Error(codes.Unavailable, "connection reset")
				})
			},
		},
		{
			name: "away while we wait", s: start(), ok: true,
			breaks: func(*cloudRun) func(string) error {
				return once("operation", func() error { return status.Error(codes.Unavailable, "away") })
			},
		},
		{
			name: "no right", s: start(), kind: errs.Auth,
			breaks: func(*cloudRun) func(string) error {
				return once("update", func() error { return status.Error(codes.PermissionDenied, "no") })
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.s.before = tt.breaks(tt.s)
			r, err := connect(t, tt.s).Deploy(t.Context(), desired(), nil)
			if (err == nil) != tt.ok || err != nil && errs.KindOf(err) != tt.kind {
				t.Fatalf("err = %v (%v)", err, errs.KindOf(err))
			}
			if tt.kind == errs.Superseded && r.Superseded != newer.ID {
				t.Errorf("superseded by %q", r.Superseded)
			}
			if tt.check != nil {
				if err := tt.check(tt.s); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestDeployFails(t *testing.T) {
	t.Parallel()
	s := &cloudRun{
		service: apply(nil, run.Merge(nil, desired())), broken: "The container does not listen on PORT=8080.",
		log: []string{"r1 an old line", "r2 Traceback (most recent call last):", "r2 ModuleNotFoundError: No module named 'scipy'"},
	}
	d := desired()
	d.Image += "2"
	var told []string
	_, err := connect(t, s).Deploy(t.Context(), d, func(text string) { told = append(told, text) })
	want := "revision r2: The container does not listen on PORT=8080.; it ended with ModuleNotFoundError: No module named 'scipy'"
	if errs.KindOf(err) != errs.Build || !strings.Contains(err.Error(), want) || errs.HintOf(err) == "" {
		t.Errorf("err = %v (%v), hint %q", err, errs.KindOf(err), errs.HintOf(err))
	}
	if got := strings.Join(told, "\n"); !strings.HasSuffix(got, "the container's log:\nTraceback (most recent call last):\nModuleNotFoundError: No module named 'scipy'") {
		t.Errorf("told %q", got)
	}
	if s.service.GetLatestReadyRevision() != "projects/p/locations/europe-west1/services/hello/revisions/r1" {
		t.Errorf("ready is %s", s.service.GetLatestReadyRevision())
	}
}

// TestDeployFailsInSilence: a log that may not be read changes nothing else.
func TestDeployFailsInSilence(t *testing.T) {
	t.Parallel()
	s := &cloudRun{service: apply(nil, run.Merge(nil, desired())), broken: "The container does not listen on PORT=8080."}
	d := desired()
	d.Image += "2"
	_, err := connect(t, s).Deploy(t.Context(), d, nil)
	if errs.KindOf(err) != errs.Build || !strings.HasSuffix(err.Error(), "revision r2: The container does not listen on PORT=8080.") {
		t.Errorf("err = %v (%v)", err, errs.KindOf(err))
	}
}

func TestDeployStopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := &cloudRun{before: func(call string) error {
		if call == "operation" {
			cancel()
		}
		return nil
	}}
	_, err := connect(t, s).Deploy(ctx, desired(), nil)
	if errs.KindOf(err) != errs.Interrupted || !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v (%v)", err, errs.KindOf(err))
	}
}
