package cloudbuild_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"testing"

	gcb "cloud.google.com/go/cloudbuild/apiv1/v2"
	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/storage"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker/workertest"
)

type (
	build = cloudbuildpb.Build
	step  = cloudbuildpb.BuildStep
)

const parent = "projects/my-project/locations/europe-west1"

// fixture is an emulator on a folder, and the real client of it over gRPC.
type fixture struct {
	*cloudbuild.Server
	client  *gcb.Client
	store   *storage.Store
	exec    *workertest.Executor
	dir     string
	stateID string
}

// operations serves google.longrunning.Operations as the frame does.
type operations struct {
	longrunningpb.UnimplementedOperationsServer
	s *cloudbuild.Server
}

func (o operations) GetOperation(ctx context.Context, r *longrunningpb.GetOperationRequest) (*longrunningpb.Operation, error) {
	if op, ok := o.s.Operation(ctx, r.Name); ok {
		return op, nil
	}
	return nil, status.Error(codes.NotFound, r.Name)
}

func start(t testing.TB, dir string, change func(*cloudbuild.Config)) *fixture {
	t.Helper()
	store, err := storage.Open(dir+"/storage", nil)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{store: store, exec: workertest.New(nil), dir: dir + "/cloudbuild"}
	cfg := cloudbuild.Config{Dir: f.dir, Store: store, Executor: f.exec, StateID: "test", RegistryHost: "127.0.0.1:5000", Token: func(string) string { return "tok" }}
	if change != nil {
		change(&cfg)
	}
	if f.Server, err = cloudbuild.New(cfg); err != nil {
		t.Fatal(err)
	}
	l := bufconn.Listen(1 << 20)
	g := grpc.NewServer()
	f.Register(g)
	longrunningpb.RegisterOperationsServer(g, operations{s: f.Server})
	go func() { _ = g.Serve(l) }()
	f.client, err = gcb.NewClient(t.Context(), option.WithEndpoint("passthrough:///emulator"), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
		option.WithGRPCDialOption(grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) })))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		_ = f.client.Close()
		g.Stop()
	})
	return f
}

// submit creates a build and gives its id.
func (f *fixture) submit(t testing.TB, b *build) string {
	t.Helper()
	op, err := f.client.CreateBuild(t.Context(), &cloudbuildpb.CreateBuildRequest{Parent: parent, ProjectId: "my-project", Build: b})
	if err != nil {
		t.Fatal(err)
	}
	m, err := op.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	return m.Build.Id
}

func (f *fixture) wait(t testing.TB, id string) *build {
	t.Helper()
	b, err := f.Wait(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// archive is a .tar.gz of files.
func archive(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	w := tar.NewWriter(z)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// put stores an object and gives it as a build's source.
func (f *fixture) put(t testing.TB, name string, data []byte) *cloudbuildpb.Source {
	t.Helper()
	if err := f.store.EnsureBucket("my-project_cloudbuild"); err != nil {
		t.Fatal(err)
	}
	w, err := f.store.Append("my-project_cloudbuild", name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &cloudbuildpb.Source{Source: &cloudbuildpb.Source_StorageSource{
		StorageSource: &cloudbuildpb.StorageSource{Bucket: "my-project_cloudbuild", Object: name}}}
}
