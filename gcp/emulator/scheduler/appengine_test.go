package scheduler_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/scheduler"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/testclock"
)

// apps is App Engine with one application, which answers at a URL.
type apps struct{ url string }

func (a apps) Region(project string) (string, bool) { return "europe-west1", project == "shop" }

func (a apps) URL(_, service, version string) string {
	return a.url + "/" + service + "." + version
}

// TestAppEngineTarget: a job by a schedule in App Engine's words calls the service that
// it names, as what the application can know it by.
func TestAppEngineTarget(t *testing.T) {
	t.Parallel()
	got := make(chan *http.Request, 1)
	target := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r }))
	t.Cleanup(target.Close)
	clock := testclock.New(at("2026-11-27T02:00:00Z"))
	s, err := scheduler.New(scheduler.Config{Dir: t.TempDir(), URL: "http://127.0.0.1:1/", Now: clock.Now, At: clock.At, Log: slog.New(slog.DiscardHandler), Apps: apps{target.URL}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop(t.Context()) })
	job := func(change func(*schedulerpb.AppEngineHttpTarget)) *schedulerpb.Job {
		to := &schedulerpb.AppEngineHttpTarget{HttpMethod: schedulerpb.HttpMethod_GET, RelativeUri: "/clean?x=y", AppEngineRouting: &schedulerpb.AppEngineRouting{Service: "worker"}}
		if change != nil {
			change(to)
		}
		return &schedulerpb.Job{Schedule: "every 2 hours synchronized", Target: &schedulerpb.Job_AppEngineHttpTarget{AppEngineHttpTarget: to}}
	}
	for place, want := range map[string]codes.Code{"projects/other/locations/europe-west1": codes.FailedPrecondition, "projects/shop/locations/us-central1": codes.InvalidArgument} {
		if _, err := s.CreateJob(t.Context(), &schedulerpb.CreateJobRequest{Parent: place, Job: job(nil)}); status.Code(err) != want {
			t.Errorf("in %s: %v", place, err)
		}
	}
	const here = "projects/shop/locations/europe-west1"
	for name, change := range map[string]func(*schedulerpb.AppEngineHttpTarget){
		"an instance": func(to *schedulerpb.AppEngineHttpTarget) { to.AppEngineRouting.Instance = "i" },
		"a URL":       func(to *schedulerpb.AppEngineHttpTarget) { to.RelativeUri = "https://example.com/" },
		"a body":      func(to *schedulerpb.AppEngineHttpTarget) { to.Body = []byte("x") },
	} {
		if _, err := s.CreateJob(t.Context(), &schedulerpb.CreateJobRequest{Parent: here, Job: job(change)}); status.Code(err) != codes.InvalidArgument {
			t.Errorf("%s: %v", name, err)
		}
	}
	made, err := s.CreateJob(t.Context(), &schedulerpb.CreateJobRequest{Parent: here, Job: job(nil)})
	if err != nil {
		t.Fatal(err)
	}
	if d := made.GetAttemptDeadline().AsDuration(); d.Hours() != 1 {
		t.Errorf("the deadline is %s, and that of the flexible environment an hour", d)
	}
	clock.Asked(at("2026-11-27T04:00:00Z"))
	clock.Set(at("2026-11-27T04:00:00Z"))
	r := <-got
	if r.Method != http.MethodGet || r.URL.String() != "/worker./clean?x=y" || !strings.Contains(r.UserAgent(), "AppEngine-Google") || r.Header.Get("X-CloudScheduler") != "true" {
		t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
	}
	if r.Header.Get("X-Appengine-Cron") != "" {
		t.Error("a job that is of no cron.yaml says that it is")
	}
}

// TestLegacy: the jobs of a cron.yaml are listed by those alone who ask for them, keep
// their mark, and have the header by which applications know them.
func TestLegacy(t *testing.T) {
	t.Parallel()
	s := newStage(t, "2026-11-27T02:00:00Z")
	s.must("POST", "/v1/apps", `{"id":"my-project","locationId":"europe-west"}`)
	beta := strings.Replace(jobs, "/v1/", "/v1beta1/", 1)
	target := `"appEngineHttpTarget":{"relativeUri":"/clean","httpMethod":"GET"}`
	if code, out := s.call("POST", beta, `{"legacyAppEngineCron":true,"schedule":"every 1 hours","httpTarget":{"uri":"`+s.target.URL+`"}}`); code != 400 {
		t.Errorf("a cron job that calls a URL: %d %v", code, out)
	}
	made := s.must("POST", beta, `{"legacyAppEngineCron":true,"schedule":"every 1 hours",`+target+`}`)
	s.must("POST", beta, `{"schedule":"every 1 hours",`+target+`}`)
	name, _ := made["name"].(string)
	if made["legacyAppEngineCron"] != true || made["retryConfig"] != nil {
		t.Errorf("made %v", made)
	}
	for query, want := range map[string]bool{beta + "?legacyAppEngineCron=True": true, beta: false, jobs: false} {
		list, _ := s.must("GET", query, "")["jobs"].([]any)
		if len(list) != 1 || (list[0].(map[string]any)["name"] == name) != want {
			t.Errorf("%s: %v", query, list)
		}
	}
	places, _ := s.must("GET", "/v1beta1/projects/my-project/locations", "")["locations"].([]any)
	if len(places) != 1 || places[0].(map[string]any)["labels"].(map[string]any)["cloud.googleapis.com/region"] != "europe-west1" {
		t.Errorf("locations %v", places)
	}
	for _, verb := range []string{":pause", ":resume"} {
		s.must("POST", "/v1beta1/"+name+verb, "{}")
	}
	s.must("DELETE", "/v1beta1/"+name, "")
	if code, _ := s.call("GET", "/v1beta1/"+name, ""); code != 404 {
		t.Errorf("a job that was deleted: %d", code)
	}
}
