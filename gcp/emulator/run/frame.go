package run

import (
	"context"
	"crypto/subtle"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// secrets has the values of projects/*/secrets/*/versions/*.
type secrets interface {
	Value(ctx context.Context, version string) (string, error)
}

// Service is Cloud Run for the frame.
func Service(f frame.Frame) (frame.Service, error) {
	from, err := frame.Find[secrets](f.Beside)
	if err != nil {
		return frame.Service{}, err
	}
	s, err := New(Config{
		Dir: f.Dir, Docker: f.Containers, PullAuth: docker.Auth{Username: frame.TokenUser, Password: f.Token},
		StateID: f.StateID, Addr: f.Addr, Secret: from.Value, Caller: callers(f), Now: f.Now, Log: f.Log,
	})
	if err != nil {
		return frame.Service{}, err
	}
	return frame.Service{Server: s, APIs: []string{"run"}, Register: s.Register, Operation: s.Operation, App: s.App, Stop: s.Close}, nil
}

// callers knows the owner by the emulators' own token, and everybody else by an
// identity token.
func callers(f frame.Frame) func(token string, audiences []string) (Caller, bool) {
	return func(token string, audiences []string) (Caller, bool) {
		if subtle.ConstantTimeCompare([]byte(token), []byte(f.Token)) == 1 {
			return Caller{Owner: true}, true
		}
		email, ok := frame.ReadIDToken(f.Token, token, audiences, f.Now())
		if strings.HasSuffix(email, "gserviceaccount.com") {
			return Caller{Member: "serviceAccount:" + email}, ok
		}
		return Caller{Member: "user:" + email}, ok
	}
}
