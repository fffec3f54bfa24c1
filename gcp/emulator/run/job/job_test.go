package job_test

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	runapi "cloud.google.com/go/run/apiv2"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run/job"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
)

const parent = "projects/demo/locations/europe-west1"

// env is an emulator behind a gRPC port, and Google's own clients to it.
type env struct {
	t          *testing.T
	server     *job.Server
	jobs       *runapi.JobsClient
	executions *runapi.ExecutionsClient
	tasks      *runapi.TasksClient
}

func start(t *testing.T, c job.Config) *env {
	t.Helper()
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	s, err := job.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer()
	s.Register(g)
	go func() { _ = g.Serve(ln) }()
	t.Cleanup(func() {
		g.Stop()
		if err := s.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	opts := []option.ClientOption{option.WithEndpoint(ln.Addr().String()), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials()))}
	e := &env{t: t, server: s}
	for _, err := range []error{
		set(&e.jobs)(runapi.NewJobsClient(t.Context(), opts...)), set(&e.executions)(runapi.NewExecutionsClient(t.Context(), opts...)),
		set(&e.tasks)(runapi.NewTasksClient(t.Context(), opts...)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _, _, _ = e.jobs.Close(), e.executions.Close(), e.tasks.Close() })
	return e
}

func set[T any](to *T) func(T, error) error {
	return func(v T, err error) error { *to = v; return err }
}

func withDocker(t *testing.T) job.Config {
	t.Helper()
	c := dockertest.Require(t)
	return job.Config{Dir: t.TempDir(), Docker: c, StateID: dockertest.Labels(t, c)[docker.Label]}
}

// script is a job of one container that runs a script of the shell.
func script(text string) *runpb.Job {
	return &runpb.Job{Template: &runpb.ExecutionTemplate{Template: &runpb.TaskTemplate{
		Retries:    &runpb.TaskTemplate_MaxRetries{},
		Containers: []*runpb.Container{{Image: dockertest.Image(), Command: []string{"/bin/sh", "-c", text}}},
	}}}
}

func (e *env) create(id string, j *runpb.Job) error {
	op, err := e.jobs.CreateJob(e.t.Context(), &runpb.CreateJobRequest{Parent: parent, JobId: id, Job: j})
	if err == nil {
		_, err = op.Wait(e.t.Context())
	}
	return err
}

// run runs a job to its end.
func (e *env) run(id string, over *runpb.RunJobRequest_Overrides) (*runpb.Execution, error) {
	e.t.Helper()
	op, err := e.jobs.RunJob(e.t.Context(), &runpb.RunJobRequest{Name: parent + "/jobs/" + id, Overrides: over})
	if err != nil {
		return nil, err
	}
	name := ""
	if m, err := op.Metadata(); err != nil {
		e.t.Fatal(err)
	} else {
		name = m.GetName()
	}
	return e.ended(name)
}

func (e *env) ended(name string) (*runpb.Execution, error) {
	for {
		x, err := e.executions.GetExecution(e.t.Context(), &runpb.GetExecutionRequest{Name: name})
		if err != nil || x.GetCompletionTime() != nil {
			return x, err
		}
		select {
		case <-e.t.Context().Done():
			return nil, e.t.Context().Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// wrote is what a job's containers wrote, without the emulator's own lines, sorted.
func (e *env) wrote(id string) (lines []string) {
	e.t.Helper()
	all, err := e.server.Written("demo")
	if err != nil {
		e.t.Fatal(err)
	}
	for _, w := range all {
		if w.Labels["job_name"] != id {
			continue
		}
		for _, l := range w.Lines(1000) {
			if l.Stream != container.System {
				lines = append(lines, w.Entry(l.Revision)["run.googleapis.com/task_index"]+": "+l.Text)
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// TestRun: tasks get what Cloud Run gives them; one that fails is tried again, and its
// exit code is told.
func TestRun(t *testing.T) {
	t.Parallel()
	e := start(t, withDocker(t))
	j := script(`echo $CLOUD_RUN_JOB $CLOUD_RUN_TASK_INDEX/$CLOUD_RUN_TASK_COUNT attempt $CLOUD_RUN_TASK_ATTEMPT $MODE; test $CLOUD_RUN_TASK_INDEX = 0 -o $CLOUD_RUN_TASK_ATTEMPT = 1 || exit 7`)
	j.Template.TaskCount, j.Template.Template.Retries = 2, &runpb.TaskTemplate_MaxRetries{MaxRetries: 1}
	j.Template.Template.Containers[0].Env = []*runpb.EnvVar{{Name: "MODE", Values: &runpb.EnvVar_Value{Value: "prod"}}}
	if err := e.create("migrate", j); err != nil {
		t.Fatal(err)
	}
	x, err := e.run("migrate", nil)
	if err != nil || x.GetSucceededCount() != 2 || x.GetRetriedCount() != 1 || x.GetFailedCount() != 0 || x.GetConditions()[0].GetState() != runpb.Condition_CONDITION_SUCCEEDED {
		t.Errorf("%v, %v", x, err)
	}
	if got := strings.Join(e.wrote("migrate"), "\n"); got != "0: migrate 0/2 attempt 0 prod\n1: migrate 1/2 attempt 0 prod\n1: migrate 1/2 attempt 1 prod" {
		t.Errorf("wrote:\n%s", got)
	}
	x, err = e.run("migrate", &runpb.RunJobRequest_Overrides{TaskCount: 1, ContainerOverrides: []*runpb.RunJobRequest_Overrides_ContainerOverride{{
		Env: []*runpb.EnvVar{{Name: "MODE", Values: &runpb.EnvVar_Value{Value: "dry"}}},
	}}})
	if err != nil || x.GetSucceededCount() != 1 || !slices.Contains(e.wrote("migrate"), "0: migrate 0/1 attempt 0 dry") {
		t.Errorf("with overrides: %v, %v, %q", x, err, e.wrote("migrate"))
	}
	now, err := e.jobs.GetJob(t.Context(), &runpb.GetJobRequest{Name: parent + "/jobs/migrate"})
	if err != nil || now.GetExecutionCount() != 2 || now.GetLatestCreatedExecution().GetCompletionStatus() != runpb.ExecutionReference_EXECUTION_SUCCEEDED || now.GetTemplate().GetTemplate().GetContainers()[0].GetEnv()[0].GetValue() != "prod" {
		t.Errorf("the job afterwards: %v, %v", now, err)
	}
	if err := e.create("broken", script("echo no such column >&2; exit 7")); err != nil {
		t.Fatal(err)
	}
	x, err = e.run("broken", nil)
	if c := x.GetConditions()[0]; err != nil || x.GetFailedCount() != 1 || c.GetExecutionReason() != runpb.Condition_NON_ZERO_EXIT_CODE || !strings.Contains(c.GetMessage(), "-task0 failed") {
		t.Errorf("%v, %v", x, err)
	}
	task, err := e.tasks.ListTasks(t.Context(), &runpb.ListTasksRequest{Parent: x.GetName()}).Next()
	if err != nil || task.GetLastAttemptResult().GetExitCode() != 7 {
		t.Errorf("%v, %v", task, err)
	}
}
