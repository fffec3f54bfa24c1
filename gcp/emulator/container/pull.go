package container

import (
	"context"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// images has the full names of repositories, by the images in them.
type images interface {
	Repository(image string) string
}

// PullAs is how a service pulls images as an account of its own in each project,
// from the registry that is open beside.
func PullAs(f frame.Frame, agent func(project string) (member string)) (Pull, error) {
	registry, err := frame.Find[images](f.Beside)
	if err != nil {
		return Pull{}, err
	}
	return Pull{
		Addr: f.Addr,
		Auth: func(project string) docker.Auth {
			return docker.Auth{Username: frame.TokenUser, Password: f.Tokens.Access(agent(project), f.Now().Add(time.Hour))}
		},
		May: func(ctx context.Context, project, image string) error {
			name := registry.Repository(image)
			if name == "" {
				return nil // told by the pull
			}
			return f.Allow(frame.WithCaller(ctx, agent(project)), frame.Access{API: "artifactregistry.googleapis.com", Project: frame.First(image),
				Permission: "artifactregistry.repositories.downloadArtifacts", Resource: name})
		},
	}, nil
}
