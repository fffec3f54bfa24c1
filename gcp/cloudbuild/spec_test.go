package cloudbuild_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/goccy/go-yaml"

	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emubuild "github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/golden"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

var started = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// aPlan is a plan from its own golden file, with every option set.
func aPlan(t *testing.T) plan.Plan {
	t.Helper()
	data, err := os.ReadFile("../../internal/plan/testdata/templates.json")
	if err != nil {
		t.Fatal(err)
	}
	var p plan.Plan
	if err := json.Unmarshal(data, &p); err != nil {
		t.Fatal(err)
	}
	p.Options = plan.Options{
		ServiceAccount: "build@my-project.iam.gserviceaccount.com", MachineType: "E2_HIGHCPU_8", DiskSizeGB: 200,
		TimeoutSeconds: 1800, QueueTTLSeconds: 600, LogsBucket: "my-logs", Provenance: true,
	}
	return p
}

func spec(t *testing.T) *cloudbuildpb.Build {
	t.Helper()
	return cloudbuild.Spec(aPlan(t), cloudbuild.Source{Bucket: "b", Object: "source/1.tgz"}, started, []string{"gcpdeploy"})
}

// stable is protojson without its random blanks.
func stable(t *testing.T, b *cloudbuildpb.Build) []byte {
	t.Helper()
	data, err := protojson.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, data, "", "  "); err != nil {
		t.Fatal(err)
	}
	out.WriteByte('\n')
	return out.Bytes()
}

func TestSpec(t *testing.T) {
	t.Parallel()
	b := spec(t)
	golden.Equal(t, stable(t, b), "testdata/spec.json")
	if err := worker.Validate(b); err != nil {
		t.Errorf("Cloud Build would refuse it: %v", err)
	}
	if _, err := worker.Substitute(b, map[string]string{"BUILD_ID": "1", "PROJECT_ID": "p"}); err != nil {
		t.Errorf("its substitutions do not match: %v", err)
	}
}

// TestSpecShowsInPlan holds that whatever a build's steps say is in the plan
// that people and programs see.
func TestSpecShowsInPlan(t *testing.T) {
	t.Parallel()
	text := string(aPlan(t).JSON())
	for _, s := range spec(t).GetSteps() {
		for _, v := range append(append([]string{s.GetId(), s.GetName()}, s.GetArgs()...), append(s.GetEnv(), s.GetWaitFor()...)...) {
			quoted, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(text, string(quoted)) {
				t.Errorf("step %s: %s is not in the plan", s.GetId(), quoted)
			}
		}
	}
}

// TestSpecForGcloud holds that the build, printed as YAML, is the same build
// when gcloud reads and submits it.
func TestSpecForGcloud(t *testing.T) {
	t.Parallel()
	gcloud, err := exec.LookPath("gcloud")
	if err != nil {
		t.Skip("gcloud is not installed")
	}
	s, err := emulator.Start(t.Context(), emulator.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	b := spec(t)
	b.Source, b.Tags = nil, nil
	text, err := yaml.JSONToYAML(stable(t, b))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "build.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), s.GcloudEnv("my-project")...)
	env = append(env, "CLOUDSDK_CONFIG="+t.TempDir())
	for _, args := range [][]string{
		{"storage", "buckets", "create", "gs://" + strings.TrimPrefix(b.GetLogsBucket(), "gs://")},
		{"builds", "submit", "--no-source", "--async", "--config", file},
	} {
		c := exec.CommandContext(t.Context(), gcloud, append(args, "--quiet")...)
		c.Env = env
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	builds := emulator.Get[*emubuild.Server](s).Builds()
	if len(builds) != 1 {
		t.Fatalf("%d builds", len(builds))
	}
	for i, got := range builds[0].GetSteps() {
		want := b.GetSteps()[i]
		if got.GetId() != want.GetId() || !slices.Equal(got.GetWaitFor(), want.GetWaitFor()) || len(got.GetArgs()) != len(want.GetArgs()) {
			t.Errorf("gcloud sent %v, want %v", got, want)
		}
	}
	if !proto.Equal(builds[0].GetTimeout(), b.GetTimeout()) || builds[0].GetServiceAccount() != b.GetServiceAccount() {
		t.Errorf("gcloud sent timeout %v, account %q", builds[0].GetTimeout(), builds[0].GetServiceAccount())
	}
}
