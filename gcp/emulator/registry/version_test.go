package registry_test

import (
	"strings"
	"testing"

	artifactregistry "cloud.google.com/go/artifactregistry/apiv1"
	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	gname "github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"google.golang.org/grpc/codes"
)

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
		if !strings.HasPrefix(image.GetUri(), "europe-west1-docker.pkg.dev/proj/images/") || image.GetImageSizeBytes() < 2000 || image.GetUploadTime() == nil || image.GetMediaType() == "" {
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
	if err != nil || len(v.GetRelatedTags()) != 1 || v.GetMetadata().GetFields()["mediaType"].GetStringValue() == "" ||
		len(v.GetMetadata().GetFields()["imageSizeBytes"].GetStringValue()) < 4 {
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
