package run

import (
	"context"
	"crypto/subtle"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run/knative"
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
	pull, err := container.PullAs(f, agent)
	if err != nil {
		return frame.Service{}, err
	}
	policies, err := frame.Find[*rights.Store](f.Beside)
	if err != nil {
		return frame.Service{}, err
	}
	s, err := New(Config{
		Dir: f.Dir, Docker: f.Containers, Pull: pull,
		StateID: f.StateID, Addr: f.Addr, Secret: from.Value, Caller: callers(f), Policies: policies, Allow: f.Allow, Now: f.Now, Log: f.Log,
	})
	if err != nil {
		return frame.Service{}, err
	}
	v1, err := knative.New(f.Addr, s.parents)
	if err != nil {
		return frame.Service{}, err
	}
	return frame.Service{Server: s, APIs: []string{"run"}, Register: s.Register, Operation: s.Operation, Locations: s.locations, Web: v1.Web(), App: s.App, Stop: s.Close, Close: v1.Close}, nil
}

// agent is Cloud Run's own account in a project, which pulls images.
func agent(project string) string {
	return "serviceAccount:service-" + frame.ProjectNumber(project) + "@serverless-robot-prod.iam.gserviceaccount.com"
}

// callers knows the owner by the emulators' own token, others by a token that was
// made for them or by an identity token.
func callers(f frame.Frame) func(token string, audiences []string) (Caller, bool) {
	return func(token string, audiences []string) (Caller, bool) {
		if subtle.ConstantTimeCompare([]byte(token), []byte(f.Token)) == 1 {
			return Caller{Owner: true}, true
		}
		if member, expired := f.Tokens.Member(token); member != "" {
			return Caller{Member: member, Access: true}, !expired
		}
		email, ok := f.Tokens.Identified(token, audiences)
		if strings.HasSuffix(email, "gserviceaccount.com") {
			return Caller{Member: "serviceAccount:" + email}, ok
		}
		return Caller{Member: "user:" + email}, ok
	}
}
