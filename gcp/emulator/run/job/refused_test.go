package job_test

import (
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run/job"
)

// TestRefused is what Cloud Run refuses.
func TestRefused(t *testing.T) {
	t.Parallel()
	e := start(t, job.Config{})
	change := func(f func(*runpb.Job, *runpb.TaskTemplate, *runpb.Container)) *runpb.Job {
		j := script("true")
		f(j, j.Template.Template, j.Template.Template.Containers[0])
		return j
	}
	for name, tt := range map[string]struct {
		id, want string
		change   func(*runpb.Job, *runpb.TaskTemplate, *runpb.Container)
	}{
		"id":         {"Migrate", "job id", func(*runpb.Job, *runpb.TaskTemplate, *runpb.Container) {}},
		"no image":   {"a", "image", func(_ *runpb.Job, _ *runpb.TaskTemplate, c *runpb.Container) { c.Image = "" }},
		"bare image": {"a", "neither a tag nor a digest", func(_ *runpb.Job, _ *runpb.TaskTemplate, c *runpb.Container) { c.Image = "gcr.io/a/b" }},
		"port":       {"a", "ports", func(_ *runpb.Job, _ *runpb.TaskTemplate, c *runpb.Container) { c.Ports = []*runpb.ContainerPort{{}} }},
		"reserved": {"a", "reserved", func(_ *runpb.Job, _ *runpb.TaskTemplate, c *runpb.Container) {
			c.Env = []*runpb.EnvVar{{Name: "CLOUD_RUN_JOB"}}
		}},
		"retries": {"a", "max_retries", func(_ *runpb.Job, t *runpb.TaskTemplate, _ *runpb.Container) {
			t.Retries = &runpb.TaskTemplate_MaxRetries{MaxRetries: 11}
		}},
		"timeout": {"a", "timeout", func(_ *runpb.Job, t *runpb.TaskTemplate, _ *runpb.Container) {
			t.Timeout = durationpb.New(200 * time.Hour)
		}},
		"tasks":       {"a", "task_count", func(j *runpb.Job, _ *runpb.TaskTemplate, _ *runpb.Container) { j.Template.TaskCount = 10_001 }},
		"parallelism": {"a", "parallelism", func(j *runpb.Job, _ *runpb.TaskTemplate, _ *runpb.Container) { j.Template.Parallelism = 2 }},
		"cpu": {"a", "cpu", func(_ *runpb.Job, _ *runpb.TaskTemplate, c *runpb.Container) {
			c.Resources = &runpb.ResourceRequirements{Limits: map[string]string{"cpu": "500m"}}
		}},
		"memory": {"a", "memory", func(_ *runpb.Job, _ *runpb.TaskTemplate, c *runpb.Container) {
			c.Resources = &runpb.ResourceRequirements{Limits: map[string]string{"memory": "5Gi"}}
		}},
		"label": {"a", "labels", func(j *runpb.Job, _ *runpb.TaskTemplate, _ *runpb.Container) { j.Labels = map[string]string{"A": "b"} }},
		"system": {"a", "system namespace", func(j *runpb.Job, _ *runpb.TaskTemplate, _ *runpb.Container) {
			j.Annotations = map[string]string{"run.googleapis.com/x": "b"}
		}},
	} {
		if err := e.create(tt.id, change(tt.change)); status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := e.create("a", script("true")); err != nil {
		t.Fatal(err)
	}
	if err := e.create("a", script("true")); status.Code(err) != codes.AlreadyExists {
		t.Errorf("twice: %v", err)
	}
	j, err := e.jobs.GetJob(t.Context(), &runpb.GetJobRequest{Name: parent + "/jobs/a"})
	if err != nil || j.GetTemplate().GetTaskCount() != 1 || j.GetTemplate().GetTemplate().GetTimeout().GetSeconds() != 600 {
		t.Errorf("defaults: %v, %v", j, err)
	}
	stale := j.GetEtag()
	j.Labels = map[string]string{"team": "a"}
	if _, err := e.jobs.UpdateJob(t.Context(), &runpb.UpdateJobRequest{Job: j}); err != nil {
		t.Fatal(err)
	}
	j.Etag = stale
	if _, err := e.jobs.UpdateJob(t.Context(), &runpb.UpdateJobRequest{Job: j}); status.Code(err) != codes.Aborted {
		t.Errorf("a stale etag: %v", err)
	}
	if x, err := e.run("a", nil); err != nil || x.GetFailedCount() != 1 {
		t.Errorf("without Docker: %v, %v", x, err)
	}
	for _, over := range []*runpb.RunJobRequest_Overrides{
		{TaskCount: -1}, {ContainerOverrides: []*runpb.RunJobRequest_Overrides_ContainerOverride{{Name: "other"}}},
		{ContainerOverrides: []*runpb.RunJobRequest_Overrides_ContainerOverride{{Args: []string{"a"}, ClearArgs: true}}},
	} {
		if _, err := e.run("a", over); status.Code(err) != codes.InvalidArgument {
			t.Errorf("%v: %v", over, err)
		}
	}
}
