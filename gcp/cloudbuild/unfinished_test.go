package cloudbuild_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

func TestUnfinished(t *testing.T) {
	t.Parallel()
	f := start(t, func(ctx context.Context, r worker.StepRequest) (int, error) {
		if len(r.Step.Args) > 0 {
			<-ctx.Done()
		}
		return 0, nil
	})
	key, digest := strings.Repeat("ab", 32), "sha256:"+strings.Repeat("0", 64)
	began := time.Date(2020, 1, 2, 3, 4, 5, 6, time.UTC)
	works := build("gcpdeploy")
	works.Steps[0].Args = []string{"build", "--label", "dev.gcpdeploy.wheels=" + key, "BASE=python@" + digest, "-t", "x/y@" + digest}
	works.Substitutions = map[string]string{cloudbuild.Started: began.Format(time.RFC3339Nano)}
	works.Options = &cloudbuildpb.BuildOptions{SubstitutionOption: cloudbuildpb.BuildOptions_ALLOW_LOOSE}
	works = f.submit(t, works)
	ended := f.submit(t, build("gcpdeploy"))
	if _, err := f.Watch(t.Context(), ended.GetName(), nil, nil); err != nil {
		t.Fatal(err)
	}
	others := build("theirs")
	others.Steps[0].Args = []string{"wait"}
	f.submit(t, others)
	got, err := cloudbuild.Builds{Client: f.Client, Project: project, Region: region}.Unfinished(t.Context(), "gcpdeploy")
	want := []cloudbuild.Unfinished{{ID: works.GetId(), Began: began, Names: []string{key, digest}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
}
