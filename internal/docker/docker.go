// Package docker is the few calls to a local Docker engine that the worker,
// the builder image and the emulators need, in their own words: containers,
// logs, images, networks, and the search for a docker command that can build.
// It knows nothing of builds and releases. Engines from 19.03 (API 1.40) on are
// spoken to in the newest version both sides know.
package docker

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Label is set on everything that the emulators make in Docker; its value is
// the id of their state folder.
const Label = "dev.gcpdeploy.local"

// Client talks to one Docker engine. It is safe for concurrent use. Errors
// are errs.Error: NotFound for what does not exist, Internal with a hint when
// no engine answers.
type Client struct {
	api     *client.Client
	network sync.Mutex // engines make two networks of a name when asked at once
}

// New makes a client for DOCKER_HOST, or for the default socket. Nothing is
// dialled before the first call; Ping says whether an engine answers.
func New() (*Client, error) {
	api, err := client.New(client.FromEnv)
	if err != nil {
		return nil, errs.New(errs.Usage, "Set DOCKER_HOST to an address like unix:///var/run/docker.sock, or unset it.",
			"setting up the Docker client: %w", err)
	}
	return &Client{api: api}, nil
}

// Host is the address of the engine.
func (c *Client) Host() string { return c.api.DaemonHost() }

// Close drops idle connections.
func (c *Client) Close() error { return c.api.Close() }

// Ping fails, with the fix as hint, when no engine answers.
func (c *Client) Ping(ctx context.Context) error {
	_, err := c.api.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true})
	return wrap(err, "asking Docker")
}

// wrap turns an error of the engine's into ours. The context's own errors
// stay recognisable.
func wrap(err error, doing string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return errs.New(errs.Internal, "", "%s: %w", doing, err)
	case client.IsErrConnectionFailed(err):
		return errs.New(errs.Internal, connectHint(err), "%s: %w", doing, err)
	case cerrdefs.IsNotFound(err):
		return errs.New(errs.NotFound, "", "%s: %w", doing, err)
	}
	return errs.New(errs.Internal, "", "%s: %w", doing, err)
}

// connectHint names what to do when the engine does not answer.
func connectHint(err error) string {
	switch {
	case strings.Contains(err.Error(), "permission denied"):
		return "Allow yourself to use Docker: `sudo usermod -aG docker $USER`, then log in again."
	case os.Getenv(client.EnvOverrideHost) != "":
		return "Start Docker at the address in DOCKER_HOST, or unset DOCKER_HOST to use the local one."
	}
	if _, err := os.Stat("/usr/bin/dockerd"); err == nil {
		return "Start Docker: `sudo systemctl start docker` (or `sudo service docker start`)."
	}
	return "Install and start Docker: `sudo apt-get install docker.io` on Debian, or https://docs.docker.com/engine/install/."
}
