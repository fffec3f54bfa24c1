package cloudbuild_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emubuild "github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	emulogging "github.com/gcpdeploy/gcpdeploy/gcp/emulator/logging"
	emustorage "github.com/gcpdeploy/gcpdeploy/gcp/emulator/storage"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker/workertest"
)

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
		{name: "the object may not be read, and there are entries", fault: func(f *fixture) {
			emulator.Get[*emustorage.Store](f.server).Faults.Fail("objects.media", 1000, codes.PermissionDenied)
		}},
		{name: "the object is not there, and there are entries", fault: func(f *fixture) {
			emulator.Get[*emustorage.Store](f.server).Faults.Fail("objects.media", 1000, codes.NotFound)
		}},
		{name: "the object is not there", build: logging(cloudbuildpb.BuildOptions_GCS_ONLY), log: io.Writer(&bytes.Buffer{}), fault: func(f *fixture) {
			emulator.Get[*emustorage.Store](f.server).Faults.Fail("objects.media", 1000, codes.NotFound)
		}, warns: "compute@developer.gserviceaccount.com needs roles/storage.objectAdmin on gs://my-project_cloudbuild"},
		{name: "the object may not be read", build: logging(cloudbuildpb.BuildOptions_GCS_ONLY), log: nothing, fault: func(f *fixture) {
			emulator.Get[*emustorage.Store](f.server).Faults.Fail("objects.media", 1000, codes.PermissionDenied)
		}, warns: "needs roles/storage.objectViewer on gs://my-project_cloudbuild"},
		{name: "neither may be read", log: nothing, fault: func(f *fixture) {
			emulator.Get[*emustorage.Store](f.server).Faults.Fail("objects.media", 1000, codes.PermissionDenied)
			emulator.Get[*emulogging.Server](f.server).Faults.Fail("ListLogEntries", 1000, codes.PermissionDenied)
		}, warns: "needs roles/logging.viewer"},
		{name: "the log is in Cloud Logging", build: logging(cloudbuildpb.BuildOptions_CLOUD_LOGGING_ONLY)},
		{name: "Cloud Logging is away for a moment", build: logging(cloudbuildpb.BuildOptions_CLOUD_LOGGING_ONLY), fault: func(f *fixture) {
			emulator.Get[*emulogging.Server](f.server).Faults.Fail("ListLogEntries", 5, codes.Unavailable)
		}},
		{name: "the log cannot be shown", log: writer(func([]byte) (int, error) { return 0, errors.New("pipe closed") }), warns: "pipe closed"},
		{name: "there is no log", log: nothing, build: logging(cloudbuildpb.BuildOptions_NONE)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := start(t, lines(50))
			if err := emulator.Get[*emustorage.Store](f.server).EnsureBucket(project + "_cloudbuild"); err != nil {
				t.Fatal(err)
			}
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
			if tt.log == nil {
				if want := f.entries(t, got); whole.String() != want || strings.Count(want, "line ") != 50 {
					t.Errorf("-want +got:\n%s", cmp.Diff(want, whole.String()))
				}
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
