package appengine

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/appengine"
	emulated "github.com/gcpdeploy/gcpdeploy/gcp/emulator/appengine"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/scheduler"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// stage is emulators with an application, and what is called on them.
type stage struct {
	*emulator.Server
	Target
}

func newStage(t *testing.T) stage {
	t.Helper()
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.WithoutCancel(t.Context())) })
	emulator.Get[*appengine.Server](s).RunNothing()
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: s.URL()}, TokenFile: s.TokenFile()})
	t.Cleanup(func() { _ = a.Close() })
	st := stage{s, NewTarget(a).(Target)}
	if err := st.api.Call(t.Context(), "creating", http.MethodPost, "v1/apps", map[string]string{"id": "shop", "locationId": "europe-west"}, nil); err != nil {
		t.Fatal(err)
	}
	return st
}

// put deploys files, and says what it was told of.
func (s stage) put(t *testing.T, f appFiles) (said []string) {
	t.Helper()
	if err := s.putFiles(t.Context(), "shop", f, func(line string) { said = append(said, line) }); err != nil {
		t.Fatal(err)
	}
	if ok, err := s.asFiles(t.Context(), "shop", f); err != nil || !ok {
		t.Errorf("what was deployed is not as wanted: %v", err)
	}
	return said
}

const crontab = `cron:
- {url: /clean, schedule: every 24 hours, description: sweeps}
- url: /mail
  schedule: every monday 09:00
  timezone: Europe/Berlin
  target: worker
  retry_parameters: {job_retry_limit: 2, job_age_limit: 1d}
`

func (s stage) uris(t *testing.T) (all []string) {
	t.Helper()
	jobs, err := s.jobs(t.Context(), whole{LocationID: "europe-west"}.parent("shop"))
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		all = append(all, j.Target.URI)
	}
	slices.Sort(all)
	return all
}

// TestPutCron: what is deployed once more changes nothing, and makes no call but to look.
func TestPutCron(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	if ok, err := s.asFiles(t.Context(), "shop", appFiles{cron: crontab}); ok || err != nil {
		t.Errorf("jobs that are not there are as wanted: %v", err)
	}
	if said := s.put(t, appFiles{cron: crontab}); !slices.Equal(said, []string{"cron jobs are deployed"}) {
		t.Errorf("told %q", said)
	}
	if said := s.put(t, appFiles{cron: crontab}); said != nil {
		t.Errorf("told %q of nothing", said)
	}
	if got := s.uris(t); !slices.Equal(got, []string{"/clean", "/mail"}) {
		t.Errorf("jobs %v", got)
	}
	s.put(t, appFiles{cron: "cron:\n- {url: /clean, schedule: every 12 hours}\n"})
	if got := s.uris(t); !slices.Equal(got, []string{"/clean"}) {
		t.Errorf("jobs %v", got)
	}
	s.put(t, appFiles{cron: "cron: []\n"})
	if got := s.uris(t); got != nil {
		t.Errorf("jobs %v", got)
	}
}

// TestPutCronLost: an answer that is lost, and a server that is not there for a moment,
// make no job twice.
func TestPutCronLost(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	jobs := emulator.Get[*scheduler.Server](s.Server)
	jobs.Faults.Fail("CreateJob.reply", 1, codes.Unavailable)
	jobs.Faults.Fail("ListJobs", 1, codes.Unavailable)
	s.put(t, appFiles{cron: crontab})
	if got := s.uris(t); !slices.Equal(got, []string{"/clean", "/mail"}) {
		t.Errorf("jobs %v", got)
	}
}

func TestPutDispatch(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	err := s.putFiles(t.Context(), "shop", appFiles{dispatch: "dispatch:\n- {url: '*/mobile/*', service: mobile}\n"}, func(string) {})
	if err == nil || !strings.Contains(err.Error(), "mobile") {
		t.Errorf("a rule for no service: %v", err)
	}
	if said := s.put(t, appFiles{dispatch: "dispatch: []\n"}); said != nil {
		t.Errorf("told %q of nothing", said)
	}
	for _, service := range []string{"default", "mobile"} {
		err := s.api.Call(t.Context(), "deploying", http.MethodPost, "v1/apps/shop/services/"+service+"/versions", map[string]any{
			"id": "one", "env": "flex", "runtime": "custom", "deployment": map[string]any{"container": map[string]string{"image": "europe-west1-docker.pkg.dev/shop/r/a@sha256:" + strings.Repeat("1", 64)}},
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
	}
	f := appFiles{dispatch: "dispatch:\n- {url: '*/mobile/*', service: mobile}\n"}
	if said := s.put(t, f); !slices.Equal(said, []string{"dispatch rules are deployed"}) {
		t.Errorf("told %q", said)
	}
	if said := s.put(t, f); said != nil {
		t.Errorf("told %q of nothing", said)
	}
	if got, err := s.whole(t.Context(), "shop"); err != nil || !slices.Equal(got.DispatchRules, []Rule{{"*", "/mobile/*", "mobile"}}) {
		t.Errorf("rules %v, %v", got.DispatchRules, err)
	}
	app := emulator.Get[*emulated.Server](s.Server)
	app.Faults.Fail("UpdateApplication", 5, codes.Internal)
	if said := s.put(t, appFiles{}); said != nil {
		t.Errorf("told %q of no files", said)
	}
}

func TestCheckFiles(t *testing.T) {
	t.Parallel()
	f := appFiles{dispatch: "dispatch:\n- {url: '*/a/*', service: a}\n- {url: '*/b/*', service: b}\n- {url: '*/b', service: b}\n"}
	if err := checkFiles(f, []string{"b", "a", "default"}); err != nil {
		t.Error(err)
	}
	if err := checkFiles(f, []string{"a"}); errs.KindOf(err) != errs.Usage || !strings.HasSuffix(err.Error(), ": b") {
		t.Errorf("a rule for no service: %v", err)
	}
}

// TestRead: files as the API has them, and what is refused of them before a release.
func TestRead(t *testing.T) {
	t.Parallel()
	rules, jobs, err := appFiles{dispatch: "dispatch:\n- {url: 'www.example.com/', service: default}\n- {url: '*.example.com/api/*', service: api}\n", cron: crontab}.wanted()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Rule{{"www.example.com", "/", "default"}, {"*.example.com", "/api/*", "api"}}, rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	want := []Job{
		{Description: "sweeps", Schedule: "every 24 hours", TimeZone: "UTC", Legacy: true, Target: JobTarget{Method: "GET", URI: "/clean"}},
		{Schedule: "every monday 09:00", TimeZone: "Europe/Berlin", Legacy: true, Target: JobTarget{Method: "GET", URI: "/mail", Routing: JobRouting{"worker"}},
			Retry: &JobRetry{Count: 2, MaxDuration: "86400s", MinBackoff: "0.1s", MaxBackoff: "3600s", MaxDoublings: 16}},
	}
	if diff := cmp.Diff(want, jobs); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
	for text, part := range map[string]string{
		"schedule: every 24 hour":                                                                      "is no schedule",
		"schedule: every 24 hours, timezone: Europe/Berln":                                             "is no time zone",
		"schedule: every 24 hours, retry_parameters: {job_retry_limit: 6}":                             "at most 5",
		"schedule: every 24 hours, retry_parameters: {job_age_limit: 0s}":                              "a second at least",
		"schedule: every 24 hours, retry_parameters: {min_backoff_seconds: 9, max_backoff_seconds: 5}": "less than min_backoff_seconds",
	} {
		_, err := jobsOf("cron.yaml", []byte("cron:\n- {url: /, "+text+"}\n"))
		if place := errs.PlaceOf(err); errs.KindOf(err) != errs.Usage || !strings.Contains(err.Error(), part) || place == nil || place.Line != 2 {
			t.Errorf("%s: %v at %v", text, err, place)
		}
	}
	if _, err := rulesOf("dispatch.yaml", []byte("dispatch:\n"+strings.Repeat("- {url: '*/a', service: a}\n", 21))); errs.KindOf(err) != errs.Usage {
		t.Errorf("21 rules: %v", err)
	}
}
