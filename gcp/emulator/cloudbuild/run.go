package cloudbuild

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// run runs a build to its end, and gives what is to be tidied away after that.
func (s *Server) run(r *record) (clean func()) {
	s.update(r, func(b *cloudbuildpb.Build) {
		b.Status, b.StartTime = cloudbuildpb.Build_WORKING, timestamppb.New(s.cfg.Now())
	})
	b := proto.Clone(s.snapshot(r)).(*cloudbuildpb.Build) // the steps' states show at the end only
	log, err := s.openLog(r.ctx, b)
	var session *worker.Session
	if err == nil {
		session = s.carryOut(r.ctx, b, log)
		err = log.Close()
	}
	if err != nil {
		b.Status, b.StatusDetail = cloudbuildpb.Build_FAILURE, err.Error()
		b.FailureInfo = &cloudbuildpb.Build_FailureInfo{Type: cloudbuildpb.Build_FailureInfo_LOGGING_FAILURE, Detail: err.Error()}
	}
	if errors.Is(context.Cause(r.ctx), errClosing) && b.Status == cloudbuildpb.Build_CANCELLED {
		b.StatusDetail = stoppedDetail
	}
	if b.FinishTime == nil {
		b.FinishTime = timestamppb.New(s.cfg.Now())
	}
	s.update(r, func(out *cloudbuildpb.Build) {
		proto.Reset(out)
		proto.Merge(out, b)
	})
	s.cfg.Log.Info("build ended", "build", b.Id, "status", b.Status.String())
	r.cancel(nil)
	close(r.done)
	return func() {
		if session != nil {
			s.cleaned(b.Id, session.Close(context.Background()))
		}
	}
}

// carryOut does the work of one build, and gives its session to be closed; nil
// when it could not be opened.
func (s *Server) carryOut(ctx context.Context, b *cloudbuildpb.Build, log io.Writer) *worker.Session {
	fmt.Fprintf(log, "starting build %q\n\n", b.Id)
	defer s.machines.leave(b.Id)
	setup := s.setup(b, log)
	setup.ExtraEnv = append(slices.Clip(setup.ExtraEnv), s.dockerBuilder(ctx, b)...)
	session, err := worker.Open(ctx, setup)
	if err != nil {
		b.Status, b.StatusDetail = cloudbuildpb.Build_INTERNAL_ERROR, err.Error()
		fmt.Fprintf(log, "ERROR\nERROR: %v\n", err)
		return nil
	}
	// The build's own status says what the error says.
	_ = session.Run(ctx, b, nil)
	return session
}

// setup is what a build runs with, in a folder of its own.
func (s *Server) setup(b *cloudbuildpb.Build, log io.Writer) worker.Setup {
	o := s.options(b.Id)
	o.Log, o.DockerCommand, o.DockerSocket, o.Network = log, s.cfg.DockerCommand, s.cfg.DockerSocket, s.cfg.Network
	o.HostNetwork, o.Now = s.cfg.HostNetwork, s.cfg.Now
	o.ExtraEnv = slices.Concat(s.cfg.ExtraEnv, s.machines.enter(b))
	if s.cfg.Secrets != nil {
		o.Secrets = func(ctx context.Context, version string) (string, error) { return s.cfg.Secrets(as(ctx, b), version) }
	}
	o.Tagging = s.tagging
	if s.cfg.RegistryHost != "" {
		o.Resolve = frame.Image(s.cfg.RegistryHost, b.ProjectId)
	}
	w := worker.Setup{
		Options: o, Dir: filepath.Join(s.workDir(), b.Id), Executor: s.exec, Logins: map[string]docker.Auth{},
		NetLabels: map[string]string{docker.Label: s.cfg.StateID}, Diagnostics: s.cfg.Log,
	}
	if s.cfg.Instance != nil && s.cfg.Docker != nil {
		w.Joined = s.machines.joined
	}
	if s.cfg.Token != nil {
		w.Token = s.cfg.Token(account(b))
	}
	if s.cfg.RegistryHost != "" && w.Token != "" {
		w.Logins[s.cfg.RegistryHost] = docker.Auth{Username: frame.TokenUser, Password: w.Token}
	}
	if b.Source != nil {
		w.Source = func(ctx context.Context, workspace string, log io.Writer) error {
			return s.fetch(ctx, b, workspace, log)
		}
	}
	return w
}

// options are those of a build by which it is found in Docker.
func (s *Server) options(id string) worker.Options {
	o := worker.Options{Labels: map[string]string{docker.Label: s.cfg.StateID, Label: id}}
	if s.cfg.Docker != nil {
		o.Docker = s.cfg.Docker
	}
	return o
}
