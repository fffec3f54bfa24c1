package cloudbuild_test

import (
	"encoding/json"
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

const builder = "europe-west1-docker.pkg.dev/my-project/gcpdeploy/builder@sha256:1111111111111111111111111111111111111111111111111111111111111111"

func oneStep() cloudbuild.Step {
	return cloudbuild.Step{
		Builder: builder, Args: []string{"wheels", "refresh", "--set-env-vars=PRICE=5$,A=${B:-c}"}, Project: project,
		Options: plan.Options{ServiceAccount: "builds@my-project.iam.gserviceaccount.com", TimeoutSeconds: 7200, MachineType: "E2_HIGHCPU_8"},
	}
}

func TestOneStep(t *testing.T) {
	t.Parallel()
	want := &cloudbuildpb.Build{
		Steps: []*cloudbuildpb.BuildStep{{
			Id: "wheels-refresh", Name: builder, Args: []string{"wheels", "refresh", "--set-env-vars=PRICE=5$$,A=$${B:-c}"},
		}},
		ServiceAccount: "projects/my-project/serviceAccounts/builds@my-project.iam.gserviceaccount.com",
		Timeout:        durationpb.New(7200e9),
		Options: &cloudbuildpb.BuildOptions{
			AutomapSubstitutions: true, MachineType: cloudbuildpb.BuildOptions_E2_HIGHCPU_8,
			Logging: cloudbuildpb.BuildOptions_GCS_ONLY, DefaultLogsBucketBehavior: cloudbuildpb.BuildOptions_REGIONAL_USER_OWNED_BUCKET,
		},
	}
	if d := cmp.Diff(want, cloudbuild.OneStep(oneStep()), protocmp.Transform()); d != "" {
		t.Error(d)
	}
}

// TestOneStepIsTaken: Cloud Build takes the build, and its step gets the arguments
// as they were given.
func TestOneStepIsTaken(t *testing.T) {
	t.Parallel()
	for _, o := range []plan.Options{
		oneStep().Options, {}, {ServiceAccount: "1-compute@developer.gserviceaccount.com", Logging: "CLOUD_LOGGING_ONLY"},
		{Pool: "projects/my-project/locations/europe-west1/workerPools/p", TimeoutSeconds: 60},
	} {
		f := start(t, lines(1))
		s := oneStep()
		s.Options = o
		b, err := f.Submit(t.Context(), project, region, proto.CloneOf(cloudbuild.OneStep(s)))
		if err != nil {
			t.Errorf("%+v: %v", o, err)
			continue
		}
		if got := b.GetSteps()[0].GetArgs(); !cmp.Equal(got, s.Args) {
			t.Errorf("the step gets %q", got)
		}
	}
}

func TestOneStepConfig(t *testing.T) {
	t.Parallel()
	text, err := cloudbuild.OneStepConfig(oneStep(), true)
	var fields map[string]any
	if err != nil || json.Unmarshal(text, &fields) != nil {
		t.Fatalf("%s %v", text, err)
	}
	for _, not := range []string{"source", "substitutions", "tags", "images"} {
		if _, there := fields[not]; there {
			t.Errorf("it has %s:\n%s", not, text)
		}
	}
	text, err = cloudbuild.OneStepConfig(oneStep(), false)
	if err != nil || !strings.Contains(string(text), "automapSubstitutions: true") {
		t.Errorf("%s %v", text, err)
	}
}

func TestOneStepFits(t *testing.T) {
	t.Parallel()
	s := oneStep()
	if err := cloudbuild.FitsOneStep(s); err != nil {
		t.Error(err)
	}
	s.Args = append(s.Args, strings.Repeat("x", 5000))
	if err := cloudbuild.FitsOneStep(s); err == nil || !strings.Contains(err.Error(), "characters in an argument") {
		t.Error(err)
	}
}
