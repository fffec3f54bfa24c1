package emulator

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/logging"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/registry"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/secretmanager"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/storage"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// builderPackage is the package of the builder image, whose steps call the APIs
// and so need the way to our port.
const builderPackage = "builder"

// openServices opens the services' state; each has a folder of its own.
func (s *Server) openServices(o Options) (err error) {
	st := s.state
	if s.Storage, err = storage.Open(filepath.Join(o.Dir, "storage")); err != nil {
		return err
	}
	s.Storage.Clock = o.Now
	s.Registry, err = registry.New(registry.Config{Dir: filepath.Join(o.Dir, "registry"), Host: st.addr, Now: o.Now})
	if err != nil {
		return err
	}
	s.Secrets, err = secretmanager.New(secretmanager.Config{Dir: filepath.Join(o.Dir, "secretmanager"), Now: o.Now})
	if err != nil {
		return err
	}
	s.CloudBuild, err = cloudbuild.New(cloudbuild.Config{
		Dir: filepath.Join(o.Dir, "cloudbuild"), Store: s.Storage, Executor: o.Executor, Docker: o.Docker, DockerCommand: o.DockerCommand,
		RegistryHost: st.addr, Token: st.token, HostNetwork: st.isBuilder, ExtraEnv: s.stepEnv(), Now: o.Now, Log: o.Log, StateID: st.id,
		Secrets: s.Secrets.Value,
	})
	if err != nil {
		return err
	}
	s.services = append(s.services, s.CloudBuild)
	containers := o.Containers
	if containers == nil && o.Docker != nil {
		containers = o.Docker
	}
	s.Run, err = run.New(run.Config{
		Dir: filepath.Join(o.Dir, "run"), Docker: containers, PullAuth: docker.Auth{Username: tokenUser, Password: st.token},
		StateID: st.id, Addr: st.addr, Now: o.Now, Log: o.Log,
		Secret: func(ctx context.Context, project, secret, version string) (string, error) {
			return s.Secrets.Value(ctx, "projects/"+project+"/secrets/"+secret+"/versions/"+version)
		},
	})
	if err != nil {
		return err
	}
	s.services = append(s.services, s.Run, logging.New(s.Run), s.Secrets, s.Registry)
	return nil
}

// isBuilder says whether an image is a builder image in our registry.
func (s *state) isBuilder(image string) bool {
	name, ok := strings.CutPrefix(image, s.addr+"/")
	if !ok {
		return false
	}
	name, _, _ = strings.Cut(name, "@")
	name, _, _ = strings.Cut(name, ":")
	parts := strings.Split(name, "/")
	return len(parts) == 3 && parts[2] == builderPackage
}

// stepEnv points the builder image's steps here, and names the label by which
// all containers of ours are found. The token is in their home, as a build's own
// credentials are on the real service reached by metadata.
func (s *Server) stepEnv() []string {
	return []string{
		"GCPDEPLOY_ENDPOINT=" + s.URL(),
		"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE=/builder/home/.config/access_token",
		"GCPDEPLOY_LABEL=" + docker.Label + "=" + s.state.id,
	}
}
