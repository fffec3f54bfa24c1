package cloudbuild

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

// saved is the file of one build: two messages in protojson.
type saved struct {
	Build   json.RawMessage `json:"build"`
	Request json.RawMessage `json:"request"`
}

// save writes a build's file by a rename, so that a kill leaves the old one or
// the new one. It does not wait for the disk: lost power costs the note of a
// build, and builds change often.
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
			if err := errors.Join(os.Remove(filepath.Join(s.buildsDir(), b.Id+".json")), s.cfg.Logs.ForgetBuild(b.ProjectId, b.Id)); err != nil {
				return err
			}
		}
	}
	return s.sweep()
}

func (s *Server) loadBuild(path, id string) error {
	r := &record{build: &cloudbuildpb.Build{}, request: &cloudbuildpb.CreateBuildRequest{}, done: make(chan struct{})}
	ok, err := frame.ReadState(s.cfg.Log, path, func(data []byte) error {
		var f saved
		if err := json.Unmarshal(data, &f); err != nil {
			return err
		}
		read := protojson.UnmarshalOptions{DiscardUnknown: true} // of a newer version's
		if err := errors.Join(read.Unmarshal(f.Build, r.build), read.Unmarshal(f.Request, r.request)); err != nil {
			return err
		}
		if r.build.Id != id {
			return fmt.Errorf("it is of build %q", r.build.Id)
		}
		return nil
	})
	if !ok {
		return err
	}
	r.ctx, r.cancel = context.WithCancelCause(context.Background())
	s.builds[id] = r
	if r.build.Status == cloudbuildpb.Build_PENDING {
		s.waiting[r] = true
		return nil
	}
	close(r.done)
	r.cancel(errCancelled)
	if over(r.build) {
		return nil
	}
	s.clean(id)
	if log, err := s.appendLog(r.build, toLogging(r.build)); err == nil {
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
		s.clean(e.Name())
	}
	return nil
}

// clean removes what a kill left of a build.
func (s *Server) clean(id string) {
	var images []string
	if r := s.builds[id]; r != nil {
		for _, step := range r.build.Steps {
			images = append(images, step.Name)
		}
	}
	s.cleaned(id, worker.Clean(context.Background(), s.options(id), filepath.Join(s.workDir(), id), images))
}

func (s *Server) cleaned(id string, err error) {
	if err != nil {
		s.cfg.Log.Warn("removing what a build left", "build", id, "error", err)
	}
}
