package cloudbuild_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker/workertest"
)

// TestKill copies the state of a working emulator, as a kill would leave it,
// and opens the copy.
func TestKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := start(t, dir, nil)
	source := f.put(t, "s.tgz", archive(t, map[string]string{"a": "b"}))
	done := f.submit(t, &build{Steps: oneStep, Source: source, Tags: []string{"x"}})
	before := f.wait(t, done)
	if err := f.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	f = start(t, dir, func(c *cloudbuild.Config) { c.Parallel = 1 })
	started := make(chan struct{})
	f.exec.On("hang", workertest.Block(started, nil))
	working := f.submit(t, &build{Steps: []*step{{Name: "x", Id: "hang"}}})
	<-started
	queued := f.submit(t, &build{Steps: oneStep})

	after := t.TempDir()
	if err := os.CopyFS(after, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(after, "cloudbuild/builds/.tmp-123"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	g := start(t, after, nil)
	if b := g.wait(t, done); !proto.Equal(b, before) {
		t.Errorf("%v\nwas %v", b, before)
	}
	for _, id := range []string{working, queued} {
		b := g.wait(t, id)
		if b.Status != cloudbuildpb.Build_INTERNAL_ERROR || b.StatusDetail != "the emulator stopped while this build was running" || b.FinishTime == nil {
			t.Errorf("%v", b)
		}
		if op, ok := g.Operation(t.Context(), "operations/build/my-project/none"); ok {
			t.Error(op)
		}
	}
	if log, err := g.Log(working); err != nil || !strings.HasPrefix(log, "starting build") || !strings.HasSuffix(log, "the emulator stopped while this build was running\n") {
		t.Errorf("%q %v", log, err)
	}
	if left, err := os.ReadDir(filepath.Join(g.dir, "work")); err != nil || len(left) > 0 {
		t.Errorf("left over: %v %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(g.dir, "builds/.tmp-123")); err == nil {
		t.Error("the half file is still there")
	}
	if op, err := g.client.RetryBuild(t.Context(), &cloudbuildpb.RetryBuildRequest{Name: before.Name}); err != nil {
		t.Error(op, err)
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	f := start(t, t.TempDir(), func(c *cloudbuild.Config) { c.Parallel = 1 })
	started := make(chan struct{})
	f.exec.On("hang", workertest.Block(started, nil))
	working := f.submit(t, &build{Steps: []*step{{Name: "x", Id: "hang"}}})
	<-started
	queued := f.submit(t, &build{Steps: oneStep})
	if err := f.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{working, queued} {
		if b := f.wait(t, id); b.Status != cloudbuildpb.Build_CANCELLED || b.StatusDetail != "the emulator stopped while this build was running" {
			t.Errorf("%v", b)
		}
	}
}
