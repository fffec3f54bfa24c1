package iam

import (
	"context"
	"time"

	"cloud.google.com/go/iam/credentials/apiv1/credentialspb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// maxLife is how long a token may live. Source: the proto's comment.
const maxLife = time.Hour

// credentials is IAM Credentials over the same accounts.
type credentials struct {
	credentialspb.UnimplementedIAMCredentialsServer
	server *Server
}

var _ credentialspb.IAMCredentialsServer = (*credentials)(nil)

// usable is an account that tokens may be made for.
func (c *credentials) usable(name string, delegates []string) (*account, error) {
	if len(delegates) > 0 {
		return nil, status.Error(codes.Unimplemented, "chains of delegates are not emulated")
	}
	a, err := c.server.find(name)
	if err != nil {
		return nil, err
	}
	if a.Disabled {
		return nil, status.Error(codes.PermissionDenied, "The service account is disabled.")
	}
	return a, nil
}

// GenerateAccessToken implements the API.
func (c *credentials) GenerateAccessToken(ctx context.Context, req *credentialspb.GenerateAccessTokenRequest) (*credentialspb.GenerateAccessTokenResponse, error) {
	if err := c.server.Faults.Take(ctx, "GenerateAccessToken"); err != nil {
		return nil, err
	}
	life := maxLife
	if l := req.GetLifetime(); l != nil {
		life = l.AsDuration()
	}
	switch {
	case len(req.GetScope()) == 0:
		return nil, status.Error(codes.InvalidArgument, "Scope is required.")
	case life <= 0 || life > maxLife:
		return nil, status.Error(codes.InvalidArgument, "The token lifetime must be between 1 and 3600 seconds.")
	}
	a, err := c.usable(req.GetName(), req.GetDelegates())
	if err != nil {
		return nil, err
	}
	until := c.server.cfg.Now().Add(life).Truncate(time.Second)
	return &credentialspb.GenerateAccessTokenResponse{AccessToken: c.server.cfg.Tokens.Access("serviceAccount:"+a.Email, until),
		ExpireTime: timestamppb.New(until)}, nil
}

// GenerateIdToken implements the API.
func (c *credentials) GenerateIdToken(ctx context.Context, req *credentialspb.GenerateIdTokenRequest) (*credentialspb.GenerateIdTokenResponse, error) {
	if err := c.server.Faults.Take(ctx, "GenerateIdToken"); err != nil {
		return nil, err
	}
	if req.GetAudience() == "" {
		return nil, status.Error(codes.InvalidArgument, "Audience is required.")
	}
	a, err := c.usable(req.GetName(), req.GetDelegates())
	if err != nil {
		return nil, err
	}
	return &credentialspb.GenerateIdTokenResponse{Token: c.server.cfg.Tokens.Identity(a.Email, req.GetAudience(), c.server.cfg.Now().Add(maxLife))}, nil
}
