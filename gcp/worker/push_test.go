package worker_test

import (
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker/workertest"
)

func TestRunPush(t *testing.T) {
	t.Parallel()
	digest := "sha256:" + strings.Repeat("ab", 32)
	push := func(out string, exit int) funcs { return funcs{worker.DockerBuilder: workertest.Print(out, exit)} }
	b := func() *build { return &build{Steps: []*step{{Name: "i"}}, Images: []string{"r.dev/p/x:v1"}} }
	r := run(t.Context(), t, b(), push("v1: digest: "+digest+" size: 12\n", 0))
	if r.err != nil || len(r.b.Results.Images) != 1 || r.b.Results.Images[0].Name != "r.dev/p/x:v1" || r.b.Results.Images[0].Digest != digest || r.b.Timing["PUSH"] == nil {
		t.Errorf("%v %v", r.err, r.b)
	}
	if d := cmp.Diff([]string{"push", "r.dev/p/x:v1"}, r.Calls()[1].Args); d != "" {
		t.Error(d)
	}
	if !strings.Contains(r.log, "PUSH\nPushing r.dev/p/x:v1\nv1: digest: ") {
		t.Error(r.log)
	}
	for out, want := range map[string]cloudbuildpb.Build_FailureInfo_FailureType{
		"An image does not exist locally with the tag: r.dev/p/x\n": cloudbuildpb.Build_FailureInfo_PUSH_IMAGE_NOT_FOUND,
		"denied: Permission x denied\n":                             cloudbuildpb.Build_FailureInfo_PUSH_NOT_AUTHORIZED,
		"no space left on device\n":                                 cloudbuildpb.Build_FailureInfo_PUSH_FAILED,
	} {
		r := run(t.Context(), t, b(), push(out, 1))
		if r.b.Status != cloudbuildpb.Build_FAILURE || r.b.FailureInfo.GetType() != want {
			t.Errorf("%q: %v", out, r.b)
		}
	}
}
