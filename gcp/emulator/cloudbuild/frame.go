package cloudbuild

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/metadata"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/storage"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// builderPackage is the package of the builder image, whose steps call the APIs
// and so need the way to the frame's port.
const builderPackage = "builder"

// secrets has the values of projects/*/secrets/*/versions/*.
type secrets interface {
	Value(ctx context.Context, version string) (string, error)
}

// Service is Cloud Build for the frame.
func Service(f frame.Frame) (frame.Service, error) {
	store, err := frame.Find[*storage.Store](f.Beside)
	if err != nil {
		return frame.Service{}, err
	}
	from, err := frame.Find[secrets](f.Beside)
	if err != nil {
		return frame.Service{}, err
	}
	logs, err := frame.Find[Logs](f.Beside)
	if err != nil {
		return frame.Service{}, err
	}
	s, err := New(Config{
		Dir: f.Dir, Store: store, Logs: logs, Executor: f.Executor, Docker: f.Docker, DockerCommand: f.DockerCommand,
		RegistryHost: f.Addr, Token: tokens(f), Allow: f.Allow, Projects: f.Projects, HostNetwork: builderOf(f.Addr), ExtraEnv: builderEnv(f), Instance: instances(f), Secrets: from.Value,
		Now: f.Now, Log: f.Log, StateID: f.StateID,
	})
	if err != nil {
		return frame.Service{}, err
	}
	return frame.Service{Server: s, APIs: []string{"cloudbuild"}, Register: s.Register, Operation: s.Operation, Stop: s.Close}, nil
}

// builderOf says whether an image is a builder image in a registry.
func builderOf(registry string) func(image string) bool {
	return func(image string) bool {
		name, ok := strings.CutPrefix(image, registry+"/")
		if !ok {
			return false
		}
		name, _, _ = strings.Cut(name, "@")
		name, _, _ = strings.Cut(name, ":")
		parts := strings.Split(name, "/")
		return len(parts) == 3 && parts[2] == builderPackage
	}
}

// builderEnv points the builder image's steps here, and names the label by which
// all containers of ours are found. The token is in their home, as a build's own
// credentials are on the real service reached by metadata.
func builderEnv(f frame.Frame) []string {
	return []string{
		"GCPDEPLOY_ENDPOINT=" + f.URL(),
		"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE=/builder/home/.config/access_token",
		"GCPDEPLOY_LABEL=" + docker.Label + "=" + f.StateID,
	}
}

// maxLife is how long a build may take, and its token is good for.
const maxLife = 25 * time.Hour

// tokens makes the token of a build's account.
func tokens(f frame.Frame) func(account string) string {
	return func(account string) string { return f.Tokens.Access("serviceAccount:"+account, f.Now().Add(maxLife)) }
}

// life is how long a token lasts that the metadata server gives, as at Google.
const life = time.Hour

// instances tells of a build's machine: where it is, and its account with tokens.
func instances(f frame.Frame) func(*cloudbuildpb.Build) metadata.Instance {
	return func(b *cloudbuildpb.Build) metadata.Instance {
		email := account(b)
		return metadata.Instance{
			ID: machineID(b), Project: f.Projects.ID(b.ProjectId), Number: frame.ProjectNumber(b.ProjectId), Region: machineRegion(b), Account: email,
			Token: func() (string, time.Duration) {
				return f.Tokens.Access("serviceAccount:"+email, f.Now().Add(life)), life
			},
			Identity: func(audience string) (string, error) {
				return f.Tokens.Identity(email, audience, f.Now().Add(life))
			},
		}
	}
}

// machineID is a number, as machines have.
func machineID(b *cloudbuildpb.Build) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(b.Id))
	return fmt.Sprint(h.Sum64() >> 1)
}

// machineRegion is where a build's machine stands; those of the location global
// stand somewhere.
func machineRegion(b *cloudbuildpb.Build) string {
	if m := buildName.FindStringSubmatch(b.Name); m != nil && m[2] != "global" {
		return m[2]
	}
	return "us-central1"
}
