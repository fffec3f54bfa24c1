package repository_test

import (
	"context"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv2/cloudbuildpb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/git"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/repository"
)

const (
	parent = "projects/my-project/locations/europe-west1"
	hub    = parent + "/connections/hub"
)

func start(t *testing.T, dir string, change func(*repository.Config)) *repository.Server {
	t.Helper()
	remotes, err := git.NewStore(dir+"/git", nil)
	if err != nil {
		t.Fatal(err)
	}
	cfg := repository.Config{Dir: dir + "/repository", Remotes: remotes}
	if change != nil {
		change(&cfg)
	}
	s, err := repository.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func github(token string, app int64) *cloudbuildpb.Connection {
	g := &cloudbuildpb.GitHubConfig{AppInstallationId: app}
	if token != "" {
		g.AuthorizerCredential = &cloudbuildpb.OAuthCredential{OauthTokenSecretVersion: token}
	}
	return &cloudbuildpb.Connection{ConnectionConfig: &cloudbuildpb.Connection_GithubConfig{GithubConfig: g}}
}

// done is the result of an operation, which the server knows by its name.
func done(t *testing.T, s *repository.Server, op *longrunningpb.Operation, err error) *longrunningpb.Operation {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	got, ok := s.Operation(t.Context(), op.GetName())
	if !ok || !got.GetDone() || got.GetResponse() == nil {
		t.Fatalf("operation %v", got)
	}
	return got
}

func TestConnections(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), t.TempDir()
	s := start(t, dir, nil)
	op, err := s.CreateConnection(ctx, &cloudbuildpb.CreateConnectionRequest{Parent: parent, ConnectionId: "hub", Connection: github("", 0)})
	done(t, s, op, err)
	for _, want := range []cloudbuildpb.InstallationState_Stage{2, 3, 10, 10} {
		c, err := s.GetConnection(ctx, &cloudbuildpb.GetConnectionRequest{Name: hub})
		if err != nil || c.GetInstallationState().GetStage() != want || (c.GetInstallationState().GetActionUri() == "") != (want == 10) {
			t.Errorf("want %v: %v, %v", want, c.GetInstallationState(), err)
		}
		if want == 2 {
			if _, err := s.CreateRepository(ctx, &cloudbuildpb.CreateRepositoryRequest{Parent: parent + "/connections/none", RepositoryId: "x"}); status.Code(err) != codes.NotFound {
				t.Errorf("through no connection: %v", err)
			}
		}
	}
	op, err = s.CreateConnection(ctx, &cloudbuildpb.CreateConnectionRequest{Parent: parent, ConnectionId: "whole", Connection: github("projects/p/secrets/s/versions/1", 5)})
	done(t, s, op, err)
	if c, err := s.GetConnection(ctx, &cloudbuildpb.GetConnectionRequest{Name: parent + "/connections/whole"}); err != nil || c.GetInstallationState().GetStage() != 10 {
		t.Errorf("at once: %v, %v", c, err)
	}
	for _, tt := range []struct {
		parent, id string
		c          *cloudbuildpb.Connection
		want       codes.Code
	}{
		{parent, "hub", github("", 0), codes.AlreadyExists},
		{parent, "a_b", github("", 0), codes.InvalidArgument},
		{parent, "bare", &cloudbuildpb.Connection{}, codes.InvalidArgument},
		{"projects/my-project/locations/global", "x", github("", 0), codes.Internal},
		{"x", "x", github("", 0), codes.InvalidArgument},
	} {
		if _, err := s.CreateConnection(ctx, &cloudbuildpb.CreateConnectionRequest{Parent: tt.parent, ConnectionId: tt.id, Connection: tt.c}); status.Code(err) != tt.want {
			t.Errorf("%s in %s: %v, want %v", tt.id, tt.parent, err, tt.want)
		}
	}
	update := func(c *cloudbuildpb.Connection, etag string, paths ...string) error {
		c.Name = hub
		_, err := s.UpdateConnection(ctx, &cloudbuildpb.UpdateConnectionRequest{Connection: c, Etag: etag, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}})
		return err
	}
	if err := update(&cloudbuildpb.Connection{Disabled: true}, "", "disabled"); err != nil {
		t.Error(err)
	}
	if err := update(&cloudbuildpb.Connection{}, "", "name"); status.Code(err) != codes.InvalidArgument {
		t.Errorf("an unknown path: %v", err)
	}
	if err := update(&cloudbuildpb.Connection{}, "old", "disabled"); status.Code(err) != codes.Aborted {
		t.Errorf("an old etag: %v", err)
	}
	if err := update(&cloudbuildpb.Connection{}, ""); status.Code(err) != codes.InvalidArgument {
		t.Errorf("all replaced by nothing: %v", err)
	}
	s = start(t, dir, nil)
	l, err := s.ListConnections(ctx, &cloudbuildpb.ListConnectionsRequest{Parent: parent, PageSize: 1})
	if err != nil || len(l.GetConnections()) != 1 || !l.GetConnections()[0].GetDisabled() || l.GetConnections()[0].GetGithubConfig() == nil || l.GetNextPageToken() == "" {
		t.Errorf("after a restart: %v, %v", l, err)
	}
}

func TestSecretsOfConnections(t *testing.T) {
	t.Parallel()
	var asked []string
	s := start(t, t.TempDir(), func(c *repository.Config) {
		c.Secret = func(_ context.Context, project, version string) error {
			asked = append(asked, project+" "+version)
			return status.Error(codes.FailedPrecondition, "could not access secret")
		}
	})
	_, err := s.CreateConnection(t.Context(), &cloudbuildpb.CreateConnectionRequest{Parent: parent, ConnectionId: "hub", Connection: github("v", 5)})
	if status.Code(err) != codes.FailedPrecondition || len(asked) != 1 || asked[0] != "my-project v" {
		t.Errorf("%v, asked %q", err, asked)
	}
}

func TestRepositories(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), t.TempDir()
	s := start(t, dir, nil)
	create := func(id, uri string) error {
		_, err := s.CreateRepository(ctx, &cloudbuildpb.CreateRepositoryRequest{Parent: hub, RepositoryId: id, Repository: &cloudbuildpb.Repository{RemoteUri: uri}})
		return err
	}
	if _, err := s.CreateConnection(ctx, &cloudbuildpb.CreateConnectionRequest{Parent: parent, ConnectionId: "hub", Connection: github("", 0)}); err != nil {
		t.Fatal(err)
	}
	if err := create("shop", "https://github.com/ada/shop.git"); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("a connection that is not ready: %v", err)
	}
	for range 2 {
		if _, err := s.GetConnection(ctx, &cloudbuildpb.GetConnectionRequest{Name: hub}); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		id, uri string
		want    codes.Code
	}{
		{"shop", "https://github.com/ada/shop.git", codes.OK},
		{"shop", "https://github.com/ada/other.git", codes.AlreadyExists},
		{"shop2", "https://github.com/ada/shop.git", codes.AlreadyExists},
		{"a/b", "https://github.com/ada/x.git", codes.InvalidArgument},
		{"x", "https://github.com/ada/x", codes.InvalidArgument},
		{"x", "git@github.com:ada/x.git", codes.InvalidArgument},
		{"x", "https://gitlab.com/ada/x.git", codes.InvalidArgument},
		{"x", "file:///etc", codes.InvalidArgument},
	} {
		if err := create(tt.id, tt.uri); status.Code(err) != tt.want {
			t.Errorf("%s of %s: %v, want %v", tt.id, tt.uri, err, tt.want)
		}
	}
	_, err := s.BatchCreateRepositories(ctx, &cloudbuildpb.BatchCreateRepositoriesRequest{Parent: hub, Requests: []*cloudbuildpb.CreateRepositoryRequest{
		{Parent: hub, RepositoryId: "new", Repository: &cloudbuildpb.Repository{RemoteUri: "https://github.com/ada/new.git"}},
		{Parent: hub, RepositoryId: "shop", Repository: &cloudbuildpb.Repository{RemoteUri: "https://github.com/ada/twice.git"}}}})
	if status.Code(err) != codes.AlreadyExists || len(s.Repositories()) != 1 {
		t.Errorf("a batch makes all or none: %v, %v", err, s.Repositories())
	}
	s = start(t, dir, nil)
	if remote, ok := s.Remote(hub + "/repositories/shop"); !ok || remote != "https://github.com/ada/shop.git" {
		t.Errorf("after a restart: %q, %v", remote, ok)
	}
	l, err := s.ListRepositories(ctx, &cloudbuildpb.ListRepositoriesRequest{Parent: parent + "/connections/-"})
	if err != nil || len(l.GetRepositories()) != 1 {
		t.Errorf("of all connections: %v, %v", l, err)
	}
	if _, err := s.FetchGitRefs(ctx, &cloudbuildpb.FetchGitRefsRequest{Repository: hub + "/repositories/shop"}); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("refs of what no folder stands for: %v", err)
	}
	if _, err := s.DeleteConnection(ctx, &cloudbuildpb.DeleteConnectionRequest{Name: hub, ValidateOnly: true}); err != nil || len(s.Repositories()) != 1 {
		t.Errorf("only validated: %v", err)
	}
	op, err := s.DeleteConnection(ctx, &cloudbuildpb.DeleteConnectionRequest{Name: hub})
	done(t, s, op, err)
	if _, ok := s.Remote(hub + "/repositories/shop"); ok || len(s.Repositories()) != 0 {
		t.Error("its repositories stay")
	}
}
