package cloudbuild_test

import (
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

var oneStep = []*step{{Name: "img", Id: "s"}}

func TestRefusals(t *testing.T) {
	t.Parallel()
	f := start(t, t.TempDir(), nil)
	source := f.put(t, "s.tgz", archive(t, nil))
	other := proto.Clone(source).(*cloudbuildpb.Source)
	other.GetStorageSource().Object = "missing.tgz"
	sa := "projects/my-project/serviceAccounts/b@my-project.iam.gserviceaccount.com"
	logging := func(m cloudbuildpb.BuildOptions_LoggingMode) *cloudbuildpb.BuildOptions {
		return &cloudbuildpb.BuildOptions{Logging: m}
	}
	tests := []struct {
		name   string
		parent string
		b      *build
		code   codes.Code
		text   string
	}{
		{"fine", parent, &build{Steps: oneStep}, codes.OK, ""},
		{"no build", parent, nil, codes.InvalidArgument, "no build field was provided"},
		{"no steps", parent, &build{}, codes.InvalidArgument, "generic::invalid_argument: invalid build: invalid .steps field: no build steps are specified"},
		{"bad parent", "projects/p", &build{Steps: oneStep}, codes.InvalidArgument, "invalid parent"},
		{"dots", "projects/../locations/x", &build{Steps: oneStep}, codes.InvalidArgument, "invalid project"},
		{"bad location", "projects/my-project/locations/..", &build{Steps: oneStep}, codes.InvalidArgument, "invalid location"},
		{"all locations", "projects/my-project/locations/-", &build{Steps: oneStep}, codes.InvalidArgument, "invalid location"},
		{"unused substitution", parent, &build{Steps: oneStep, Substitutions: map[string]string{"_A": "x"}}, codes.InvalidArgument, "is not matched in the template"},
		{"bad image after substitution", parent, &build{Steps: []*step{{Name: "x"}}, Images: []string{"gcr.io/p/$_A"}, Substitutions: map[string]string{"_A": "UP"}}, codes.InvalidArgument, "uppercase"},
		{"account by its e-mail alone", parent, &build{Steps: oneStep, ServiceAccount: "b@my-project.iam.gserviceaccount.com", LogsBucket: "gs://my-project_cloudbuild"}, codes.InvalidArgument, "must be projects/{project}/serviceAccounts/{account}"},
		{"account with Google's bucket", parent, &build{Steps: oneStep, ServiceAccount: sa, Options: &cloudbuildpb.BuildOptions{
			DefaultLogsBucketBehavior: cloudbuildpb.BuildOptions_LEGACY_BUCKET}}, codes.InvalidArgument, "if 'build.service_account' is specified"}, //nolint:staticcheck // Google still knows it
		{"two buckets", parent, &build{Steps: oneStep, LogsBucket: "gs://my-project_cloudbuild", Options: &cloudbuildpb.BuildOptions{
			DefaultLogsBucketBehavior: cloudbuildpb.BuildOptions_REGIONAL_USER_OWNED_BUCKET}}, codes.InvalidArgument, "cannot be set together"},
		{"machine type of a pool", parent, &build{Steps: oneStep, Options: &cloudbuildpb.BuildOptions{MachineType: cloudbuildpb.BuildOptions_E2_MEDIUM,
			Pool: &cloudbuildpb.BuildOptions_PoolOption{Name: "projects/my-project/locations/europe-west1/workerPools/p"}}}, codes.InvalidArgument, "machine_type cannot be set together with pool"},
		{"disk", parent, &build{Steps: oneStep, Options: &cloudbuildpb.BuildOptions{DiskSizeGb: 4001}}, codes.InvalidArgument, "disk_size_gb"},
		{"account without logs", parent, &build{Steps: oneStep, ServiceAccount: sa}, codes.InvalidArgument, "if 'build.service_account' is specified"},
		{"account with bucket", parent, &build{Steps: oneStep, ServiceAccount: sa, LogsBucket: "gs://my-project_cloudbuild"}, codes.OK, ""},
		{"account with cloud logging", parent, &build{Steps: oneStep, ServiceAccount: sa, Options: logging(cloudbuildpb.BuildOptions_CLOUD_LOGGING_ONLY)}, codes.OK, ""},
		{"account with regional bucket", parent, &build{Steps: oneStep, ServiceAccount: sa, Options: &cloudbuildpb.BuildOptions{
			DefaultLogsBucketBehavior: cloudbuildpb.BuildOptions_REGIONAL_USER_OWNED_BUCKET}}, codes.OK, ""},
		{"account with none", parent, &build{Steps: oneStep, ServiceAccount: sa, Options: logging(cloudbuildpb.BuildOptions_NONE)}, codes.OK, ""},
		{"no such bucket", parent, &build{Steps: oneStep, LogsBucket: "gs://no-such-bucket/logs"}, codes.InvalidArgument, `the bucket "no-such-bucket" of logs_bucket does not exist`},
		{"bucket and cloud logging", parent, &build{Steps: oneStep, LogsBucket: "b", Options: logging(cloudbuildpb.BuildOptions_CLOUD_LOGGING_ONLY)}, codes.InvalidArgument, "CLOUD_LOGGING_ONLY"},
		{"source", parent, &build{Steps: oneStep, Source: source}, codes.OK, ""},
		{"missing source", parent, &build{Steps: oneStep, Source: other}, codes.InvalidArgument, "could not resolve source"},
		{"git source", parent, &build{Steps: oneStep, Source: &cloudbuildpb.Source{Source: &cloudbuildpb.Source_GitSource{}}}, codes.Unimplemented, "not emulated"},
		{"artifacts", parent, &build{Steps: oneStep, Artifacts: &cloudbuildpb.Artifacts{Objects: &cloudbuildpb.Artifacts_ArtifactObjects{Location: "gs://b", Paths: []string{"x"}}}}, codes.Unimplemented, "not emulated"},
		{"secrets", parent, &build{Steps: []*step{{Name: "x", SecretEnv: []string{"S"}}}, AvailableSecrets: &cloudbuildpb.Secrets{
			SecretManager: []*cloudbuildpb.SecretManagerSecret{{Env: "S", VersionName: "projects/p/secrets/s/versions/1"}}}}, codes.FailedPrecondition, "Secret Manager is not emulated"},
		{"pool of another region", parent, &build{Steps: oneStep, Options: &cloudbuildpb.BuildOptions{Pool: &cloudbuildpb.BuildOptions_PoolOption{
			Name: "projects/my-project/locations/us-east1/workerPools/p"}}}, codes.InvalidArgument, "is not in the build's region"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := f.client.CreateBuild(t.Context(), &cloudbuildpb.CreateBuildRequest{Parent: tt.parent, Build: tt.b})
			if status.Code(err) != tt.code || err != nil && !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v, want %v … %s", err, tt.code, tt.text)
			}
		})
	}
	for _, id := range []string{"", "x", "../../etc/passwd", "00000000-0000-0000-0000-000000000000"} {
		_, err := f.client.GetBuild(t.Context(), &cloudbuildpb.GetBuildRequest{Name: parent + "/builds/" + id})
		want := codes.InvalidArgument
		if strings.HasPrefix(id, "0") {
			want = codes.NotFound
		}
		if status.Code(err) != want {
			t.Errorf("get %q: %v", id, err)
		}
	}
	if _, err := f.client.CreateWorkerPool(t.Context(), &cloudbuildpb.CreateWorkerPoolRequest{Parent: parent}); status.Code(err) != codes.Unimplemented {
		t.Error(err)
	}
}

func TestLegacyPaths(t *testing.T) {
	t.Parallel()
	f := start(t, t.TempDir(), nil)
	op, err := f.client.CreateBuild(t.Context(), &cloudbuildpb.CreateBuildRequest{ProjectId: "my-project", Build: &build{Steps: oneStep}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := op.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	id := m.Build.Id
	if want := "projects/my-project/locations/global/builds/" + id; m.Build.Name != want {
		t.Errorf("name %s, want %s", m.Build.Name, want)
	}
	regional := f.submit(t, &build{Steps: oneStep})
	for _, tt := range []struct {
		req  *cloudbuildpb.GetBuildRequest
		code codes.Code
	}{
		{&cloudbuildpb.GetBuildRequest{ProjectId: "my-project", Id: id}, codes.OK},
		{&cloudbuildpb.GetBuildRequest{Name: m.Build.Name}, codes.OK},
		{&cloudbuildpb.GetBuildRequest{ProjectId: "my-project", Id: id, Name: m.Build.Name}, codes.OK},
		{&cloudbuildpb.GetBuildRequest{ProjectId: "other", Id: id, Name: m.Build.Name}, codes.InvalidArgument},
		{&cloudbuildpb.GetBuildRequest{ProjectId: "other", Id: id}, codes.NotFound},
		{&cloudbuildpb.GetBuildRequest{Id: id}, codes.InvalidArgument},
		{&cloudbuildpb.GetBuildRequest{ProjectId: "my-project", Id: regional}, codes.NotFound},
		{&cloudbuildpb.GetBuildRequest{Name: parent + "/builds/" + regional}, codes.OK},
	} {
		if _, err := f.client.GetBuild(t.Context(), tt.req); status.Code(err) != tt.code {
			t.Errorf("%v: %v, want %v", tt.req, err, tt.code)
		}
	}
	sa, err := f.client.GetDefaultServiceAccount(t.Context(), &cloudbuildpb.GetDefaultServiceAccountRequest{Name: parent + "/defaultServiceAccount"})
	if err != nil || sa.ServiceAccountEmail == "" || sa.ServiceAccountEmail != f.wait(t, id).ServiceAccount {
		t.Errorf("%v %v", sa, err)
	}
}

// TestKnobs: where logs went before 2026-11-11, and a project that may build in
// some regions only.
func TestKnobs(t *testing.T) {
	t.Parallel()
	f := start(t, t.TempDir(), nil)
	f.Faults.OldLogs()
	if b := f.wait(t, f.submit(t, &build{Steps: oneStep})); !strings.HasSuffix(b.LogsBucket, ".cloudbuild-logs.googleusercontent.com") {
		t.Errorf("before 2026-11-11 the log is in %s", b.LogsBucket)
	}
	f.Faults.Restrict("europe-west1")
	for in, want := range map[string]codes.Code{parent: codes.FailedPrecondition, "projects/my-project/locations/us-west2": codes.OK} {
		_, err := f.client.CreateBuild(t.Context(), &cloudbuildpb.CreateBuildRequest{Parent: in, Build: &build{Steps: oneStep}})
		if status.Code(err) != want || err != nil && !strings.Contains(err.Error(), "due to quota restrictions, cannot run builds in this region") {
			t.Errorf("%s: %v", in, err)
		}
	}
}
