package cloudbuild_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker/workertest"
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
		{"account without logs", parent, &build{Steps: oneStep, ServiceAccount: sa}, codes.InvalidArgument, "if 'build.service_account' is specified"},
		{"account with bucket", parent, &build{Steps: oneStep, ServiceAccount: sa, LogsBucket: "gs://my-project_cloudbuild"}, codes.OK, ""},
		{"account with cloud logging", parent, &build{Steps: oneStep, ServiceAccount: sa, Options: logging(cloudbuildpb.BuildOptions_CLOUD_LOGGING_ONLY)}, codes.OK, ""},
		{"account with regional bucket", parent, &build{Steps: oneStep, ServiceAccount: sa, Options: &cloudbuildpb.BuildOptions{
			DefaultLogsBucketBehavior: cloudbuildpb.BuildOptions_REGIONAL_USER_OWNED_BUCKET}}, codes.OK, ""},
		{"account with none", parent, &build{Steps: oneStep, ServiceAccount: sa, Options: logging(cloudbuildpb.BuildOptions_NONE)}, codes.OK, ""},
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
	if _, err := f.client.CreateBuildTrigger(t.Context(), &cloudbuildpb.CreateBuildTriggerRequest{Parent: parent}); status.Code(err) != codes.Unimplemented {
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

// list gives the ids of a filter's builds, all pages.
func (f *fixture) list(ctx context.Context, parent, filter string, page int32) (ids []string, err error) {
	it := f.client.ListBuilds(ctx, &cloudbuildpb.ListBuildsRequest{Parent: parent, Filter: filter, PageSize: page})
	for {
		b, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return ids, nil
		}
		if err != nil {
			return ids, err
		}
		ids = append(ids, b.Id)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	f := start(t, t.TempDir(), func(c *cloudbuild.Config) { c.Now = func() time.Time { return at } })
	f.exec.On("bad", workertest.Exit(1))
	var ids []string // the newest first
	for i := range 5 {
		at = at.Add(time.Hour)
		name := "good"
		if i == 2 {
			name = "bad"
		}
		id := f.submit(t, &build{Steps: []*step{{Name: name}}, Tags: []string{fmt.Sprintf("run-%d", i), "all"}})
		f.wait(t, id)
		ids = slices.Insert(ids, 0, id)
	}
	for _, tt := range []struct {
		filter string
		want   []string // nil = error
	}{
		{"", ids},
		{`status="SUCCESS"`, []string{ids[0], ids[1], ids[3], ids[4]}},
		{`status="WORKING" OR status="QUEUED"`, []string{}},
		{`status=FAILURE`, []string{ids[2]}},
		{`tags="run-1"`, []string{ids[3]}},
		{`tags:"run-1"`, []string{ids[3]}},
		{`tags="run-1" OR tags="run-2"`, []string{ids[2], ids[3]}},
		{`tags="all" AND NOT status="SUCCESS"`, []string{ids[2]}},
		{`tags="all" -status="SUCCESS"`, []string{ids[2]}},
		{`(tags="run-1" OR tags="run-2") AND status!="SUCCESS"`, []string{ids[2]}},
		{`status="SUCCESS" AND tags="run-1" OR tags="run-2"`, []string{ids[3]}}, // OR binds tighter
		{`build_id="` + ids[1] + `"`, []string{ids[1]}},
		{`build_id=` + ids[1], []string{ids[1]}},
		{`create_time>"2026-11-01T15:00:00.000+00:00"`, ids[:2]},
		{`create_time>=2026-11-01T15:00:00Z`, ids[:3]},
		{`create_time<"2026-11-01T17:00:00+02:00" tags="all"`, ids[3:]},
		{`create_time>"2026-11-02"`, []string{}},
		{`foo="x"`, nil},
		{`createTime>"2026-11-02"`, nil},
		{`status="WORKIN"`, nil},
		{`status>"QUEUED"`, nil},
		{`status`, nil},
		{`status=`, nil},
		{`(status="SUCCESS"`, nil},
		{`status="SUCCESS")`, nil},
		{`status="SUCCESS`, nil},
		{`AND`, nil},
		{`create_time>"yesterday"`, nil},
	} {
		got, err := f.list(t.Context(), parent, tt.filter, 2)
		if tt.want == nil {
			if status.Code(err) != codes.InvalidArgument {
				t.Errorf("%s: %v", tt.filter, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, %v, want %v", tt.filter, got, err, tt.want)
		}
	}
	for parent, want := range map[string]int{parent: 5, "projects/my-project/locations/-": 5, "projects/my-project/locations/global": 0, "projects/other-project/locations/-": 0} {
		if got, err := f.list(t.Context(), parent, "", 0); err != nil || len(got) != want {
			t.Errorf("%s: %d %v", parent, len(got), err)
		}
	}
	first, err := f.ListBuilds(t.Context(), &cloudbuildpb.ListBuildsRequest{Parent: parent, PageSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	for name, req := range map[string]*cloudbuildpb.ListBuildsRequest{
		"garbage":        {Parent: parent, PageToken: "x"},
		"another filter": {Parent: parent, PageToken: first.NextPageToken, Filter: `tags="all"`},
		"another place":  {ProjectId: "my-project", PageToken: first.NextPageToken},
		"negative":       {Parent: parent, PageSize: -1},
	} {
		if _, err := f.client.ListBuilds(t.Context(), req).Next(); status.Code(err) != codes.InvalidArgument {
			t.Errorf("%s: %v", name, err)
		}
	}
}

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
	id = f.submit(t, &build{Steps: oneStep, LogsBucket: "gs://no-such-bucket/logs"})
	if b := f.wait(t, id); b.Status != cloudbuildpb.Build_FAILURE || b.FailureInfo.GetType() != cloudbuildpb.Build_FailureInfo_LOGGING_FAILURE {
		t.Errorf("%v", b)
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
