package registry_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"testing"

	artifactregistry "cloud.google.com/go/artifactregistry/apiv1"
	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"github.com/google/go-containerregistry/pkg/authn"
	gname "github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	rpccode "google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
)

const (
	location   = "projects/proj/locations/europe-west1"
	repository = location + "/repositories/repo"
)

// fixture is running emulators with the production clients on them.
type fixture struct {
	*emulator.Server
	token string
}

func start(t *testing.T, dir string) *fixture {
	t.Helper()
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{Server: s}
	t.Cleanup(func() { f.stop(t) })
	data, err := os.ReadFile(s.TokenFile())
	if err != nil {
		t.Fatal(err)
	}
	f.token = string(data)
	return f
}

func (f *fixture) stop(t *testing.T) {
	t.Helper()
	if err := f.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Errorf("close: %v", err)
	}
}

// bearer sends the token over plain text, which only a test may.
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

func (f *fixture) client(t *testing.T, rest bool) *artifactregistry.Client {
	t.Helper()
	var c *artifactregistry.Client
	var err error
	if rest {
		c, err = artifactregistry.NewRESTClient(t.Context(), option.WithEndpoint(f.URL()),
			option.WithHTTPClient(&http.Client{Transport: bearer(f.token)}))
	} else {
		c, err = artifactregistry.NewClient(t.Context(), option.WithEndpoint(f.Addr()), option.WithoutAuthentication(),
			option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
			option.WithGRPCDialOption(grpc.WithPerRPCCredentials(bearer(f.token))))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func (f *fixture) create(t *testing.T, c *artifactregistry.Client, id string) {
	t.Helper()
	op, err := c.CreateRepository(t.Context(), &artifactregistrypb.CreateRepositoryRequest{Parent: location, RepositoryId: id,
		Repository: &artifactregistrypb.Repository{Format: artifactregistrypb.Repository_DOCKER}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := op.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.GetName() != location+"/repositories/"+id || r.GetRegistryUri() != "europe-west1-docker.pkg.dev/proj/"+id {
		t.Errorf("created %v", r)
	}
}

// push pushes a random image and gives its digest.
func (f *fixture) push(t *testing.T, ref string) (string, error) {
	t.Helper()
	image, err := random.Image(1000, 2)
	if err != nil {
		t.Fatal(err)
	}
	return digest(t, image), f.write(t, ref, image)
}

func (f *fixture) write(t *testing.T, ref string, image v1.Image) error {
	t.Helper()
	r, err := gname.ParseReference(f.Addr() + "/" + ref)
	if err != nil {
		t.Fatal(err)
	}
	return remote.Write(r, image, remote.WithAuth(&authn.Basic{Username: "oauth2accesstoken", Password: f.token}),
		remote.WithRetryBackoff(remote.Backoff{Steps: 1}), remote.WithContext(t.Context()))
}

func (f *fixture) read(t *testing.T, ref string) (v1.Image, error) {
	t.Helper()
	r, err := gname.ParseReference(f.Addr() + "/" + ref)
	if err != nil {
		t.Fatal(err)
	}
	return remote.Image(r, remote.WithAuth(&authn.Bearer{Token: f.token}), remote.WithContext(t.Context()))
}

func digest(t *testing.T, image v1.Image) string {
	t.Helper()
	d, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return d.String()
}

func TestContract(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		rest bool
	}{{"grpc", false}, {"rest", true}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := start(t, t.TempDir())
			c := f.client(t, test.rest)
			t.Run("repositories", func(t *testing.T) { repositories(t, f, c) })
			t.Run("tags", func(t *testing.T) { tags(t, f, c) })
			t.Run("images", func(t *testing.T) { images(t, f, c) })
		})
	}
}

func want(t *testing.T, what string, err error, code codes.Code) {
	t.Helper()
	got := status.Code(err)
	if e, ok := errors.AsType[*googleapi.Error](err); ok { // 409 has two meanings; the body says which
		var body struct{ Error struct{ Status string } }
		if err := json.Unmarshal([]byte(e.Body), &body); err != nil {
			t.Errorf("%s: %q: %v", what, e.Body, err)
		}
		got = codes.Code(rpccode.Code_value[body.Error.Status])
	}
	if got != code {
		t.Errorf("%s: %v, not %v", what, err, code)
	}
}
