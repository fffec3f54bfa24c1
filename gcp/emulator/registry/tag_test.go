package registry_test

import (
	"errors"
	"strings"
	"testing"

	artifactregistry "cloud.google.com/go/artifactregistry/apiv1"
	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

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
