package schedule_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/contract"
	"github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/gcp/schedule"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

func spec() schedule.Spec {
	return schedule.Spec{
		Name: "nightly", Service: "hello", Text: "0 3 * * *", Zone: "Europe/Berlin", Account: "s@my-project.iam.gserviceaccount.com", Region: "europe-west1",
		Build: &cloudbuildpb.Build{Tags: []string{"gcpdeploy"}, Steps: []*cloudbuildpb.BuildStep{
			{Name: "builder@sha256:1", Args: []string{"wheels", "refresh", "--service=hello", "--x=a$$b"}},
			{Name: "builder@sha256:1", Args: []string{"wheels", "prune", "--yes"}},
		}},
	}
}

// TestJob: what is posted is the same however often it is made, and is read back.
func TestJob(t *testing.T) {
	t.Parallel()
	a, err := schedule.Job("my-project", "europe-west1", spec())
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		b, err := schedule.Job("my-project", "europe-west1", spec())
		if err != nil || !proto.Equal(a, b) {
			t.Fatalf("%v, %v", b, err)
		}
	}
	if a.GetHttpTarget().GetHeaders()["Content-Type"] != "application/json" || a.GetDescription() != "gcpdeploy wheels refresh, wheels prune for hello" {
		t.Errorf("%v", a)
	}
	s := schedule.Of(a)
	if !s.Ours || s.Service != "hello" || s.Region != "europe-west1" || s.Builder != "builder@sha256:1" || len(s.Commands) != 2 || s.Commands[0][3] != "--x=a$b" {
		t.Errorf("%+v", s)
	}
}

// TestForeign: a job that was not made here is known as such.
func TestForeign(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*schedulerpb.HttpTarget){
		"another URL":  func(h *schedulerpb.HttpTarget) { h.Uri = "https://example.com" },
		"another body": func(h *schedulerpb.HttpTarget) { h.Body = []byte(`{"steps":[{"name":"x"}],"tags":["gcpdeploy"]}`) },
		"no JSON":      func(h *schedulerpb.HttpTarget) { h.Body = []byte(`x`) },
		"of other name": func(h *schedulerpb.HttpTarget) {
			h.Body = []byte(strings.ReplaceAll(string(h.Body), "schedule-nightly", "schedule-other"))
		},
	} {
		j, err := schedule.Job("my-project", "europe-west1", spec())
		if err != nil {
			t.Fatal(err)
		}
		change(j.GetHttpTarget())
		if s := schedule.Of(j); s.Ours || s.Name != "nightly" {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*schedulerpb.Job){
		"":            func(j *schedulerpb.Job) { j.RetryConfig.RetryCount, j.State = 5, schedulerpb.Job_PAUSED },
		"schedule":    func(j *schedulerpb.Job) { j.Schedule = "0 4 * * *" },
		"time_zone":   func(j *schedulerpb.Job) { j.TimeZone = "UTC" },
		"description": func(j *schedulerpb.Job) { j.Description = "mine" },
		"http_target": func(j *schedulerpb.Job) { j.GetHttpTarget().GetOauthToken().ServiceAccountEmail = "other" },
	} {
		j, err := schedule.Job("my-project", "europe-west1", spec())
		if err != nil {
			t.Fatal(err)
		}
		now := proto.CloneOf(j)
		now.GetHttpTarget().Headers["User-Agent"] = "Google-Cloud-Scheduler" // as Google adds it
		change(now)
		if got := strings.Join(schedule.Changes(now, j), " "); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

// TestContract is a schedule's life. Its account is Compute Engine's, which every
// project has; it is paused before it could run.
func TestContract(t *testing.T) {
	t.Parallel()
	at := contract.At(t, contract.Plain)
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: at.URL}, TokenFile: at.TokenFile})
	t.Cleanup(func() { _ = a.Close() })
	c := schedule.New(a, at.Project, at.Region)
	s := spec()
	s.Name, s.Region, s.Text = contract.Name(), at.Region, "0 0 29 2 *"
	info, err := project.New(a, at.Project).Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.Account = info.Number + "-compute@developer.gserviceaccount.com"
	t.Cleanup(func() { _, _ = c.Delete(context.WithoutCancel(t.Context()), s.Name) })
	keep := func(want schedule.Kept, mask ...string) {
		t.Helper()
		if got, is, m, err := c.Keep(t.Context(), s, false); err != nil || got != want || !slices.Equal(m, mask) || !is.Ours {
			t.Errorf("%s %v %+v, %v; want %s %v", got, m, is, err, want, mask)
		}
	}
	if _, err := c.Get(t.Context(), s.Name); errs.KindOf(err) != errs.NotFound {
		t.Errorf("before: %v", err)
	}
	keep(schedule.Created)
	keep(schedule.Unchanged)
	s.Text, s.Build.Steps[0].Args[1] = "0 1 29 2 *", "show"
	keep(schedule.Updated, "description", "schedule", "http_target")
	for range 2 {
		if is, err := c.Pause(t.Context(), s.Name); err != nil || is.State != "paused" || !is.Next.IsZero() {
			t.Errorf("paused: %+v, %v", is, err)
		}
	}
	keep(schedule.Unchanged)
	for range 2 {
		if is, err := c.Resume(t.Context(), s.Name); err != nil || is.State != "enabled" || is.Next.IsZero() {
			t.Errorf("resumed: %+v, %v", is, err)
		}
	}
	all, err := c.List(t.Context())
	if err != nil || !slices.ContainsFunc(all, func(is schedule.State) bool { return is.Name == s.Name && is.Ours }) {
		t.Errorf("%+v, %v", all, err)
	}
	s.Service = "other"
	if _, _, _, err := c.Keep(t.Context(), s, false); errs.KindOf(err) != errs.Usage {
		t.Errorf("another service's: %v", err)
	}
	for _, want := range []bool{true, false} {
		if deleted, err := c.Delete(t.Context(), s.Name); deleted != want || err != nil {
			t.Errorf("deleted: %v, %v", deleted, err)
		}
	}
	if err := c.Run(t.Context(), s.Name); errs.KindOf(err) != errs.NotFound {
		t.Errorf("after: %v", err)
	}
}
