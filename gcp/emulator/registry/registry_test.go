package registry_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	artifactregistry "cloud.google.com/go/artifactregistry/apiv1"
	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	gname "github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	rpccode "google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

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
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
	defer cancel()
	if err := f.Close(ctx); err != nil {
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
	if r.GetName() != location+"/repositories/"+id || r.GetRegistryUri() != f.Addr()+"/proj/"+id {
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

func repositories(t *testing.T, f *fixture, c *artifactregistry.Client) {
	ctx := t.Context()
	_, err := c.GetRepository(ctx, &artifactregistrypb.GetRepositoryRequest{Name: repository})
	want(t, "get of none", err, codes.NotFound)
	if _, err := f.push(t, "proj/repo/app:t"); !unknown(err) {
		t.Errorf("push without a repository: %v", err)
	}
	f.create(t, c, "repo")
	for _, r := range []*artifactregistrypb.CreateRepositoryRequest{
		{Parent: location, RepositoryId: "Upper"}, {Parent: location, RepositoryId: ""}, {Parent: location, RepositoryId: "../x"}, {Parent: "projects/p", RepositoryId: "x"},
	} {
		r.Repository = &artifactregistrypb.Repository{Format: artifactregistrypb.Repository_DOCKER}
		_, err := c.CreateRepository(ctx, r)
		if code := status.Code(err); code != codes.InvalidArgument && code != codes.NotFound {
			t.Errorf("create of %v: %v", r, err)
		}
	}
	docker := &artifactregistrypb.Repository{Format: artifactregistrypb.Repository_DOCKER}
	_, err = c.CreateRepository(ctx, &artifactregistrypb.CreateRepositoryRequest{Parent: location, RepositoryId: "x"})
	want(t, "create without format", err, codes.InvalidArgument)
	_, err = c.CreateRepository(ctx, &artifactregistrypb.CreateRepositoryRequest{Parent: location, RepositoryId: "x", Repository: &artifactregistrypb.Repository{Format: artifactregistrypb.Repository_PYTHON}})
	want(t, "create of another format", err, codes.Unimplemented)
	_, err = c.CreateRepository(ctx, &artifactregistrypb.CreateRepositoryRequest{Parent: location, RepositoryId: "repo", Repository: docker})
	want(t, "second create", err, codes.AlreadyExists)
	_, err = c.CreateRepository(ctx, &artifactregistrypb.CreateRepositoryRequest{Parent: "projects/proj/locations/us-east1", RepositoryId: "repo", Repository: docker})
	want(t, "create elsewhere", err, codes.AlreadyExists)
	_, err = c.GetRepository(ctx, &artifactregistrypb.GetRepositoryRequest{Name: strings.Replace(repository, "europe-west1", "us-east1", 1)})
	want(t, "get elsewhere", err, codes.NotFound)
	if _, err := f.push(t, "proj/repo/app:t"); err != nil {
		t.Fatal(err)
	}
	f.create(t, c, "other")
	var names []string
	for r, err := range c.ListRepositories(ctx, &artifactregistrypb.ListRepositoriesRequest{Parent: location, PageSize: 1}).All() {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, r.GetName())
	}
	if diff := cmp.Diff([]string{location + "/repositories/other", repository}, names); diff != "" {
		t.Error(diff)
	}
	op, err := c.DeleteRepository(ctx, &artifactregistrypb.DeleteRepositoryRequest{Name: location + "/repositories/other"})
	if err != nil {
		t.Fatal(err)
	}
	if err := op.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	if again, err := c.DeleteRepositoryOperation(op.Name()).Poll(ctx), error(nil); again != nil {
		t.Errorf("polling an ended operation: %v %v", again, err)
	}
	_, err = c.GetRepository(ctx, &artifactregistrypb.GetRepositoryRequest{Name: location + "/repositories/other"})
	want(t, "get of a deleted one", err, codes.NotFound)
}

func unknown(err error) bool {
	e, ok := errors.AsType[*transport.Error](err)
	return ok && e.StatusCode == http.StatusNotFound && len(e.Errors) == 1 && e.Errors[0].Code == transport.NameUnknownErrorCode
}

func tags(t *testing.T, f *fixture, c *artifactregistry.Client) {
	ctx := t.Context()
	pkg := repository + "/packages/tagged"
	get := func(tag string) (*artifactregistrypb.Tag, error) {
		return c.GetTag(ctx, &artifactregistrypb.GetTagRequest{Name: pkg + "/tags/" + tag})
	}
	_, err := get("run-1")
	want(t, "get of none", err, codes.NotFound)
	first, err := f.push(t, "proj/repo/tagged:run-1")
	if err != nil {
		t.Fatal(err)
	}
	second, err := f.push(t, "proj/repo/tagged:run-2")
	if err != nil {
		t.Fatal(err)
	}
	tag := &artifactregistrypb.Tag{Name: pkg + "/tags/run-1", Version: pkg + "/versions/" + first}
	if got, err := get("run-1"); err != nil || !proto.Equal(got, tag) {
		t.Errorf("get: %v %v", got, err)
	}
	create := func(id, digest string) error {
		_, err := c.CreateTag(ctx, &artifactregistrypb.CreateTagRequest{Parent: pkg, TagId: id, Tag: &artifactregistrypb.Tag{Version: pkg + "/versions/" + digest}})
		return err
	}
	want(t, "create", create("key", first), codes.OK)
	want(t, "create of the same", create("key", first), codes.AlreadyExists)
	want(t, "create of another's", create("key", second), codes.AlreadyExists)
	want(t, "create of what was pushed", create("run-2", first), codes.AlreadyExists)
	want(t, "create to no version", create("none", "sha256:"+strings.Repeat("0", 64)), codes.NotFound)
	want(t, "create to no digest", create("none", "latest"), codes.InvalidArgument)
	want(t, "create of a bad name", create("a/../b", first), codes.InvalidArgument)
	update := func(id, digest, mask string) error {
		_, err := c.UpdateTag(ctx, &artifactregistrypb.UpdateTagRequest{UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{mask}},
			Tag: &artifactregistrypb.Tag{Name: pkg + "/tags/" + id, Version: pkg + "/versions/" + digest}})
		return err
	}
	want(t, "update", update("key", second, "version"), codes.OK)
	want(t, "update of none", update("none", second, "version"), codes.NotFound)
	want(t, "update of another field", update("key", second, "bogus"), codes.InvalidArgument)
	if got, err := get("key"); err != nil || !strings.HasSuffix(got.GetVersion(), second) {
		t.Errorf("moved: %v %v", got, err)
	}
	list := func(filter string) (names []string) {
		it := c.ListTags(ctx, &artifactregistrypb.ListTagsRequest{Parent: pkg, PageSize: 2, Filter: filter})
		for {
			tag, err := it.Next()
			if errors.Is(err, iterator.Done) {
				return names
			}
			if err != nil {
				return []string{err.Error()}
			}
			names = append(names, strings.TrimPrefix(tag.GetName(), pkg+"/tags/"))
		}
	}
	for filter, want := range map[string][]string{
		"": {"key", "run-1", "run-2"}, `name="` + pkg + `/tags/run-*"`: {"run-1", "run-2"}, `version="` + pkg + `/versions/` + second + `"`: {"key", "run-2"},
	} {
		if diff := cmp.Diff(want, list(filter)); diff != "" {
			t.Errorf("%s: %s", filter, diff)
		}
	}
	want(t, "delete", c.DeleteTag(ctx, &artifactregistrypb.DeleteTagRequest{Name: pkg + "/tags/key"}), codes.OK)
	want(t, "second delete", c.DeleteTag(ctx, &artifactregistrypb.DeleteTagRequest{Name: pkg + "/tags/key"}), codes.NotFound)
	_, err = get("key")
	want(t, "get of a deleted one", err, codes.NotFound)
}

func images(t *testing.T, f *fixture, c *artifactregistry.Client) {
	ctx := t.Context()
	f.create(t, c, "images")
	parent := location + "/repositories/images"
	digests := map[string]string{}
	for _, ref := range []string{"a:one", "b:one", "b:two"} {
		d, err := f.push(t, "proj/images/"+ref)
		if err != nil {
			t.Fatal(err)
		}
		digests[ref] = d
	}
	var got []string
	for image, err := range c.ListDockerImages(ctx, &artifactregistrypb.ListDockerImagesRequest{Parent: parent, PageSize: 2, OrderBy: "upload_time desc"}).All() {
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(image.GetUri(), f.Addr()+"/proj/images/") || image.GetImageSizeBytes() < 2000 || image.GetUploadTime() == nil || image.GetMediaType() == "" {
			t.Errorf("image %v", image)
		}
		got = append(got, image.GetName()+" "+strings.Join(image.GetTags(), " "))
	}
	at := parent + "/dockerImages/"
	if diff := cmp.Diff([]string{at + "b@" + digests["b:two"] + " two", at + "b@" + digests["b:one"] + " one", at + "a@" + digests["a:one"] + " one"}, got); diff != "" {
		t.Error(diff)
	}
	_, err := c.GetDockerImage(ctx, &artifactregistrypb.GetDockerImageRequest{Name: at + "a@" + digests["a:one"]})
	want(t, "get image", err, codes.OK)
	_, err = c.GetDockerImage(ctx, &artifactregistrypb.GetDockerImageRequest{Name: at + "a:v1"})
	want(t, "get image by tag", err, codes.InvalidArgument)

	version := parent + "/packages/b/versions/" + digests["b:one"]
	v, err := c.GetVersion(ctx, &artifactregistrypb.GetVersionRequest{Name: version, View: artifactregistrypb.VersionView_FULL})
	if err != nil || len(v.GetRelatedTags()) != 1 || v.GetMetadata().GetFields()["mediaType"].GetStringValue() == "" {
		t.Errorf("version: %v %v", v, err)
	}
	_, err = c.DeleteVersion(ctx, &artifactregistrypb.DeleteVersionRequest{Name: version})
	want(t, "delete of a tagged version", err, codes.FailedPrecondition)
	op, err := c.DeleteVersion(ctx, &artifactregistrypb.DeleteVersionRequest{Name: version, Force: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := op.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	_, err = c.GetVersion(ctx, &artifactregistrypb.GetVersionRequest{Name: version})
	want(t, "get of a deleted version", err, codes.NotFound)
	_, err = c.GetTag(ctx, &artifactregistrypb.GetTagRequest{Name: parent + "/packages/b/tags/one"})
	want(t, "its tag", err, codes.NotFound)
	for _, test := range []struct {
		pkg      string
		versions int
	}{{"a", 1}, {"b", 1}} {
		_, err := c.GetPackage(ctx, &artifactregistrypb.GetPackageRequest{Name: parent + "/packages/" + test.pkg})
		want(t, "get package", err, codes.OK)
		n := 0
		for _, err := range c.ListVersions(ctx, &artifactregistrypb.ListVersionsRequest{Parent: parent + "/packages/" + test.pkg}).All() {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != test.versions {
			t.Errorf("%s has %d versions", test.pkg, n)
		}
	}
	names := 0
	for _, err := range c.ListPackages(ctx, &artifactregistrypb.ListPackagesRequest{Parent: parent}).All() {
		if err != nil {
			t.Fatal(err)
		}
		names++
	}
	if names != 2 {
		t.Errorf("%d packages", names)
	}
	indexes(t, f, c, parent)
	_, err = c.GetProjectSettings(ctx, &artifactregistrypb.GetProjectSettingsRequest{Name: "projects/proj/projectSettings"})
	want(t, "another method", err, codes.Unimplemented)
}

// indexes holds that an index's parts stay while the index is there.
func indexes(t *testing.T, f *fixture, c *artifactregistry.Client, parent string) {
	t.Helper()
	ctx := t.Context()
	index, err := random.Index(100, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := gname.ParseReference(f.Addr() + "/proj/images/both:one")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(ref, index, remote.WithAuth(&authn.Bearer{Token: f.token}), remote.WithContext(ctx)); err != nil {
		t.Fatal(err)
	}
	m, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	whole, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	remove := func(digest string) error {
		op, err := c.DeleteVersion(ctx, &artifactregistrypb.DeleteVersionRequest{Name: parent + "/packages/both/versions/" + digest, Force: true})
		if err == nil {
			err = op.Wait(ctx)
		}
		return err
	}
	want(t, "delete of a part", remove(m.Manifests[0].Digest.String()), codes.FailedPrecondition)
	want(t, "delete of the index", remove(whole.String()), codes.OK)
	want(t, "delete of a part of nothing", remove(m.Manifests[0].Digest.String()), codes.OK)
	want(t, "delete of a deleted one", remove(m.Manifests[0].Digest.String()), codes.NotFound)
}
