package cloudbuild_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emubuild "github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/storage"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker/workertest"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

const project, region = "my-project", "europe-west1"

type fixture struct {
	*cloudbuild.Client
	server *emulator.Server

	mu       sync.Mutex
	warnings []string
}

// start gives a client of emulators whose builds run the scripted step "work".
func start(t *testing.T, work workertest.Func) *fixture {
	t.Helper()
	exec := workertest.New(map[string]workertest.Func{"work": work})
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: t.TempDir(), Executor: exec})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Close(context.Background())
	})
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: s.URL()}, TokenFile: s.TokenFile()})
	t.Cleanup(func() { _ = a.Close() })
	f := &fixture{Client: cloudbuild.New(a, storage.New(a)), server: s}
	f.Warn = func(text string) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.warnings = append(f.warnings, text)
	}
	return f
}

func (f *fixture) warned() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.warnings)
}

func build(tags ...string) *cloudbuildpb.Build {
	return &cloudbuildpb.Build{Steps: []*cloudbuildpb.BuildStep{{Id: "work", Name: "worker"}}, Tags: tags}
}

func (f *fixture) submit(t *testing.T, b *cloudbuildpb.Build) *cloudbuildpb.Build {
	t.Helper()
	b, err := f.Submit(t.Context(), project, region, b)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSubmit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		fault  func(*fixture)
		build  *cloudbuildpb.Build
		builds int
		kind   errs.Kind // of the error, where builds is 0
	}{
		{name: "plain", builds: 1},
		{name: "the answer is lost", builds: 1, fault: func(f *fixture) {
			emulator.Get[*emubuild.Server](f.server).Faults.Fail("CreateBuild.reply", 1, codes.Unavailable)
		}},
		{name: "the request is lost", builds: 1, fault: func(f *fixture) {
			emulator.Get[*emubuild.Server](f.server).Faults.Fail("CreateBuild", 1, codes.Unavailable)
		}},
		{name: "nothing gets through", kind: errs.Transient, fault: func(f *fixture) {
			emulator.Get[*emubuild.Server](f.server).Faults.Fail("CreateBuild", 100, codes.Unavailable)
		}},
		{name: "no right", kind: errs.Auth, fault: func(f *fixture) {
			emulator.Get[*emubuild.Server](f.server).Faults.Fail("CreateBuild", 1, codes.PermissionDenied)
		}},
		{name: "refused", kind: errs.Usage, build: &cloudbuildpb.Build{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := start(t, lines(1))
			if tt.fault != nil {
				tt.fault(f)
			}
			if tt.build == nil {
				tt.build = build("mine")
			}
			b, err := f.Submit(t.Context(), project, region, tt.build)
			if n := len(emulator.Get[*emubuild.Server](f.server).Builds()); n != tt.builds {
				t.Errorf("%d builds, want %d", n, tt.builds)
			}
			if tt.builds == 0 {
				if err == nil || errs.KindOf(err) != tt.kind {
					t.Errorf("err = %v (%v)", err, errs.KindOf(err))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, err := f.Get(t.Context(), b.GetName())
			if err != nil || got.GetId() != b.GetId() || !slices.Contains(got.GetTags(), "mine") {
				t.Errorf("%v, %v", got, err)
			}
			if len(tt.build.GetTags()) != 1 {
				t.Errorf("the caller's build was changed: tags %q", tt.build.GetTags())
			}
		})
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	started := make(chan struct{})
	f := start(t, func(ctx context.Context, _ worker.StepRequest) (int, error) {
		close(started)
		<-ctx.Done()
		return 0, ctx.Err()
	})
	b := f.submit(t, build())
	<-started
	// Who stops watching does not stop the build.
	ctx, cancel := context.WithCancel(t.Context())
	_, err := f.Watch(ctx, b.GetName(), func(*cloudbuildpb.Build) { cancel() }, io.Discard)
	if errs.KindOf(err) != errs.Interrupted || !errors.Is(err, context.Canceled) {
		t.Errorf("stopped watching: %v (%v)", err, errs.KindOf(err))
	}
	if got, err := f.Get(t.Context(), b.GetName()); err != nil || got.GetStatus() != cloudbuildpb.Build_WORKING {
		t.Errorf("%v, %v", got.GetStatus(), err)
	}
	if err := f.Cancel(t.Context(), b.GetName()); err != nil {
		t.Fatal(err)
	}
	got, err := f.Watch(t.Context(), b.GetName(), nil, io.Discard)
	if err != nil || got.GetStatus() != cloudbuildpb.Build_CANCELLED {
		t.Errorf("%v, %v", got.GetStatus(), err)
	}
	if err := f.Cancel(t.Context(), b.GetName()); err != nil {
		t.Errorf("again: %v", err)
	}
	if err := f.Cancel(t.Context(), "projects/my-project/locations/europe-west1/builds/nothing"); errs.KindOf(err) != errs.NotFound && errs.KindOf(err) != errs.Internal {
		t.Errorf("no such build: %v (%v)", err, errs.KindOf(err))
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	f := start(t, lines(1))
	for i := range 3 {
		b := f.submit(t, build("app", fmt.Sprint("n", i)))
		if _, err := f.Watch(t.Context(), b.GetName(), nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		filter string
		limit  int
		want   int
	}{
		{`tags="app"`, 10, 3}, {`tags="app"`, 2, 2}, {`tags="n1" AND status="SUCCESS"`, 10, 1}, {`tags="other"`, 10, 0}, {"", 10, 3},
	} {
		got, err := f.List(t.Context(), project, region, tt.filter, tt.limit)
		if len(got) != tt.want || err != nil {
			t.Errorf("List(%q, %d): %d builds, %v", tt.filter, tt.limit, len(got), err)
		}
	}
}
