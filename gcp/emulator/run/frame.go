package run

import (
	"context"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
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
	policies, err := frame.Find[*rights.Store](f.Beside)
	if err != nil {
		return frame.Service{}, err
	}
	s, err := New(Config{
		Dir: f.Dir, Docker: f.Containers, PullAuth: agent(f),
		StateID: f.StateID, Addr: f.Addr, Secret: from.Value, Policies: policies, Allow: f.Allow, Now: f.Now, Log: f.Log,
	})
	if err != nil {
		return frame.Service{}, err
	}
	return frame.Service{Server: s, APIs: []string{"run"}, Register: s.Register, Operation: s.Operation, App: s.App, Stop: s.Close}, nil
}

// agent pulls images as Cloud Run's own account does, its service agent.
func agent(f frame.Frame) func(project string) docker.Auth {
	return func(project string) docker.Auth {
		member := "serviceAccount:service-" + frame.ProjectNumber(project) + "@serverless-robot-prod.iam.gserviceaccount.com"
		return docker.Auth{Username: frame.TokenUser, Password: f.Tokens.Access(member, f.Now().Add(time.Hour))}
	}
}
