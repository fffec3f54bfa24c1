package cloudbuild_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emubuild "github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	emustorage "github.com/gcpdeploy/gcpdeploy/gcp/emulator/storage"
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
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = s.Close(ctx)
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

// lines is a step that prints n lines, some at once and some a little later.
func lines(n int) workertest.Func {
	return func(_ context.Context, r worker.StepRequest) (int, error) {
		for i := range n {
			fmt.Fprintf(r.Stdout, "line %d\n", i)
			if i%100 == 0 {
				<-time.After(time.Millisecond)
			}
		}
		return 0, nil
	}
}

// log is a build's log as it lies in its bucket.
func (f *fixture) log(t *testing.T, b *cloudbuildpb.Build) string {
	t.Helper()
	r, _, err := emulator.Get[*emustorage.Store](f.server).Open(strings.TrimPrefix(b.GetLogsBucket(), "gs://"), "log-"+b.GetId()+".txt", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestWatch(t *testing.T) {
	t.Parallel()
	f := start(t, lines(1000))
	b := f.submit(t, build())
	var log bytes.Buffer
	var statuses []cloudbuildpb.Build_Status
	got, err := f.Watch(t.Context(), b.GetName(), func(b *cloudbuildpb.Build) {
		if len(statuses) == 0 || statuses[len(statuses)-1] != b.GetStatus() {
			statuses = append(statuses, b.GetStatus())
		}
	}, &log)
	if err != nil || got.GetStatus() != cloudbuildpb.Build_SUCCESS || statuses[len(statuses)-1] != cloudbuildpb.Build_SUCCESS {
		t.Fatalf("%v, %v, %v", got, err, statuses)
	}
	if diff := cmp.Diff(f.log(t, got), log.String()); diff != "" {
		t.Errorf("log, -want +got:\n%s", diff)
	}
	if n := strings.Count(log.String(), "line "); n != 1000 {
		t.Errorf("%d lines", n)
	}
	// A build that has ended is told at once, with its whole log.
	log.Reset()
	if _, err := f.Watch(t.Context(), b.GetName(), nil, &log); err != nil || log.String() != f.log(t, got) {
		t.Errorf("afterwards: %d bytes, %v", log.Len(), err)
	}
	if w := f.warned(); len(w) > 0 {
		t.Errorf("warnings %q", w)
	}
}

// The log is shown while the build runs, not when it has ended.
func TestWatchFollows(t *testing.T) {
	t.Parallel()
	seen := make(chan struct{})
	f := start(t, func(ctx context.Context, r worker.StepRequest) (int, error) {
		fmt.Fprintln(r.Stdout, "first")
		select {
		case <-seen:
			return 0, nil
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	})
	b := f.submit(t, build())
	var once sync.Once
	got, err := f.Watch(t.Context(), b.GetName(), nil, writer(func(p []byte) (int, error) {
		if bytes.Contains(p, []byte("first")) {
			once.Do(func() { close(seen) })
		}
		return len(p), nil
	}))
	if err != nil || got.GetStatus() != cloudbuildpb.Build_SUCCESS {
		t.Errorf("%v, %v", got.GetStatus(), err)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

func TestWatchFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		fault func(*fixture)
		build *cloudbuildpb.Build
		log   io.Writer // nil = a buffer, which must get the whole log
		warns string
	}{
		{name: "the server is away for a moment", fault: func(f *fixture) {
			emulator.Get[*emubuild.Server](f.server).Faults.Fail("GetBuild", 5, codes.Unavailable)
		}},
		{name: "the log is away for a moment", fault: func(f *fixture) {
			emulator.Get[*emustorage.Store](f.server).Faults.Fail("objects.media", 5, codes.Unavailable)
		}},
		{name: "the log may not be read", log: io.Writer(writer(func([]byte) (int, error) { return 0, errors.New("unexpected") })),
			fault: func(f *fixture) {
				emulator.Get[*emustorage.Store](f.server).Faults.Fail("objects.media", 1000, codes.PermissionDenied)
			}, warns: "cannot be read"},
		{name: "the log cannot be shown", log: writer(func([]byte) (int, error) { return 0, errors.New("pipe closed") }), warns: "pipe closed"},
		{name: "the log is in Cloud Logging", log: io.Writer(&bytes.Buffer{}), warns: "Cloud Logging only",
			build: &cloudbuildpb.Build{Steps: build().Steps, Options: &cloudbuildpb.BuildOptions{Logging: cloudbuildpb.BuildOptions_CLOUD_LOGGING_ONLY}}},
		{name: "there is no log", log: io.Writer(&bytes.Buffer{}),
			build: &cloudbuildpb.Build{Steps: build().Steps, Options: &cloudbuildpb.BuildOptions{Logging: cloudbuildpb.BuildOptions_NONE}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := start(t, lines(50))
			if tt.build == nil {
				tt.build = build()
			}
			b := f.submit(t, tt.build)
			if tt.fault != nil {
				tt.fault(f)
			}
			var whole bytes.Buffer
			log := tt.log
			if log == nil {
				log = &whole
			}
			got, err := f.Watch(t.Context(), b.GetName(), nil, log)
			if err != nil || got.GetStatus() != cloudbuildpb.Build_SUCCESS {
				t.Fatalf("%v, %v", got.GetStatus(), err)
			}
			if tt.log == nil && whole.String() != f.log(t, got) {
				t.Errorf("log of %d bytes, want %d", whole.Len(), len(f.log(t, got)))
			}
			w := f.warned()
			if tt.warns == "" && len(w) > 0 || tt.warns != "" && (len(w) != 1 || !strings.Contains(w[0], tt.warns)) {
				t.Errorf("warnings %q, want one with %q", w, tt.warns)
			}
		})
	}
}

// A build may have ended before its log is read for the first time: the log is
// then tried for as patiently as anything else, and who gets none is told so.
func TestWatchLogAfterTheEnd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		fails int
		warns string // "" = the whole log comes
	}{
		{name: "away for a moment", fails: 12},
		{name: "away for good", fails: 1 << 30, warns: "the end of the build's log"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := start(t, lines(50))
			b := f.submit(t, build())
			b, err := f.Watch(t.Context(), b.GetName(), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			emulator.Get[*emustorage.Store](f.server).Faults.Fail("objects.media", tt.fails, codes.Unavailable)
			var log bytes.Buffer
			got, err := f.Watch(t.Context(), b.GetName(), nil, &log)
			if err != nil || got.GetStatus() != cloudbuildpb.Build_SUCCESS {
				t.Fatalf("%v, %v", got.GetStatus(), err)
			}
			w := f.warned()
			if tt.warns != "" {
				if len(w) != 1 || !strings.Contains(w[0], tt.warns) {
					t.Errorf("warnings %q, want one with %q", w, tt.warns)
				}
				return
			}
			if want := f.log(t, got); log.String() != want || len(w) > 0 {
				t.Errorf("log of %d bytes, want %d; warnings %q", log.Len(), len(want), w)
			}
		})
	}
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
		{name: "refused", kind: errs.Internal, build: &cloudbuildpb.Build{}},
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
