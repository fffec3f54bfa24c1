package clients

import (
	"context"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/credential"
)

// IndexLogin is that of this process's account for Artifact Registry's package
// indexes.
func (s *Set) IndexLogin(ctx context.Context) (credential.Login, error) {
	token, err := s.access.Token(ctx)
	return credential.Login{User: gcp.TokenUser, Password: credential.Secret(token), From: "the build's own account"}, err
}

// cloud says how Artifact Registry's package indexes are asked: by builds at Google
// with their own account, by this machine with the user's. Builds on this machine
// have no account that Google knows, so they get the user's login.
func (s *Set) cloud() credential.Cloud {
	mine := s.access
	if s.local {
		where := gcp.FromEnvironment(s.deps.Lookup)
		if where.Base != "" || len(where.At) > 0 { // the emulators', and so is the token
			where = gcp.Config{}
		}
		mine = gcp.New(where)
	}
	return credential.Cloud{Index: gcp.PythonIndex, InBuild: !s.local, Login: func(ctx context.Context) (credential.Login, bool) {
		found := make(chan string, 1)
		go func() { // looking for credentials may ask the network, and hears of no end
			token, _ := mine.Token(ctx)
			found <- token
		}()
		select {
		case token := <-found:
			return credential.Login{User: gcp.TokenUser, Password: credential.Secret(token), From: "application default credentials"}, token != ""
		case <-ctx.Done():
			return credential.Login{}, false
		}
	}}
}
