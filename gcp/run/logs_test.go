package run_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/logging"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// written is a service's log in an emulator's folder.
type written struct {
	server *emulator.Server
	target release.Target
	dir    string
	at     release.Spec
	began  time.Time
}

func newWritten(t *testing.T) *written {
	t.Helper()
	w := &written{at: release.Spec{Project: "my-project", Region: "europe-west1", Service: "hello"}, began: time.Now().Add(-time.Minute)}
	state := t.TempDir()
	w.dir = filepath.Join(state, "run", "logs", w.at.Project, w.at.Region, w.at.Service)
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: state})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: s.URL()}, TokenFile: s.TokenFile()})
	t.Cleanup(func() { _ = a.Close() })
	w.server, w.target = s, run.NewTarget(a)
	return w
}

// write appends a line that was written so many seconds after the beginning.
func (w *written) write(t *testing.T, revision string, second int, text string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(w.dir, revision+".log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := fmt.Fprintf(f, "%s stdout %s\n", w.began.Add(time.Duration(second)*time.Second).UTC().Format(time.RFC3339Nano), text); err != nil {
		t.Fatal(err)
	}
}

func TestLogs(t *testing.T) {
	t.Parallel()
	w := newWritten(t)
	for i := range 5 {
		w.write(t, fmt.Sprint("hello-", i/3+1), i, fmt.Sprint("line ", i))
	}
	w.write(t, "hello-2", 5, `{"severity":"WARNING","message":"careful"}`)
	w.write(t, "hello-2", 6, `{"severity":"ERROR","at":"db"}`)
	for _, tt := range []struct {
		q    release.Query
		want []string
	}{
		{release.Query{Limit: 2}, []string{"WARNING careful", `ERROR {"at":"db"}`}},
		{release.Query{Limit: 9, Revision: "hello-1"}, []string{" line 0", " line 1", " line 2"}},
		{release.Query{Limit: 9, Severity: "WARNING"}, []string{"WARNING careful", `ERROR {"at":"db"}`}},
		{release.Query{Limit: 9, Since: w.began.Add(4 * time.Second)}, []string{" line 4", "WARNING careful", `ERROR {"at":"db"}`}},
	} {
		var got []string
		err := w.target.Logs(t.Context(), w.at, tt.q, func(l release.Line) error {
			got = append(got, l.Severity+" "+l.Text)
			return nil
		})
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%+v: %v\n%s", tt.q, err, diff)
		}
	}
}

// TestLogsFollow: what comes in is given once, in whatever order, and over an
// outage; what the limit left out is not given later.
func TestLogsFollow(t *testing.T) {
	t.Parallel()
	w := newWritten(t)
	for i := range 4 {
		w.write(t, "hello-1", i, fmt.Sprint("line ", i))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got []string
	err := w.target.Logs(ctx, w.at, release.Query{Limit: 2, Follow: true}, func(l release.Line) error {
		switch got = append(got, l.Text); len(got) {
		case 2: // all that was there
			w.write(t, "hello-1", 10, "new")
		case 3:
			emulator.Get[*logging.Server](w.server).Faults.Fail("ListLogEntries", 3, codes.Unavailable)
			w.write(t, "hello-2", 9, "late")
			w.write(t, "hello-1", 10, "new")
			w.write(t, "hello-1", 11, "newer")
		case 6:
			w.write(t, "hello-1", 12, "last")
		case 7:
			cancel()
		}
		return nil
	})
	if errs.KindOf(err) != errs.Interrupted && err != context.Canceled {
		t.Errorf("it ended with %v", err)
	}
	slices.Sort(got[3:6])
	if diff := cmp.Diff([]string{"line 2", "line 3", "new", "late", "new", "newer", "last"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
