package repository

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/git"
)

// values has those of projects/*/secrets/*/versions/*.
type values interface {
	Value(ctx context.Context, version string) (string, error)
}

// Service is Cloud Build's repositories for the frame.
func Service(f frame.Frame) (frame.Service, error) {
	remotes, err := frame.Find[*git.Store](f.Beside)
	if err != nil {
		return frame.Service{}, err
	}
	from, err := frame.Find[values](f.Beside)
	if err != nil {
		return frame.Service{}, err
	}
	read := func(ctx context.Context, project, version string) error {
		agent := "service-" + frame.ProjectNumber(project) + "@gcp-sa-cloudbuild.iam.gserviceaccount.com"
		if _, err := from.Value(frame.WithCaller(ctx, "serviceAccount:"+agent), version); err != nil {
			return status.Errorf(codes.FailedPrecondition, "could not access secret %q with service account %q: %v", version, agent, status.Convert(err).Message())
		}
		return nil
	}
	s, err := New(Config{Dir: f.Dir, Remotes: remotes, Secret: read, Now: f.Now, Log: f.Log})
	return frame.Service{Server: s, Register: s.Register, Operation: s.Operation}, err
}
