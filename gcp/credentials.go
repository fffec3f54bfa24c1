package gcp

import (
	"bytes"
	"context"
	"os"
	"strings"

	"cloud.google.com/go/auth"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// TokenUser is the user name that registries take an access token with.
const TokenUser = "oauth2accesstoken"

const (
	scope        = "https://www.googleapis.com/auth/cloud-platform"
	loginCommand = "gcloud auth application-default login"
	login        = "Run `" + loginCommand + "`."
	gettingToken = "getting an access token"
)

// credentials are those of the token file, or the application default ones, and
// of the account that is impersonated with them. A server without TLS gets the token
// file's only, never the user's own.
func (c Config) credentials() (*auth.Credentials, error) {
	base, err := c.own()
	if err != nil {
		return nil, err
	}
	if len(c.Impersonate) > 0 {
		base = c.impersonated(base)
	}
	return auth.NewCredentials(&auth.CredentialsOptions{
		TokenProvider: careful{base, c}, JSON: base.JSON(),
		ProjectIDProvider:      auth.CredentialsPropertyFunc(base.ProjectID),
		UniverseDomainProvider: auth.CredentialsPropertyFunc(base.UniverseDomain),
		QuotaProjectIDProvider: auth.CredentialsPropertyFunc(base.QuotaProjectID),
	}), nil
}

// own are the credentials without impersonation.
func (c Config) own() (*auth.Credentials, error) {
	if len(c.Key.JSON) > 0 && !c.anyPlain() {
		d, err := c.Key.defaults()
		if err != nil {
			return nil, err
		}
		creds, err := d.credentials()
		if err != nil {
			return nil, err
		}
		return quotaOf(creds, c.QuotaProject), nil
	}
	if c.TokenFile != "" {
		return quotaOf(auth.NewCredentials(&auth.CredentialsOptions{TokenProvider: fileToken(c.TokenFile)}), c.QuotaProject), nil
	}
	if c.anyPlain() {
		return nil, errs.New(errs.Auth, "Set "+tokenFile+" to the file with the server's token.",
			"an endpoint without TLS is set, but no token file; your own credentials are not sent there")
	}
	d, err := findDefaults()
	if err != nil {
		return nil, err
	}
	creds, err := d.credentials()
	if err != nil {
		return nil, err
	}
	return quotaOf(creds, c.QuotaProject), nil
}

// quotaHeader names the project that a call is charged to. Google's libraries send it
// over TLS.
const quotaHeader = "X-Goog-User-Project"

// quotaOf are credentials whose calls are charged to a project's quota; "" = as
// they say themselves.
func quotaOf(creds *auth.Credentials, project string) *auth.Credentials {
	if project == "" {
		return creds
	}
	return auth.NewCredentials(&auth.CredentialsOptions{
		TokenProvider: creds, JSON: creds.JSON(),
		ProjectIDProvider:      auth.CredentialsPropertyFunc(creds.ProjectID),
		UniverseDomainProvider: auth.CredentialsPropertyFunc(creds.UniverseDomain),
		QuotaProjectIDProvider: auth.CredentialsPropertyFunc(func(context.Context) (string, error) { return project, nil }),
	})
}

// careful says of a token that is not to be had what that means, in a form that
// the transports hand on.
type careful struct {
	auth.TokenProvider
	of Config
}

// Token implements auth.TokenProvider.
func (c careful) Token(ctx context.Context) (*auth.Token, error) {
	t, err := c.TokenProvider.Token(ctx)
	if err != nil {
		return nil, noToken((&Access{Config: c.of}).Error(err, "", gettingToken))
	}
	return t, nil
}

// noToken is an error of getting a token, as a status of one of the codes that
// gRPC lets pass.
func noToken(err error) error {
	code := codes.Unauthenticated
	switch errs.KindOf(err) {
	case errs.Transient, errs.Quota:
		code = codes.Unavailable
	case errs.Interrupted:
		code = codes.Canceled
	}
	return withStatus{err, status.New(code, err.Error())}
}

// Token is an access token as the registry takes it for a password.
func (a *Access) Token(ctx context.Context) (string, error) {
	creds, err := a.credentials()
	if err != nil {
		return "", err
	}
	t, err := creds.Token(ctx)
	if err != nil {
		return "", a.Error(err, "", gettingToken)
	}
	return t.Value, nil
}

// fileToken reads a bearer token from a file, each time anew: the file's owner
// may replace it while we run.
type fileToken string

// Token implements auth.TokenProvider.
func (f fileToken) Token(context.Context) (*auth.Token, error) {
	data, err := os.ReadFile(string(f))
	if err != nil {
		return nil, errs.New(errs.Auth, "Check "+tokenFile+".", "reading the access token: %w", err)
	}
	return &auth.Token{Value: string(bytes.TrimSpace(data)), Type: "Bearer"}, nil
}

var _ auth.TokenProvider = fileToken("")

// rpcToken sends the token with every call of a connection without TLS.
type rpcToken struct{ creds *auth.Credentials }

// GetRequestMetadata implements credentials.PerRPCCredentials.
func (t rpcToken) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	tok, err := t.creds.Token(ctx)
	if err != nil {
		return nil, err
	}
	sent := map[string]string{"authorization": "Bearer " + tok.Value}
	if project, err := t.creds.QuotaProjectID(ctx); err == nil && project != "" {
		sent[strings.ToLower(quotaHeader)] = project
	}
	return sent, nil
}

// RequireTransportSecurity implements credentials.PerRPCCredentials.
func (rpcToken) RequireTransportSecurity() bool { return false }

var _ credentials.PerRPCCredentials = rpcToken{}
