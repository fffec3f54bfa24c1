package emulator_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	artifactregistry "cloud.google.com/go/artifactregistry/apiv1"
	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	gcs "cloud.google.com/go/storage"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
)

// bearer sends a token over plain text, which only a test may.
type bearer string

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}
func (bearer) RequireTransportSecurity() bool { return false }

// RoundTrip sends the token over HTTP.
func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

func dial(t *testing.T, s *emulator.Server, token string, opts ...grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(s.Addr(), append(opts, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithPerRPCCredentials(bearer(token)))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestGRPCGuards(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	call := func(conn *grpc.ClientConn) error {
		_, err := artifactregistrypb.NewArtifactRegistryClient(conn).ListRepositories(t.Context(), &artifactregistrypb.ListRepositoriesRequest{Parent: "projects/p/locations/l"})
		return err
	}
	if err := call(dial(t, s, token(t, s))); err != nil {
		t.Error(err)
	}
	if err := call(dial(t, s, "wrong")); status.Code(err) != codes.Unauthenticated {
		t.Errorf("wrong token: %v", err)
	}
	if err := call(dial(t, s, token(t, s), grpc.WithAuthority("evil.example"))); status.Code(err) != codes.PermissionDenied {
		t.Errorf("foreign host: %v", err)
	}
}

func TestOperations(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	conn := dial(t, s, token(t, s))
	ops := longrunningpb.NewOperationsClient(conn)
	_, err := ops.GetOperation(t.Context(), &longrunningpb.GetOperationRequest{Name: "projects/p/locations/l/operations/none"})
	if status.Code(err) != codes.NotFound {
		t.Errorf("get of none: %v", err)
	}
	made, err := artifactregistrypb.NewArtifactRegistryClient(conn).CreateRepository(t.Context(), &artifactregistrypb.CreateRepositoryRequest{
		Parent: "projects/p/locations/l", RepositoryId: "r", Repository: &artifactregistrypb.Repository{Format: artifactregistrypb.Repository_DOCKER}})
	if err != nil {
		t.Fatal(err)
	}
	op, err := ops.WaitOperation(t.Context(), &longrunningpb.WaitOperationRequest{Name: made.GetName(), Timeout: durationpb.New(time.Minute)})
	if err != nil || !op.GetDone() {
		t.Errorf("wait: %v %v", op, err)
	}
	for target, body := range map[string]string{"/v1/" + made.GetName(): "", "/v2/" + made.GetName(): "", "/v1/" + made.GetName() + ":wait": "{}", "/v2/" + made.GetName() + ":wait": "{}"} {
		method, header := "GET", []string(nil)
		if body != "" {
			method, header = "POST", []string{jsonType}
		}
		resp := request(t, s, method, target, body, header...)
		if text, _ := io.ReadAll(resp.Body); resp.StatusCode != 200 || !strings.Contains(string(text), made.GetName()) {
			t.Errorf("%s: %s %s", target, resp.Status, text)
		}
	}
}

// The clients as a program makes them: with the endpoints, the token, and
// nothing else.
func TestGoClients(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := start(t, "")
	hc := &http.Client{Transport: bearer(token(t, s))}
	store, err := gcs.NewClient(ctx, option.WithEndpoint(s.URL()+"storage/v1/"), option.WithHTTPClient(hc))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	b := store.Bucket("p_cloudbuild")
	if _, err := b.Attrs(ctx); !errors.Is(err, gcs.ErrBucketNotExist) {
		t.Error(err)
	}
	if err := b.Create(ctx, "p", nil); err != nil {
		t.Fatal(err)
	}
	w := b.Object("source/x.tgz").If(gcs.Conditions{DoesNotExist: true}).NewWriter(ctx)
	w.ChunkSize = 256 << 10
	data := strings.Repeat("0123456789abcdef", 100<<10)
	if _, err := io.WriteString(w, data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := b.Object("source/x.tgz").NewReader(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || string(got) != data {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	ar, err := artifactregistry.NewRESTClient(ctx, option.WithEndpoint(s.URL()), option.WithHTTPClient(hc))
	if err != nil {
		t.Fatal(err)
	}
	defer ar.Close()
	if _, err := ar.ListRepositories(ctx, &artifactregistrypb.ListRepositoriesRequest{Parent: "projects/p/locations/l"}).Next(); err == nil || status.Code(err) != codes.Unknown {
		t.Errorf("list: %v", err) // iterator.Done has no code
	}
	if n := len(s.Calls()); n < 8 {
		t.Errorf("%d calls seen", n)
	}
}
