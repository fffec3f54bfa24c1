package cloudbuild

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

// run runs a build to its end, and gives what is to be tidied away after that.
func (s *Server) run(r *record) (clean func()) {
	s.update(r, func(b *cloudbuildpb.Build) {
		b.Status, b.StartTime = cloudbuildpb.Build_WORKING, timestamppb.New(s.cfg.Now())
	})
	b := proto.Clone(s.snapshot(r)).(*cloudbuildpb.Build) // the steps' states show at the end only
	dir := filepath.Join(s.workDir(), b.Id)
	log, err := s.openLog(b)
	if err != nil {
		fail(b, cloudbuildpb.Build_FailureInfo_LOGGING_FAILURE, err)
	} else {
		s.carryOut(r.ctx, b, dir, log)
		if err := log.Close(); err != nil {
			fail(b, cloudbuildpb.Build_FailureInfo_LOGGING_FAILURE, err)
		}
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
		s.removeContainers(b.Id)
		s.removeWork(dir, r)
	}
}

func fail(b *cloudbuildpb.Build, kind cloudbuildpb.Build_FailureInfo_FailureType, err error) {
	b.Status, b.StatusDetail = cloudbuildpb.Build_FAILURE, err.Error()
	b.FailureInfo = &cloudbuildpb.Build_FailureInfo{Type: kind, Detail: err.Error()}
}

// carryOut does the work of one build in dir: source, steps, images.
func (s *Server) carryOut(ctx context.Context, b *cloudbuildpb.Build, dir string, log io.Writer) {
	begin := s.cfg.Now()
	o := worker.Options{
		Workspace: filepath.Join(dir, "workspace"), Home: filepath.Join(dir, "home"), Outputs: filepath.Join(dir, "outputs"),
		Log: log, DockerCommand: s.cfg.DockerCommand, DockerConfig: filepath.Join(dir, "docker"), DockerSocket: s.cfg.DockerSocket,
		Network: s.cfg.Network, HostNetwork: s.cfg.HostNetwork, ExtraEnv: s.cfg.ExtraEnv,
		Labels: s.labels(b.Id), Secrets: s.cfg.Secrets, Now: s.cfg.Now,
	}
	if s.cfg.Docker != nil {
		o.Docker = s.cfg.Docker
	}
	network := make(chan error, 1)
	go func() { network <- s.ensureNetwork(ctx) }()
	fmt.Fprintf(log, "starting build %q\n\n", b.Id)
	if err := s.prepare(o); err != nil {
		b.Status, b.StatusDetail = cloudbuildpb.Build_INTERNAL_ERROR, err.Error()
		fmt.Fprintf(log, "ERROR\nERROR: %v\n", err)
		return
	}
	b.Timing = map[string]*cloudbuildpb.TimeSpan{"SETUPBUILD": s.since(begin)}
	var err error
	if b.Source != nil {
		begin = s.cfg.Now()
		fmt.Fprintln(log, "FETCHSOURCE")
		err = s.fetch(ctx, b, o.Workspace, log)
		b.Timing["FETCHSOURCE"] = s.since(begin)
	}
	if nerr := <-network; err == nil && nerr != nil {
		s.cfg.Log.Warn("making the network of builds", "error", nerr) // steps that need it will say so
	}
	if err != nil && ctx.Err() == nil {
		fail(b, cloudbuildpb.Build_FailureInfo_FETCH_SOURCE_FAILED, err)
		fmt.Fprintf(log, "ERROR\nERROR: %v\n", err)
		return
	}
	// The build's own status says what the error says.
	_ = worker.Run(ctx, b, s.exec, o, nil)
}

func (s *Server) since(begin time.Time) *cloudbuildpb.TimeSpan {
	return &cloudbuildpb.TimeSpan{StartTime: timestamppb.New(begin), EndTime: timestamppb.New(s.cfg.Now())}
}

// prepare makes a build's folders, with the credentials in its home, and the
// docker client's own folder. That is a new one for every build, because it is
// by this folder and the name of the context (".") that BuildKit knows whose
// files it has seen before. Of those it takes as new only what differs in size or
// time, so a build of an archive whose times say nothing would get an earlier
// one's files. Cloud Build's workers are new ones, too.
func (s *Server) prepare(o worker.Options) error {
	for _, dir := range []string{o.Workspace, o.Outputs, filepath.Join(o.Home, ".docker"), filepath.Join(o.Home, ".config"), o.DockerConfig} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if err := s.writeCredentials(filepath.Join(o.Home, ".docker"), false); err != nil {
		return err
	}
	if err := s.writeCredentials(o.DockerConfig, true); err != nil {
		return err
	}
	if s.cfg.Token == "" {
		return nil
	}
	return atomicfile.Write(filepath.Join(o.Home, ".config", "access_token"), []byte(s.cfg.Token), 0o600)
}

// ensureNetwork makes the network that steps are on, and may name.
func (s *Server) ensureNetwork(ctx context.Context) error {
	if s.cfg.Docker == nil || s.cfg.Network == "host" || s.cfg.Network == "none" {
		return nil
	}
	s.network.Lock()
	defer s.network.Unlock()
	labels := s.labels("")
	delete(labels, Label)
	return s.cfg.Docker.EnsureNetwork(ctx, s.cfg.Network, labels)
}
