package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// script is a worker's executor without Docker. Builds make small images that
// say what they were made of; pushes really push them; publish and release are
// the real ones. All that it knows is in files, so that it survives a kill as
// Docker does.
type script struct {
	dir   string
	limit func() time.Duration // of a call of the builder image's steps
}

var _ worker.Executor = (*script)(nil)

// baseLabel names an image's base by digest.
const baseLabel = "e2e.base"

// Step runs one step.
func (s *script) Step(ctx context.Context, r worker.StepRequest) (int, error) {
	if err := s.record(r); err != nil {
		return 0, err
	}
	id := plan.StepID(r.ID())
	if err := s.gate(ctx, "before", id); err != nil {
		return 0, err
	}
	if isProgram(r) {
		return s.program(ctx, r)
	}
	if exit, ok := s.fails(id); ok {
		fmt.Fprintln(r.Stdout, "as the script says")
		return exit, nil
	}
	args := r.Step.Args
	during := func() error { return s.gate(ctx, "during", id) }
	var err error
	switch {
	case r.Step.Name == "gcr.io/cloud-builders/docker" && args[0] == "build":
		if err = during(); err == nil {
			err = s.build(r, args)
		}
	case r.Step.Name == "gcr.io/cloud-builders/docker" && args[0] == "push":
		err = s.push(ctx, r, args[1], during)
	case id == plan.StepTest:
		err = during()
	case id.About().Ours:
		err = s.own(ctx, r, during)
	default:
		err = fmt.Errorf("the script has no step %s", r.ID())
	}
	if err == nil || ctx.Err() != nil {
		return 0, err
	}
	fmt.Fprintln(r.Stderr, "error: "+err.Error())
	if hint := errs.HintOf(err); hint != "" {
		fmt.Fprintln(r.Stderr, "hint: "+hint)
	}
	return errs.ExitCode(err), nil
}

func (s *script) record(r worker.StepRequest) error {
	f, err := os.OpenFile(filepath.Join(s.dir, "steps.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, r.ID(), r.Build)
	return errors.Join(err, f.Close())
}

// gate stops the first build that comes to it, where a test asked for that,
// until the test opens it.
func (s *script) gate(ctx context.Context, phase string, step plan.StepID) error {
	asked := filepath.Join(s.dir, "hold", phase+"-"+string(step))
	if os.Rename(asked, asked+".held") != nil {
		return nil
	}
	return poll.Until(ctx, poll.System, poll.Backoff{Initial: 5 * time.Millisecond}, func(context.Context) (bool, error) {
		_, err := os.Stat(asked + ".held")
		return err != nil, nil
	})
}

// fails gives the exit code that a test wants of a step.
func (s *script) fails(step plan.StepID) (exit int, ok bool) {
	data, err := os.ReadFile(filepath.Join(s.dir, "fail-"+string(step)))
	if err != nil {
		return 0, false
	}
	_, err = fmt.Sscan(string(data), &exit)
	return exit, err == nil
}

// build is docker build: no two builds give the same image.
func (s *script) build(r worker.StepRequest, args []string) error {
	sp := spec{Labels: map[string]string{}, Files: map[string]string{"nonce": r.Build}}
	var tag string
	for i := 0; i+1 < len(args); i++ {
		value := args[i+1]
		k, v, _ := strings.Cut(value, "=")
		switch {
		case args[i] == "-t":
			tag = value
		case args[i] == "--label":
			sp.Labels[k] = v
		case args[i] == "--build-arg" && k != "BASE" && k != "RENEW" && k != "BUILDKIT_CACHE_MOUNT_NS" && v != string(plan.StageSystem) && v != string(plan.StageNone):
			d, err := s.digest(v)
			if errors.Is(err, fs.ErrNotExist) { // in the registry alone
				d, err = s.pull(r, v)
			}
			if err != nil {
				return fmt.Errorf("%s is not there: %w", v, err)
			}
			sp.Labels[baseLabel] = d
		}
	}
	id := plan.StepID(r.ID())
	if id == plan.StepInstall {
		return s.install(r)
	}
	if id == plan.StepBuildImage {
		text, err := os.ReadFile(filepath.Join(r.Options.Workspace, ".gcpdeploy", "main.Dockerfile"))
		if err != nil {
			return err
		}
		_, quoted, _ := strings.Cut(string(text), "\nLABEL "+plan.Label+`="`)
		sp.Labels[plan.Label] = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\$`, `$`).Replace(strings.TrimSuffix(quoted, "\"\n"))
	}
	var p plan.Plan
	var err error
	if data, err := os.ReadFile(filepath.Join(r.Options.Workspace, plan.Dir, "plan.json")); err != nil || json.Unmarshal(data, &p) != nil {
		return fmt.Errorf("the plan cannot be read: %w", err)
	}
	from, to := filepath.Join(p.Source.App, "wsgi.py"), "app/wsgi.py"
	resolution := s.resolution()
	if id == plan.StepResolve {
		dir := filepath.Join(r.Options.Workspace, plan.Resolution)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, builder.ResolutionFile), resolution, 0o600)
	}
	if id == plan.StepWheels {
		from, to = ".gcpdeploy/wheels/requirements.txt", inventory.LockFile
		if sp.Files["wheelhouse/manifest.json"], err = manifestOf(resolution); err != nil {
			return err
		}
		sp.Report = `{"schema":1,"packages":[{"name":"flask","version":"3.0.0","origin":"downloaded"}]}`
		if failed, err := os.ReadFile(filepath.Join(s.dir, "failed-package")); err == nil {
			sp.Report = strings.TrimSuffix(sp.Report, "}") + fmt.Sprintf(`,"failed":[{"name":%q,"version":"1.11.4","log":["fatal error: cblas.h"]}]}`, failed)
		}
	}
	var data []byte
	if data, err = os.ReadFile(filepath.Join(r.Options.Workspace, from)); err != nil {
		return err
	}
	sp.Files[to] = string(data)
	if to == inventory.LockFile {
		sp.Files[to] += string(resolution)
	}
	return s.save(tag, sp)
}

// resolution is what the requirements come to, which a test may change.
func (s *script) resolution() []byte {
	data, err := os.ReadFile(filepath.Join(s.dir, "resolution"))
	if err != nil {
		return []byte(`{"packages":[{"name":"flask","version":"3.0.0","build_key":"a"}]}`)
	}
	return data
}

// push is docker push, which can be cut between the layers and the manifest.
func (s *script) push(ctx context.Context, r worker.StepRequest, ref string, during func() error) error {
	sp, err := s.load(ref)
	if err != nil {
		return err
	}
	img, err := sp.image()
	if err != nil {
		return err
	}
	to, err := name.ParseReference(ref)
	if err != nil {
		return err
	}
	auth, err := auth(filepath.Join(r.Options.Home, ".config", "access_token"))
	if err != nil {
		return err
	}
	layers, err := img.Layers()
	if err != nil {
		return err
	}
	for _, l := range layers {
		if err := remote.WriteLayer(to.Context(), l, remote.WithContext(ctx), remote.WithAuth(auth)); err != nil {
			return err
		}
	}
	if err := during(); err != nil {
		return err
	}
	return remote.Write(to, img, remote.WithContext(ctx), remote.WithAuth(auth))
}

func auth(tokenFile string) (authn.Authenticator, error) {
	token, err := os.ReadFile(tokenFile)
	return authn.FromConfig(authn.AuthConfig{Username: gcp.TokenUser, Password: strings.TrimSpace(string(token))}), err
}
