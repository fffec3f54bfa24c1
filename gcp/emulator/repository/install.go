package repository

import (
	"context"
	"crypto/rand"
	"slices"

	"cloud.google.com/go/cloudbuild/apiv2/cloudbuildpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Secret reads a secret's version as a project's service agent of Cloud Build.
type Secret func(ctx context.Context, project, version string) error

// The stages of a connection to GitHub.
const (
	waitsForUser = cloudbuildpb.InstallationState_PENDING_USER_OAUTH
	waitsForApp  = cloudbuildpb.InstallationState_PENDING_INSTALL_APP
	complete     = cloudbuildpb.InstallationState_COMPLETE
)

// install checks a connection's host, and sets how far it is installed.
func (s *Server) install(ctx context.Context, c *cloudbuildpb.Connection) error {
	var versions []string
	stage := complete
	switch {
	case c.GetGithubConfig() != nil:
		g := c.GetGithubConfig()
		token := g.GetAuthorizerCredential().GetOauthTokenSecretVersion()
		if token != "" {
			versions = append(versions, token)
		}
		switch {
		case token == "":
			stage = waitsForUser
		case g.GetAppInstallationId() == 0:
			stage = waitsForApp
		}
	case c.GetGithubEnterpriseConfig() != nil:
		g := c.GetGithubEnterpriseConfig()
		versions = append(versions, g.GetPrivateKeySecretVersion(), g.GetWebhookSecretSecretVersion())
	case c.GetGitlabConfig() != nil:
		g := c.GetGitlabConfig()
		versions = append(versions, g.GetWebhookSecretSecretVersion(), g.GetAuthorizerCredential().GetUserTokenSecretVersion(), g.GetReadAuthorizerCredential().GetUserTokenSecretVersion())
	case c.GetBitbucketDataCenterConfig() != nil:
		g := c.GetBitbucketDataCenterConfig()
		versions = append(versions, g.GetWebhookSecretSecretVersion(), g.GetAuthorizerCredential().GetUserTokenSecretVersion(), g.GetReadAuthorizerCredential().GetUserTokenSecretVersion())
	case c.GetBitbucketCloudConfig() != nil:
		g := c.GetBitbucketCloudConfig()
		versions = append(versions, g.GetWebhookSecretSecretVersion(), g.GetAuthorizerCredential().GetUserTokenSecretVersion(), g.GetReadAuthorizerCredential().GetUserTokenSecretVersion())
	default:
		return invalid("the connection's configuration of its host is missing, as github_config")
	}
	for _, v := range versions {
		if v == "" {
			return invalid("a secret's version is missing")
		}
		if s.cfg.Secret == nil {
			continue
		}
		if err := s.cfg.Secret(ctx, parentName.FindStringSubmatch(connectionName.FindStringSubmatch(c.Name)[1])[1], v); err != nil {
			return err
		}
	}
	c.InstallationState = state(c.Name, stage)
	return nil
}

// state is what a stage says, and where its link leads.
func state(name string, stage cloudbuildpb.InstallationState_Stage) *cloudbuildpb.InstallationState {
	st := &cloudbuildpb.InstallationState{Stage: stage}
	switch stage {
	case waitsForUser:
		st.Message = "Please log in to https://github.com using a robot account and then follow this link to authorize Cloud Build to access that account."
		st.ActionUri = "https://accounts.google.com/AccountChooser?continue=https%3A%2F%2Fconsole.cloud.google.com%2Fm%2Fgcb%2Fgithub%2Flocations%2Fauthorize"
	case waitsForApp:
		st.Message = "Please follow the link to set up a Cloud Build GitHub app installation."
		st.ActionUri = "https://github.com/apps/google-cloud-build/installations/new"
	}
	return st
}

// step is a connection to GitHub after somebody has done what its stage waits for.
func step(c *cloudbuildpb.Connection) *cloudbuildpb.Connection {
	c = proto.CloneOf(c)
	g := c.GetGithubConfig()
	switch c.GetInstallationState().GetStage() {
	case waitsForUser:
		p := parentName.FindStringSubmatch(connectionName.FindStringSubmatch(c.Name)[1])[1]
		g.AuthorizerCredential = &cloudbuildpb.OAuthCredential{
			OauthTokenSecretVersion: "projects/" + p + "/secrets/" + connectionName.FindStringSubmatch(c.Name)[2] + "-github-oauthtoken/versions/latest", Username: "robot"}
		c.InstallationState = state(c.Name, waitsForApp)
		if g.AppInstallationId != 0 {
			c.InstallationState = state(c.Name, complete)
		}
	case waitsForApp:
		g.AppInstallationId = 1
		c.InstallationState = state(c.Name, complete)
	}
	c.Etag = etag()
	return c
}

// masked is a connection with some of its fields as another has them.
func masked(have, want *cloudbuildpb.Connection, paths []string) (*cloudbuildpb.Connection, error) {
	if len(paths) == 0 || len(paths) == 1 && paths[0] == "*" {
		paths = updatable
	}
	next := proto.CloneOf(have)
	for _, p := range paths {
		if !slices.Contains(updatable, p) {
			return nil, invalid("invalid update_mask: %q is no field of a connection that can be changed", p)
		}
	}
	from, to := want.ProtoReflect(), next.ProtoReflect()
	for _, clears := range []bool{true, false} { // the kinds of hosts exclude each other
		for _, p := range paths {
			f := from.Descriptor().Fields().ByName(protoreflect.Name(p))
			switch {
			case from.Has(f) && !clears:
				to.Set(f, from.Get(f))
			case !from.Has(f) && clears:
				to.Clear(f)
			}
		}
	}
	return next, nil
}

func etag() string { return rand.Text() }
