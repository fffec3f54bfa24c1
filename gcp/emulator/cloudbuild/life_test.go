package cloudbuild_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker/workertest"
)

// list gives the ids of a filter's builds, all pages.

func TestQueue(t *testing.T) {
	t.Parallel()
	f := start(t, t.TempDir(), func(c *cloudbuild.Config) { c.Parallel = 1 })
	hold := f.Faults.HoldBefore("s")
	first := f.submit(t, &build{Steps: oneStep})
	if got := <-hold.Reached; got != first {
		t.Fatal(got)
	}
	get := func(id string) *build {
		t.Helper()
		b, err := f.client.GetBuild(t.Context(), &cloudbuildpb.GetBuildRequest{Name: parent + "/builds/" + id})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	second := f.submit(t, &build{Steps: oneStep})
	cancelled := f.submit(t, &build{Steps: oneStep})
	expired := f.submit(t, &build{Steps: oneStep, QueueTtl: durationpb.New(10 * time.Millisecond)})
	if b := get(first); b.Status != cloudbuildpb.Build_WORKING || b.Steps[0].Status != 0 || b.StartTime == nil {
		t.Errorf("the first: %v", b)
	}
	if b := get(second); b.Status != cloudbuildpb.Build_QUEUED || b.StartTime != nil {
		t.Errorf("the second: %v", b)
	}
	b, err := f.client.CancelBuild(t.Context(), &cloudbuildpb.CancelBuildRequest{Name: parent + "/builds/" + cancelled})
	if err != nil || b.Status != cloudbuildpb.Build_CANCELLED || b.FinishTime == nil {
		t.Errorf("%v %v", b, err)
	}
	if b := f.wait(t, expired); b.Status != cloudbuildpb.Build_EXPIRED {
		t.Errorf("%v", b)
	}
	hold.Release()
	for _, id := range []string{first, second} {
		if b := f.wait(t, id); b.Status != cloudbuildpb.Build_SUCCESS {
			t.Errorf("%v", b)
		}
	}
	if n := len(f.exec.Calls()); n != 2 {
		t.Errorf("%d steps ran", n)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	f := start(t, t.TempDir(), nil)
	started := make(chan struct{})
	f.exec.On("hang", workertest.Block(started, nil))
	op, err := f.client.CreateBuild(t.Context(), &cloudbuildpb.CreateBuildRequest{Parent: parent, Build: &build{Steps: []*step{{Name: "x", Id: "hang"}, {Name: "x"}}}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := op.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	<-started
	b, err := f.client.CancelBuild(t.Context(), &cloudbuildpb.CancelBuildRequest{ProjectId: "my-project", Name: m.Build.Name, Id: m.Build.Id})
	if err != nil || b.Status != cloudbuildpb.Build_CANCELLED || b.Steps[0].Status != cloudbuildpb.Build_CANCELLED {
		t.Fatalf("%v %v", b, err)
	}
	if log, err := f.Log(b.Id); err != nil || !strings.HasSuffix(log, "CANCELLED\nERROR: context canceled\n") {
		t.Errorf("%s %v", log, err)
	}
	if _, err := op.Poll(t.Context()); status.Code(err) != codes.Canceled {
		t.Errorf("operation: %v", err)
	}
	if _, err := f.client.CancelBuild(t.Context(), &cloudbuildpb.CancelBuildRequest{Name: b.Name}); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("again: %v", err)
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	f := start(t, t.TempDir(), nil)
	f.exec.On("s", workertest.Exit(3))
	id := f.submit(t, &build{Steps: []*step{{Name: "img", Id: "s", Args: []string{"$$A", "$BUILD_ID"}}}})
	if b := f.wait(t, id); b.Status != cloudbuildpb.Build_FAILURE || b.Steps[0].ExitCode != 3 || b.FailureInfo.GetType() != cloudbuildpb.Build_FailureInfo_USER_BUILD_STEP {
		t.Errorf("%v", b)
	}
	f.exec.On("s", workertest.Exit(0))
	op, err := f.client.RetryBuild(t.Context(), &cloudbuildpb.RetryBuildRequest{Name: parent + "/builds/" + id})
	if err != nil {
		t.Fatal(err)
	}
	m, err := op.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	b := f.wait(t, m.Build.Id)
	if b.Id == id || b.Status != cloudbuildpb.Build_SUCCESS || b.Steps[0].Args[0] != "$A" || b.Steps[0].Args[1] != b.Id {
		t.Errorf("%v", b)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	f := start(t, t.TempDir(), nil)
	f.Faults.FailNext("GetBuild", codes.PermissionDenied)
	if _, err := f.client.GetBuild(t.Context(), &cloudbuildpb.GetBuildRequest{Name: parent + "/builds/x"}); status.Code(err) != codes.PermissionDenied {
		t.Error(err)
	}
	f.Faults.FailNext("CreateBuild", codes.ResourceExhausted)
	req := &cloudbuildpb.CreateBuildRequest{Parent: parent, Build: &build{Steps: oneStep}}
	if _, err := f.client.CreateBuild(t.Context(), req); status.Code(err) != codes.ResourceExhausted || len(f.Builds()) != 0 {
		t.Error(err, f.Builds())
	}
	f.Faults.FailNext("CreateBuild.reply", codes.Unavailable)
	if _, err := f.client.CreateBuild(t.Context(), req); status.Code(err) != codes.Unavailable || len(f.Builds()) != 1 {
		t.Error(err, f.Builds())
	}
}

func TestFetchFails(t *testing.T) {
	t.Parallel()
	f := start(t, t.TempDir(), nil)
	id := f.submit(t, &build{Steps: oneStep, Source: f.put(t, "s.tgz", archive(t, map[string]string{"../x": "evil"}))})
	b := f.wait(t, id)
	log, err := f.Log(id)
	if b.Status != cloudbuildpb.Build_FAILURE || b.FailureInfo.GetType() != cloudbuildpb.Build_FailureInfo_FETCH_SOURCE_FAILED || err != nil ||
		!strings.Contains(log, "leads out of the archive") || len(f.exec.Calls()) != 0 {
		t.Errorf("%v\n%s%v", b, log, err)
	}
	id = f.submit(t, &build{Steps: oneStep, LogsBucket: "gs://my-project_cloudbuild/logs/"})
	f.wait(t, id)
	if info, err := f.store.Stat("my-project_cloudbuild", "logs/log-"+id+".txt", 0); err != nil || info.Size == 0 {
		t.Errorf("%v %v", info, err)
	}
}

// TestLogGrows reads a line while its step still runs.

func TestLogGrows(t *testing.T) {
	t.Parallel()
	f := start(t, t.TempDir(), nil)
	printed, release := make(chan struct{}), make(chan struct{})
	f.exec.On("s", func(ctx context.Context, r worker.StepRequest) (int, error) {
		if _, err := r.Stdout.Write([]byte("a line\n")); err != nil {
			return 0, err
		}
		close(printed)
		<-release
		return 0, nil
	})
	id := f.submit(t, &build{Steps: oneStep})
	<-printed
	if log, err := f.Log(id); err != nil || !strings.HasSuffix(log, "BUILD\na line\n") {
		t.Errorf("%q %v", log, err)
	}
	close(release)
	f.wait(t, id)
	if log, err := f.Log(id); err != nil || !strings.HasSuffix(log, "DONE\n") {
		t.Errorf("%q %v", log, err)
	}
}
