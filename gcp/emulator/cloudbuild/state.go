package cloudbuild

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// saved is the file of one build: two messages in protojson.
type saved struct {
	Build   json.RawMessage `json:"build"`
	Request json.RawMessage `json:"request"`
}

// save writes a build's file by a rename, so that a kill leaves the old one or
// the new one.
func (s *Server) save(r *record) error {
	var f saved
	var err, err2 error
	f.Build, err = protojson.Marshal(r.build)
	f.Request, err2 = protojson.Marshal(r.request)
	if err = errors.Join(err, err2); err != nil {
		return err
	}
	data, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(s.buildsDir(), r.build.Id+".json"), data, 0o600)
}

// load reads all builds, ends those that a kill cut off, and forgets the
// oldest.
func (s *Server) load() error {
	entries, err := os.ReadDir(s.buildsDir())
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(s.buildsDir(), e.Name())
		if strings.HasPrefix(e.Name(), ".tmp-") {
			if err := os.Remove(path); err != nil {
				return err
			}
			continue
		}
		if id, ok := strings.CutSuffix(e.Name(), ".json"); ok && uuid.MatchString(id) {
			if err := s.loadBuild(path, id); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	for i, b := range s.newest() {
		if i >= keepBuilds {
			delete(s.builds, b.Id)
			if err := os.Remove(filepath.Join(s.buildsDir(), b.Id+".json")); err != nil {
				return err
			}
		}
	}
	return s.sweep()
}

func (s *Server) loadBuild(path, id string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var f saved
	if err := json.Unmarshal(data, &f); err != nil {
		return err
	}
	r := &record{build: &cloudbuildpb.Build{}, request: &cloudbuildpb.CreateBuildRequest{}, done: make(chan struct{})}
	close(r.done)
	read := protojson.UnmarshalOptions{DiscardUnknown: true} // of a newer version's
	if err := errors.Join(read.Unmarshal(f.Build, r.build), read.Unmarshal(f.Request, r.request)); err != nil {
		return err
	}
	if r.build.Id != id {
		return fmt.Errorf("the file is of build %q", r.build.Id)
	}
	r.ctx, r.cancel = context.WithCancelCause(context.Background())
	r.cancel(errCancelled)
	s.builds[id] = r
	if over(r.build) {
		return nil
	}
	s.removeContainers(id)
	if log, err := s.openLog(r.build); err == nil {
		_, err = fmt.Fprintf(log, "ERROR\nERROR: %s\n", stoppedDetail)
		if err = errors.Join(err, log.Close()); err != nil {
			s.cfg.Log.Warn("ending a build's log", "build", id, "error", err)
		}
	}
	s.update(r, func(b *cloudbuildpb.Build) {
		b.Status, b.StatusDetail = cloudbuildpb.Build_INTERNAL_ERROR, stoppedDetail
		b.FinishTime = timestamppb.New(s.cfg.Now())
	})
	return nil
}

// sweep removes the workspaces of builds that a kill cut off.
func (s *Server) sweep() error {
	entries, err := os.ReadDir(s.workDir())
	if err != nil {
		return err
	}
	for _, e := range entries {
		s.removeWork(filepath.Join(s.workDir(), e.Name()), s.builds[e.Name()])
	}
	return nil
}

// labels mark the containers of a build.
func (s *Server) labels(id string) map[string]string {
	return map[string]string{docker.Label: s.cfg.StateID, Label: id}
}

// removeContainers removes what is left of a build in Docker: what its steps
// started by docker run, or all of it after a kill.
func (s *Server) removeContainers(id string) {
	if s.cfg.Docker == nil {
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	left, err := s.cfg.Docker.List(ctx, map[string]string{Label: id})
	for _, c := range left {
		err = errors.Join(err, s.cfg.Docker.Remove(ctx, c.ID))
	}
	if err != nil {
		s.cfg.Log.Warn("removing a build's containers", "build", id, "error", err)
	}
}

// removeWork removes a build's folder. Steps may have left files of root's
// there; then a container of one of the build's images is asked to do it.
func (s *Server) removeWork(dir string, r *record) {
	err := os.RemoveAll(dir)
	if err == nil {
		return
	}
	if s.cfg.Docker != nil && r != nil {
		ctx, stop := context.WithTimeout(context.Background(), time.Minute)
		defer stop()
		for _, step := range r.build.Steps {
			if ok, herr := s.cfg.Docker.HasImage(ctx, step.Name); herr != nil || !ok {
				continue
			}
			_, _ = s.cfg.Docker.Run(ctx, docker.Container{Image: step.Name, User: "0", Entrypoint: []string{"rm"}, Network: "none",
				Cmd: []string{"-rf", "/w/workspace", "/w/home", "/w/outputs"}, Binds: []string{dir + ":/w"}, Labels: s.labels(r.build.Id)}, nil, nil)
			if err = os.RemoveAll(dir); err == nil {
				return
			}
		}
	}
	s.cfg.Log.Warn("removing a workspace", "dir", dir, "error", err)
}
