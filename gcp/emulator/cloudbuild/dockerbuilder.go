package cloudbuild

import (
	"context"
	"slices"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

// dockerBuilderName is what the image that stands for Google's docker builder is
// called in Docker.
const dockerBuilderName = "gcpdeploy.local/docker-builder"

// DockerBuilder is the image that stands for Google's docker builder on the workers
// of the emulators with that state.
func DockerBuilder(stateID string) string { return dockerBuilderName + ":" + stateID }

// dockerBuilder gives the variables that say to the builder image's steps what
// stands for Google's docker builder. At Google that is on every worker; here it is
// made of this machine's docker client when a step first may run a build of its own.
func (s *Server) dockerBuilder(ctx context.Context, b *cloudbuildpb.Build) []string {
	c := s.cfg
	if c.Docker == nil || c.DockerCommand == "" || c.StateID == "" || c.HostNetwork == nil || !slices.ContainsFunc(b.Steps, func(step *cloudbuildpb.BuildStep) bool {
		return c.HostNetwork(step.Name) && (len(step.Args) == 0 || step.Args[0] != "step")
	}) {
		return nil
	}
	if there, err := c.Docker.HasImage(ctx, worker.DockerBuilder); err == nil && there {
		return nil
	}
	ref := DockerBuilder(c.StateID)
	s.dockerImage.Lock()
	defer s.dockerImage.Unlock()
	if err := c.Docker.ClientImage(ctx, c.DockerCommand, ref); err != nil {
		c.Log.Warn("making the docker builder's image", "error", err) // the step says that it cannot pull Google's
		return nil
	}
	return []string{"GCPDEPLOY_DOCKER_BUILDER=" + ref}
}
