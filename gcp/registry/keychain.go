package registry

import (
	"context"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

// keychain has our token for the registry of the configuration, and for
// Google's; anybody else gets nothing.
type keychain struct{ access *gcp.Access }

// Resolve implements authn.Keychain.
func (k keychain) Resolve(r authn.Resource) (authn.Authenticator, error) {
	return k.ResolveContext(context.Background(), r)
}

// ResolveContext implements authn.ContextKeychain.
func (k keychain) ResolveContext(_ context.Context, r authn.Resource) (authn.Authenticator, error) {
	host := r.RegistryStr()
	ours := k.access.Endpoint(gcp.Registry) != "" && host == k.access.RegistryHost("")
	google := k.access.Endpoint(gcp.Registry) == "" && strings.HasSuffix(host, "-docker.pkg.dev")
	if !ours && !google {
		return authn.Anonymous, nil
	}
	return tokens(k), nil
}

// tokens gives our token of the moment: what is asked for once is used for long.
type tokens keychain

// Authorization implements authn.Authenticator.
func (t tokens) Authorization() (*authn.AuthConfig, error) {
	return t.AuthorizationContext(context.Background())
}

// AuthorizationContext implements authn.ContextAuthenticator.
func (t tokens) AuthorizationContext(ctx context.Context) (*authn.AuthConfig, error) {
	token, err := t.access.Token(ctx)
	return &authn.AuthConfig{Username: gcp.TokenUser, Password: token}, err
}

var _ authn.ContextAuthenticator = tokens{}

var _ authn.ContextKeychain = keychain{}
