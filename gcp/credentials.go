package gcp

import (
	"bytes"
	"context"
	"os"

	"cloud.google.com/go/auth"
	adc "cloud.google.com/go/auth/credentials"
	"google.golang.org/grpc/credentials"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// TokenUser is the user name that registries take an access token with.
const TokenUser = "oauth2accesstoken"

const (
	scope = "https://www.googleapis.com/auth/cloud-platform"
	login = "Run `gcloud auth application-default login`."
)

// credentials are those of the token file, or the application default ones. A
// server without TLS gets the token file's only, never the user's own.
func (c Config) credentials() (*auth.Credentials, error) {
	if c.TokenFile != "" {
		return auth.NewCredentials(&auth.CredentialsOptions{TokenProvider: fileToken(c.TokenFile)}), nil
	}
	if c.anyPlain() {
		return nil, errs.New(errs.Auth, "Set "+tokenFile+" to the file with the server's token.",
			"an endpoint without TLS is set, but no token file; your own credentials are not sent there")
	}
	creds, err := adc.DetectDefault(&adc.DetectOptions{Scopes: []string{scope}})
	if err != nil {
		return nil, errs.New(errs.Auth, login, "finding credentials for Google Cloud: %w", err)
	}
	if c.QuotaProject == "" {
		return creds, nil
	}
	return auth.NewCredentials(&auth.CredentialsOptions{
		TokenProvider: creds, JSON: creds.JSON(),
		ProjectIDProvider:      auth.CredentialsPropertyFunc(creds.ProjectID),
		UniverseDomainProvider: auth.CredentialsPropertyFunc(creds.UniverseDomain),
		QuotaProjectIDProvider: auth.CredentialsPropertyFunc(func(context.Context) (string, error) { return c.QuotaProject, nil }),
	}), nil
}

// Token is an access token as the registry takes it for a password.
func (a *Access) Token(ctx context.Context) (string, error) {
	creds, err := a.credentials()
	if err != nil {
		return "", err
	}
	t, err := creds.Token(ctx)
	if err != nil {
		return "", Error(err, "getting an access token")
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
	return map[string]string{"authorization": "Bearer " + tok.Value}, nil
}

// RequireTransportSecurity implements credentials.PerRPCCredentials.
func (rpcToken) RequireTransportSecurity() bool { return false }

var _ credentials.PerRPCCredentials = rpcToken{}
