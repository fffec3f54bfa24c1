package job

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
)

// secrets has the values of projects/*/secrets/*/versions/*.
type secrets interface {
	Value(ctx context.Context, version string) (string, error)
}

// Service is the jobs of Cloud Run for the frame.
func Service(f frame.Frame) (frame.Service, error) {
	from, err := frame.Find[secrets](f.Beside)
	if err != nil {
		return frame.Service{}, err
	}
	pull, err := container.PullAs(f, agent)
	if err != nil {
		return frame.Service{}, err
	}
	policies, err := frame.Find[*rights.Store](f.Beside)
	if err != nil {
		return frame.Service{}, err
	}
	s, err := New(Config{
		Dir: f.Dir, Docker: f.Containers, Pull: pull, StateID: f.StateID, Secret: from.Value, Policies: policies, Allow: f.Allow, Now: f.Now, Log: f.Log,
	})
	if err != nil {
		return frame.Service{}, err
	}
	return frame.Service{Server: s, Register: s.Register, Operation: s.Operation, Stop: s.Close}, nil
}

// agent is Cloud Run's own account in a project, which pulls images.
func agent(project string) string {
	return "serviceAccount:service-" + frame.ProjectNumber(project) + "@serverless-robot-prod.iam.gserviceaccount.com"
}

// logs is the folder of a job's logs.
func (s *Server) logs(l location, job string) string {
	return filepath.Join(s.cfg.Dir, "logs", l.project, l.region, job)
}

// logOf is the log of a task's attempt: EXECUTION.INDEX.ATTEMPT.
func (s *Server) logOf(e *execution, t *runpb.Task) container.Log {
	name := strings.Join([]string{short(e.pb.GetName()), strconv.Itoa(int(t.GetIndex())), strconv.Itoa(int(t.GetRetried()))}, ".")
	return container.Log(filepath.Join(s.logs(e.at, short(e.pb.GetJob())), name+".log"))
}

// Written is what a project's jobs wrote. The logs of a deleted job stay until Purge.
func (s *Server) Written(project string) (all []container.Written, err error) {
	dirs, err := filepath.Glob(filepath.Join(s.cfg.Dir, "logs", project, "*", "*"))
	for _, dir := range dirs {
		region, job := filepath.Split(dir)
		all = append(all, container.Written{
			Kind:   "cloud_run_job",
			Labels: map[string]string{"project_id": project, "job_name": job, "location": filepath.Base(region)},
			Entry: func(attempt string) map[string]string {
				p := strings.Split(attempt, ".")
				if len(p) != 3 {
					return nil
				}
				return map[string]string{"run.googleapis.com/execution_name": p[0], "run.googleapis.com/task_index": p[1], "run.googleapis.com/task_attempt": p[2]}
			},
			Log: func(stream string) string {
				if stream == container.System {
					stream = "varlog%2Fsystem"
				}
				return "run.googleapis.com%2F" + stream
			},
			Lines: func(limit int) []container.Line { return container.Newest(dir, limit) },
		})
	}
	return all, err
}
