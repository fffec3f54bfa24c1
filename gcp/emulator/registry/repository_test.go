package registry_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	artifactregistry "cloud.google.com/go/artifactregistry/apiv1"
	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

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
	_, err = c.CreateRepository(ctx, &artifactregistrypb.CreateRepositoryRequest{Parent: location, RepositoryId: "x", Repository: &artifactregistrypb.Repository{Format: artifactregistrypb.Repository_MAVEN}})
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
