package job

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// executionFile is an execution on disk.
type executionFile struct {
	Execution json.RawMessage   `json:"execution"`
	Tasks     []json.RawMessage `json:"tasks"`
}

func (s *Server) dir(j *job) string {
	return filepath.Join(s.cfg.Dir, "jobs", j.at.project, j.at.region, short(j.pb.GetName()))
}

func (s *Server) executionPath(e *execution) string {
	return filepath.Join(s.cfg.Dir, "jobs", e.at.project, e.at.region, short(e.pb.GetJob()), "executions", short(e.pb.GetName())+".json")
}

// save writes a job; the caller holds s.mu. A failure is logged: what runs goes on.
func (s *Server) save(j *job) {
	raw, err := protojson.Marshal(j.pb)
	if err == nil {
		err = atomicfile.KeepJSON(filepath.Join(s.dir(j), "job.json"), json.RawMessage(raw))
	}
	if err != nil {
		s.cfg.Log.Error("saving a job", "job", j.pb.GetName(), "error", err)
	}
}

// saveExecution writes an execution, unless it was deleted; the caller holds s.mu.
func (s *Server) saveExecution(e *execution) {
	if s.executions[e.pb.GetName()] == nil {
		return
	}
	var f executionFile
	var err error
	f.Execution, err = protojson.Marshal(e.pb)
	for _, t := range e.tasks {
		raw, terr := protojson.Marshal(t)
		f.Tasks, err = append(f.Tasks, raw), errors.Join(err, terr)
	}
	if err == nil {
		err = atomicfile.KeepJSON(s.executionPath(e), f)
	}
	if err != nil {
		s.cfg.Log.Error("saving an execution", "execution", e.pb.GetName(), "error", err)
	}
}

// load reads all state. Containers of before are removed, and executions that were cut
// go on.
func (s *Server) load() error {
	files, err := filepath.Glob(filepath.Join(s.cfg.Dir, "jobs", "*", "*", "*", "job.json"))
	if err != nil {
		return err
	}
	for _, path := range files {
		j := &job{pb: &runpb.Job{}}
		ok, err := frame.ReadState(s.cfg.Log, path, func(data []byte) (err error) {
			if err = read(data, j.pb); err == nil {
				j.at, _, err = parse(j.pb.GetName(), "jobs")
			}
			return err
		})
		if err != nil {
			return err
		}
		if ok {
			s.jobs[j.pb.GetName()] = j
		}
	}
	if files, err = filepath.Glob(filepath.Join(s.cfg.Dir, "jobs", "*", "*", "*", "executions", "*.json")); err != nil {
		return err
	}
	for _, path := range files {
		if err := s.loadExecution(path); err != nil {
			return err
		}
	}
	s.sweep()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.executions {
		if !e.ended() {
			e.pb.RunningCount = 0
			s.begin(e)
		}
	}
	return nil
}

func (s *Server) loadExecution(path string) error {
	e := &execution{pb: &runpb.Execution{}}
	ok, err := frame.ReadState(s.cfg.Log, path, func(data []byte) error {
		var f executionFile
		if err := json.Unmarshal(data, &f); err != nil {
			return err
		}
		if err := read(f.Execution, e.pb); err != nil {
			return err
		}
		for _, raw := range f.Tasks {
			t := &runpb.Task{}
			if err := read(raw, t); err != nil {
				return err
			}
			if len(t.GetConditions()) == 0 {
				return errors.New("a task says nothing of its state")
			}
			e.tasks = append(e.tasks, t)
		}
		if len(e.pb.GetConditions()) == 0 || s.jobs[e.pb.GetJob()] == nil {
			return errors.New("it says nothing of its state, or is of no job")
		}
		var err error
		e.at, _, err = parse(e.pb.GetName(), "jobs", "executions")
		return err
	})
	if ok {
		s.executions[e.pb.GetName()] = e
	}
	return err
}

// sweep removes the containers of an earlier process.
func (s *Server) sweep() {
	if s.cfg.Docker == nil {
		return
	}
	ctx, cancel := context.WithTimeout(s.host.Context(), 10*time.Second)
	defer cancel()
	if err := s.host.Purge(ctx, map[string]string{docker.Label: s.cfg.StateID, labelJob: ""}); err != nil {
		s.cfg.Log.Warn("removing containers of before", "error", err)
	}
}

// cutSecret takes projects/P/secrets/S apart; ok is false for a secret of the project.
func cutSecret(name string) (project, secret string, ok bool) {
	rest, ok := strings.CutPrefix(name, "projects/")
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, "/secrets/")
}

func read(data []byte, into proto.Message) error {
	return (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, into)
}
