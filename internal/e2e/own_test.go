package e2e

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/layer"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// own runs a step of the builder image: the real one.
func (s *script) own(ctx context.Context, r worker.StepRequest, during func() error) error {
	lookup := func(name string) (string, bool) {
		if name == "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE" {
			return filepath.Join(r.Options.Home, ".config", "access_token"), true
		}
		for _, line := range r.Env {
			if k, v, _ := strings.Cut(line, "="); k == name {
				return v, true
			}
		}
		return "", false
	}
	google := gcp.FromEnvironment(lookup)
	google.Attempt = s.limit()
	dir := filepath.Join(r.Options.Workspace, plan.Dir)
	var p plan.Plan
	if err := readJSON(filepath.Join(dir, "plan.json"), &p); err != nil {
		return err
	}
	google.As, google.Account = rights.Builds, p.Options.ServiceAccount[strings.LastIndexByte(p.Options.ServiceAccount, '/')+1:] // as clients.InBuild
	access := gcp.New(google)
	defer access.Close()
	flags := map[string]string{}
	for i := 2; i+1 < len(r.Step.Args); i += 2 {
		flags[r.Step.Args[i]] = r.Step.Args[i+1]
	}
	reg := &interrupted{Client: registry.New(access, p.Release.Project, cmp.Or(p.Home, p.Release.Region), path.Base(p.Repository)), during: during}
	var output any
	var err error
	switch plan.StepID(r.ID()) {
	case plan.StepEarlier:
		err = builder.Earlier(ctx, adopter{s}, flags["--image"], flags["--to"], r.Stdout)
	case plan.StepResolved:
		var data []byte
		if data, err = os.ReadFile(filepath.Join(r.Options.Workspace, plan.Resolution, builder.ResolutionFile)); err == nil {
			output, err = builder.Compare(ctx, reg, flags["--current"], data, r.Stdout)
		}
	case plan.StepPromote:
		output, err = builder.Promote(ctx, reg, p, builder.Refreshed{
			Wheels: flags["--wheels"], Image: flags["--image"], Runtime: flags["--runtime"], TestEnv: flags["--testenv"],
		}, r.Stdout)
	case plan.StepPublishWheels:
		var done plan.PublishedWheels
		done, err = builder.PublishWheels(ctx, reg, adopter{s}, p, flags["--image"], r.Stdout)
		if output = done; err == nil {
			err = builder.SaveWheels(r.Options.Workspace, done)
		}
	case plan.StepMadeWheels:
		output, err = builder.MadeWheels(ctx, func(context.Context, string) ([]byte, error) {
			sp, err := s.load(flags["--image"])
			return []byte(sp.Report), err
		}, r.Stdout)
	case plan.StepBase:
		err = builder.Base(ctx, shelf{s}, reg, p, r.Options.Workspace, r.Stdout)
	case plan.StepPushSystem:
		if err = during(); err != nil {
			break
		}
		err = builder.PushSystem(ctx, shelf{s}, reg, p, flags["--image"], r.Options.Workspace, r.Stdout)
	case plan.StepLayers:
		if err = during(); err != nil {
			break
		}
		err = builder.Layers(ctx, reg, p, flags["--wheels-image"], r.Options.Workspace, time.Now(), r.Stdout)
	case plan.StepRuntime:
		labels := map[string]string{}
		for i, a := range r.Step.Args {
			if a == "--label" {
				name, value, _ := strings.Cut(r.Step.Args[i+1], "=")
				labels[name] = value
			}
		}
		err = builder.Runtime(ctx, reg, p, r.Options.Workspace, flags["--system"], flags["--image"], labels, r.Stdout)
	case plan.StepPublish:
		var done plan.Published
		done, err = builder.Publish(ctx, reg, adopter{s}, p, builder.Pushed{Runtime: flags["--runtime"], TestEnv: flags["--testenv"]}, r.Stdout)
		if output = done; err == nil {
			err = writeJSON(filepath.Join(dir, "published.json"), done)
		}
	case plan.StepImage:
		runtime := flags["--runtime"]
		var done plan.Published
		if readJSON(filepath.Join(dir, "published.json"), &done) == nil {
			runtime = reg.Ref(plan.Runtime, done.Runtime)
		}
		auth, aerr := auth(filepath.Join(r.Options.Home, ".config", "access_token"))
		if aerr != nil {
			return aerr
		}
		err = builder.Image(ctx, appender{reg, auth, path.Join("app", p.Source.App, "wsgi.py")}, r.Options.Workspace, runtime, flags["--image"], r.Stdout)
	case plan.StepStart:
		if err = during(); err != nil || !p.Check.Beside {
			break
		}
		by, berr := builder.ByOf(lookup)
		if berr != nil {
			return berr
		}
		p.Release.Origin = builder.OriginOf(lookup)
		to := kindOf(p.Release.Target)
		output, _, err = builder.Try(ctx, reg, builder.To{Target: to.dial(access), Front: to.Front, Invoke: to.Invoke, Asks: builder.Account(p), Clock: poll.System}, p, flags["--image"], by, r.Stdout)
	default:
		app := p.Image.Key
		var done plan.Published
		if readJSON(filepath.Join(dir, "published.json"), &done) == nil {
			app = done.App
		}
		by, berr := builder.ByOf(lookup)
		if berr != nil {
			return berr
		}
		p.Release.Origin = builder.OriginOf(lookup)
		to := kindOf(p.Release.Target)
		output, err = builder.Release(ctx, reg, builder.To{Target: to.dial(access), Front: to.Front, Invoke: to.Invoke, Asks: builder.Account(p), Clock: poll.System}, p, app, flags["--image"], by, r.Stdout)
	}
	if err != nil {
		return err
	}
	return writeJSON(filepath.Join(r.Outputs, "output"), output)
}

// interrupted can be cut after the first tag that a step creates.
type interrupted struct {
	*registry.Client
	during func() error
	tagged atomic.Bool
}

func (i *interrupted) CreateTag(ctx context.Context, image, tag, digest string) (string, bool, error) {
	current, created, err := i.Client.CreateTag(ctx, image, tag, digest)
	if err == nil && i.tagged.CompareAndSwap(false, true) {
		err = i.during()
	}
	return current, created, err
}

// PushLayer is cut between a layer and its tag.
func (i *interrupted) PushLayer(ctx context.Context, image string, l layer.Blob, labels map[string]string) (string, error) {
	digest, err := i.Client.PushLayer(ctx, image, l, labels)
	if err == nil && i.tagged.CompareAndSwap(false, true) {
		err = i.during()
	}
	return digest, err
}

// appender can be cut between the layer and the manifest, and has the image say what
// its revision answers.
type appender struct {
	*interrupted
	auth authn.Authenticator
	text string // the file that it answers
}

func (a appender) Append(ctx context.Context, image, digest, to, tag string, l layer.Blob, more layer.Config) (string, error) {
	packed, err := tarball.LayerFromFile(l.Path)
	if err != nil {
		return "", err
	}
	repository, err := name.NewRepository(a.Repository() + "/" + to)
	if err != nil {
		return "", err
	}
	if remote.WriteLayer(repository, packed, remote.WithContext(ctx), remote.WithAuth(a.auth)) == nil { // else the real one says why not
		if err := a.during(); err != nil {
			return "", err
		}
	}
	if !strings.HasPrefix(digest, "sha256:") {
		var ok bool
		if digest, ok, err = a.Digest(ctx, image, digest); err != nil || !ok {
			return "", fmt.Errorf("%s is not there: %w", image, err)
		}
	}
	text, err := fileOf(packed, a.text)
	if err != nil {
		return "", err
	}
	more.Labels[baseLabel], more.Labels["e2e.text"] = digest, strings.TrimSpace(text)
	return a.Client.Append(ctx, image, digest, to, tag, l, more)
}

// adopter is Docker's pull and tag.
type adopter struct{ script *script }

func (a adopter) Empty(_ context.Context, tag string) error {
	return a.script.save(tag, spec{Pulled: "sha256:" + strings.Repeat("0", 64)})
}

func (a adopter) Adopt(_ context.Context, ref, tag string) error {
	_, digest, _ := strings.Cut(ref, "@")
	return a.script.save(tag, spec{Pulled: digest})
}
