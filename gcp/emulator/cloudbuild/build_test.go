package cloudbuild_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker/workertest"
)

func TestBuild(t *testing.T) {
	t.Parallel()
	f := start(t, t.TempDir(), nil)
	var seen string
	f.exec.On("read", func(_ context.Context, r worker.StepRequest) (int, error) {
		data, err := os.ReadFile(filepath.Join(r.Options.Workspace, "a/b.txt"))
		token, terr := os.ReadFile(filepath.Join(r.Options.Home, ".config/access_token"))
		config, cerr := os.ReadFile(filepath.Join(r.Options.Home, ".docker/config.json"))
		seen = string(data) + string(token)
		if err != nil || terr != nil || cerr != nil || !strings.Contains(string(config), "127.0.0.1:5000") {
			t.Errorf("%v %v %v %s", err, terr, cerr, config)
		}
		if info, err := os.Stat(filepath.Join(r.Options.Home, ".config/access_token")); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("token file: %v %v", info, err)
		}
		return 0, err
	})
	f.exec.On("write", workertest.Output(`{"ok":true}`))
	op, err := f.client.CreateBuild(t.Context(), &cloudbuildpb.CreateBuildRequest{Parent: parent, Build: &build{
		Source: f.put(t, "s.tgz", archive(t, map[string]string{"a/b.txt": "hello "})),
		Steps:  []*step{{Name: "x", Id: "read", Args: []string{"$_A", "$$B"}}, {Name: "y", Id: "write"}},
		Tags:   []string{"run-1"}, Substitutions: map[string]string{"_A": "1"}}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := op.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	b := m.Build
	if b.Status != cloudbuildpb.Build_QUEUED && b.Status != cloudbuildpb.Build_WORKING || b.Name != parent+"/builds/"+b.Id || b.ProjectId != "my-project" ||
		b.CreateTime == nil || b.Timeout.Seconds != 3600 || b.QueueTtl.Seconds != 3600 || !strings.Contains(b.LogUrl, b.Id) ||
		!strings.HasSuffix(b.LogsBucket, "-europe-west1-cloudbuild-logs") || b.SourceProvenance.ResolvedStorageSource.Generation == 0 ||
		b.Steps[0].Args[0] != "1" || b.Steps[0].Args[1] != "$B" || !strings.HasPrefix(op.Name(), "operations/build/my-project/") {
		t.Errorf("created: %s %v", op.Name(), b)
	}
	done := f.wait(t, b.Id)
	if done.Status != cloudbuildpb.Build_SUCCESS || string(done.Results.BuildStepOutputs[1]) != `{"ok":true}` ||
		done.Timing["FETCHSOURCE"] == nil || done.Timing["BUILD"] == nil || done.Timing["SETUPBUILD"] == nil ||
		done.Steps[0].Status != cloudbuildpb.Build_SUCCESS || done.StartTime == nil || done.FinishTime == nil {
		t.Errorf("done: %v", done)
	}
	if seen != "hello tok" {
		t.Errorf("the step saw %q", seen)
	}
	res, err := op.Poll(t.Context())
	if err != nil || res.GetId() != b.Id {
		t.Errorf("operation: %v, %v", res, err)
	}
	log, err := f.Log(b.Id)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"starting build \"" + b.Id + "\"\n", "FETCHSOURCE\nFetching storage object: gs://my-project_cloudbuild/s.tgz#", "\nBUILD\nStarting Step #0 - \"read\"\n", "Finished Step #1 - \"write\"\nPUSH\nDONE\n"} {
		if !strings.Contains(log, want) {
			t.Errorf("no %q in the log:\n%s", want, log)
		}
	}
	if err := f.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Join(f.dir, "work")); err != nil || len(left) > 0 {
		t.Errorf("left over: %v %v", left, err)
	}
	if _, err := f.client.CreateBuild(t.Context(), &cloudbuildpb.CreateBuildRequest{Parent: parent, Build: &build{Steps: []*step{{Name: "x"}}}}); status.Code(err) != codes.Unavailable {
		t.Errorf("after Close: %v", err)
	}
}
