package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Setup is what a build needs around its steps. Of Options, folders that are not
// set are made below Dir.
type Setup struct {
	Options
	Dir      string   // of this build alone; Close removes it
	Executor Executor // nil = NewExecutor()
	// Source puts the build's source into the workspace, and tells of it in the
	// build's log; nil = it has none.
	Source func(ctx context.Context, workspace string, log io.Writer) error

	Logins    map[string]docker.Auth // by registry, for the steps' docker clients; nil = their configuration stays as it is
	Token     string                 // the access token in the steps' home; "" = none
	NetLabels map[string]string      // on the network of the steps, if it is made
	// Joined hears that the network is there, and gives NetworkHosts and NetworkEnv;
	// nil = they stay as they are.
	Joined      func(ctx context.Context) (hosts, env []string)
	Diagnostics *slog.Logger // nil = none
}

// Session is a build's surroundings: folders, credentials, network. It serves
// one build.
type Session struct {
	setup   Setup
	opened  *cloudbuildpb.TimeSpan
	network chan error // the end of making it; what it has is in joined then
	joined  struct{ hosts, env []string }
	images  []string // of the build's steps, once it runs
}

// Open makes a build's surroundings. The network comes meanwhile; Run waits for
// it.
func Open(ctx context.Context, s Setup) (*Session, error) {
	begin := s.now()
	s.Workspace = cmp.Or(s.Workspace, filepath.Join(s.Dir, "workspace"))
	s.Home = cmp.Or(s.Home, filepath.Join(s.Dir, "home"))
	s.Outputs = cmp.Or(s.Outputs, filepath.Join(s.Dir, "outputs"))
	// The docker client's own folder is a new one for every build, because it is by
	// this folder and the name of the context (".") that BuildKit knows whose files
	// it has seen before. Of those it takes as new only what differs in size or
	// time, so a build of an archive whose times say nothing would get an earlier
	// one's files. Cloud Build's workers are new ones, too.
	s.DockerConfig = cmp.Or(s.DockerConfig, filepath.Join(s.Dir, "docker"))
	if s.Log == nil {
		s.Log = io.Discard
	}
	if s.Diagnostics == nil {
		s.Diagnostics = slog.New(slog.DiscardHandler)
	}
	o := &Session{setup: s, network: make(chan error, 1)}
	go func() {
		err := s.ensureNetwork(ctx)
		if err == nil && s.Joined != nil && s.bridged() {
			o.joined.hosts, o.joined.env = s.Joined(ctx)
		}
		o.network <- err
	}()
	if err := o.prepare(ctx); err != nil {
		<-o.network
		return nil, errors.Join(err, o.Close(context.WithoutCancel(ctx)))
	}
	o.opened = span(begin, s.now())
	return o, nil
}

// prepare makes folders and credentials, and finds volumes.
func (o *Session) prepare(ctx context.Context) error {
	s := &o.setup
	for _, dir := range []string{s.Workspace, s.Outputs, filepath.Join(s.Home, ".docker"), filepath.Join(s.Home, ".config"), s.DockerConfig} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if err := s.writeCredentials(); err != nil {
		return err
	}
	return s.findVolumes(ctx)
}

// bridged says whether steps have a network of their own.
func (s *Setup) bridged() bool {
	return s.Docker != nil && s.Network != "" && s.Network != "host" && s.Network != "none"
}

func (s *Setup) ensureNetwork(ctx context.Context) error {
	if !s.bridged() {
		return nil
	}
	return s.Docker.EnsureNetwork(ctx, s.Network, s.NetLabels)
}

// Run fetches the source and then does as the function Run does, whose error it
// gives.
func (o *Session) Run(ctx context.Context, b *cloudbuildpb.Build, onUpdate func(*cloudbuildpb.Build)) error {
	for _, step := range b.Steps {
		o.images = append(o.images, step.Name)
	}
	s := &o.setup
	b.Timing = map[string]*cloudbuildpb.TimeSpan{"SETUPBUILD": o.opened}
	err := o.fetch(ctx, b)
	if nerr := <-o.network; err == nil && nerr != nil {
		s.Diagnostics.Warn("making the network of builds", "error", nerr) // steps that need it will say so
	}
	if s.Joined != nil {
		s.NetworkHosts, s.NetworkEnv = o.joined.hosts, o.joined.env
	}
	if err != nil && ctx.Err() == nil {
		b.Status, b.StatusDetail = cloudbuildpb.Build_FAILURE, err.Error()
		b.FailureInfo = &cloudbuildpb.Build_FailureInfo{Type: cloudbuildpb.Build_FailureInfo_FETCH_SOURCE_FAILED, Detail: err.Error()}
		fmt.Fprintf(s.Log, "ERROR\nERROR: %v\n", err)
		return errs.New(errs.Build, "", "%w", err)
	}
	return Run(ctx, b, s.Executor, s.Options, onUpdate)
}

func (o *Session) fetch(ctx context.Context, b *cloudbuildpb.Build) error {
	s := &o.setup
	if s.Source == nil {
		return nil
	}
	begin := s.now()
	fmt.Fprintln(s.Log, "FETCHSOURCE")
	err := s.Source(ctx, s.Workspace, s.Log)
	b.Timing["FETCHSOURCE"] = span(begin, s.now())
	return err
}

// Renew replaces the credentials that Setup gave, for the steps that begin from now
// on: those of a long build end before it does.
func (o *Session) Renew(token string, logins map[string]docker.Auth) error {
	s := o.setup // what runs reads neither of the two
	s.Token, s.Logins = token, logins
	return s.writeCredentials()
}

// Close removes what the build left behind.
func (o *Session) Close(ctx context.Context) error {
	return Clean(ctx, o.setup.Options, o.setup.Dir, o.images)
}
