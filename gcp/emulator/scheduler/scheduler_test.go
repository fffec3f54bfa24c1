package scheduler_test

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
)

// TestFires: a job runs when clocks in its zone show its time, with Google's headers,
// and shows how that went.
func TestFires(t *testing.T) {
	t.Parallel()
	s := newStage(t, "2026-10-24T20:00:00Z")
	if j := s.create("nightly", "30 2 * * *", "Europe/Berlin", ""); j["state"] != "ENABLED" || j["scheduleTime"] != "2026-10-25T00:30:00Z" || j["attemptDeadline"] != "180s" {
		t.Errorf("made: %v", j)
	}
	r := s.fires("2026-10-25T00:30:00Z")
	body, _ := r.GetBody()
	sent, _ := io.ReadAll(body)
	if r.Method != "POST" || r.URL.String() != "/x?y=z" || string(sent) != "hello" {
		t.Errorf("%s %s %s", r.Method, r.URL, sent)
	}
	for name, want := range map[string]string{
		"User-Agent": "Google-Cloud-Scheduler", "X-Cloudscheduler": "true", "X-Cloudscheduler-Jobname": "nightly",
		"X-Cloudscheduler-Scheduletime": "2026-10-25T00:30:00Z", "Content-Type": "application/octet-stream", "Authorization": "",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, not %q", name, got, want)
		}
	}
	// The clock is put back: the same time comes again.
	s.says(500, "2026-10-25T01:30:00Z")
	if j := s.must("GET", jobs+"/nightly", ""); j["lastAttemptTime"] != "2026-10-25T00:30:00Z" || j["status"].(map[string]any)["code"] != 13.0 {
		t.Errorf("after an attempt that failed: %v", j)
	}
	s.fires("2026-10-25T01:30:00Z")
	s.says(200, "2026-10-26T01:30:00Z")
	if j := s.must("GET", jobs+"/nightly", ""); len(j["status"].(map[string]any)) != 0 {
		t.Errorf("after one that went well: %v", j)
	}
}

// TestRetries: an attempt that failed is made again, later and later, and no longer
// than until the next time of the schedule.
func TestRetries(t *testing.T) {
	t.Parallel()
	s := newStage(t, "2026-11-27T02:00:00Z")
	s.create("hourly", "0 * * * *", "UTC", `,"retryConfig":{"retryCount":2,"minBackoffDuration":"60s"}`)
	s.fires("2026-11-27T03:00:00Z")
	s.says(503, "2026-11-27T03:01:00Z")
	s.fires("2026-11-27T03:01:00Z")
	s.says(503, "2026-11-27T03:03:00Z")
	if r := s.fires("2026-11-27T03:03:00Z"); r.Header.Get("X-CloudScheduler-ScheduleTime") != "2026-11-27T03:00:00Z" {
		t.Errorf("a retry is of the time of its schedule: %v", r.Header)
	}
	s.says(503, "2026-11-27T04:00:00Z")
	s.must("PATCH", jobs+"/hourly?updateMask=retryConfig.minBackoffDuration", `{"retryConfig":{"minBackoffDuration":"3600s"}}`)
	s.fires("2026-11-27T04:00:00Z")
	s.says(503, "2026-11-27T05:00:00Z")
}

// TestNeverTwoAtOnce: a time that comes while the job runs is late, and more than one
// are one. Only a forced run runs beside.
func TestNeverTwoAtOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, "2026-11-27T02:00:00Z")
	s.create("often", "*/10 * * * *", "UTC", "")
	s.fires("2026-11-27T02:10:00Z")
	s.clock.Set(at("2026-11-27T02:35:00Z"))
	s.must("POST", jobs+"/often:run", "{}")
	<-s.got // beside it
	s.answer <- 200
	s.answer <- 200
	if r := <-s.got; r.Header.Get("X-CloudScheduler-ScheduleTime") != "2026-11-27T02:30:00Z" {
		t.Errorf("the late run: %v", r.Header)
	}
	s.says(200, "2026-11-27T02:40:00Z")
}

// TestPause: a job that is paused does not run by itself, and begins anew.
func TestPause(t *testing.T) {
	t.Parallel()
	s := newStage(t, "2026-11-27T02:00:00Z")
	s.create("other", "30 3 * * *", "UTC", "")
	s.create("job", "0 * * * *", "UTC", "")
	if j := s.must("POST", jobs+"/job:pause", "{}"); j["state"] != "PAUSED" {
		t.Errorf("%v", j)
	}
	if code, _ := s.call("POST", jobs+"/job:pause", "{}"); code != 400 {
		t.Errorf("twice: %d", code)
	}
	if r := s.fires("2026-11-27T03:30:00Z"); r.Header.Get("X-CloudScheduler-JobName") != "other" {
		t.Errorf("%v", r.Header)
	}
	s.says(200, "2026-11-28T03:30:00Z")
	s.must("POST", jobs+"/job:run", "{}") // it may be told to
	if r := <-s.got; r.Header.Get("X-CloudScheduler-JobName") != "job" {
		t.Errorf("%v", r.Header)
	}
	s.answer <- 200
	if j := s.must("POST", jobs+"/job:resume", "{}"); j["state"] != "ENABLED" || j["scheduleTime"] != "2026-11-27T04:00:00Z" {
		t.Errorf("%v", j)
	}
	s.fires("2026-11-27T04:00:00Z")
	s.says(200, "2026-11-27T05:00:00Z")
}

// TestRestart: jobs outlive the emulators, and what was due meanwhile is not made up
// for.
func TestRestart(t *testing.T) {
	t.Parallel()
	s := newStage(t, "2026-11-27T02:00:00Z")
	dir := t.TempDir()
	s.Server = s.start(dir)
	s.create("nightly", "0 3 * * *", "UTC", "")
	s.create("paused", "0 3 * * *", "UTC", "")
	s.must("POST", jobs+"/paused:pause", "{}")
	s.fires("2026-11-27T03:00:00Z")
	s.says(503, "2026-11-28T03:00:00Z")
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.clock.Set(at("2026-12-03T12:00:00Z"))
	s.Server = s.start(dir)
	j := s.must("GET", jobs+"/nightly", "")
	if j["scheduleTime"] != "2026-12-04T03:00:00Z" || j["status"].(map[string]any)["code"] != 14.0 || j["lastAttemptTime"] != "2026-11-27T03:00:00Z" {
		t.Errorf("%v", j)
	}
	if j := s.must("GET", jobs+"/paused", ""); j["state"] != "PAUSED" {
		t.Errorf("%v", j)
	}
	s.fires("2026-12-04T03:00:00Z")
	s.says(200, "2026-12-05T03:00:00Z")
}

// TestUpdate: a mask is obeyed, and what is no field of a job is refused.
func TestUpdate(t *testing.T) {
	t.Parallel()
	s := newStage(t, "2026-11-27T02:00:00Z")
	s.create("job", "0 3 * * *", "Europe/Berlin", `,"retryConfig":{"retryCount":3}`)
	j := s.must("PATCH", jobs+"/job?updateMask=schedule", `{"schedule":"0 4 * * *","timeZone":"Etc/UTC","retryConfig":{"retryCount":0},"httpTarget":{"uri":"https://example.com"}}`)
	if j["schedule"] != "0 4 * * *" || j["timeZone"] != "Europe/Berlin" || j["retryConfig"].(map[string]any)["retryCount"] != 3.0 || j["scheduleTime"] != "2026-11-27T03:00:00Z" {
		t.Errorf("%v", j)
	}
	j = s.must("PATCH", jobs+"/job?updateMask=httpTarget.headers,description", `{"httpTarget":{"headers":{"A":"b"}},"description":"x"}`)
	if to := j["httpTarget"].(map[string]any); to["uri"] != s.target.URL+"/x?y=z" || to["headers"].(map[string]any)["A"] != "b" || j["description"] != "x" {
		t.Errorf("%v", j)
	}
	if code, out := s.call("PATCH", jobs+"/job?updateMask=colour", `{}`); code != 400 {
		t.Errorf("%d %v", code, out)
	}
	if code, out := s.call("PATCH", jobs+"/none?updateMask=schedule", `{"schedule":"0 4 * * *"}`); code != 404 {
		t.Errorf("%d %v", code, out)
	}
	s.must("DELETE", jobs+"/job", "")
	if code, _ := s.call("GET", jobs+"/job", ""); code != 404 {
		t.Errorf("%d", code)
	}
}

// TestRefuses what Google refuses.
func TestRefuses(t *testing.T) {
	t.Parallel()
	s := newStage(t, "2026-11-27T02:00:00Z")
	s.create("job", "0 3 * * *", "UTC", "")
	for body, want := range map[string]string{
		`{"name":"` + jobs[4:] + `/job","schedule":"0 3 * * *","httpTarget":{"uri":"https://example.com"}}`:                          "already exists",
		`{"name":"` + jobs[4:] + `/a b","schedule":"0 3 * * *","httpTarget":{"uri":"https://example.com"}}`:                          "must be formatted",
		`{"name":"projects/my-project/locations/us-east1/jobs/j","schedule":"0 3 * * *","httpTarget":{"uri":"https://example.com"}}`: "not one in the parent",
		`{"schedule":"0 3 * *","httpTarget":{"uri":"https://example.com"}}`:                                                          "Schedule or time zone is invalid.",
		`{"schedule":"0 3 * * *","timeZone":"Mars","httpTarget":{"uri":"https://example.com"}}`:                                      "Schedule or time zone is invalid.",
		`{"schedule":"0 3 * * *"}`: "target must be set",
		`{"schedule":"0 3 * * *","pubsubTarget":{"topicName":"projects/my-project/topics/t"}}`:                                                                   "not emulated",
		`{"schedule":"0 3 * * *","httpTarget":{"uri":"ftp://example.com"}}`:                                                                                      "valid URL",
		`{"schedule":"0 3 * * *","httpTarget":{"uri":"https://example.com","httpMethod":"GET","body":"aGk="}}`:                                                   "POST, PUT and PATCH",
		`{"schedule":"0 3 * * *","httpTarget":{"uri":"https://example.com","oauthToken":{"serviceAccountEmail":"` + robot + `"}}}`:                               "*.googleapis.com only",
		`{"schedule":"0 3 * * *","httpTarget":{"uri":"https://run.googleapis.com/","oauthToken":{"serviceAccountEmail":"robot@other.iam.gserviceaccount.com"}}}`: "one of the project",
		`{"schedule":"0 3 * * *","retryConfig":{"retryCount":6},"httpTarget":{"uri":"https://example.com"}}`:                                                     "between 0 and 5",
		`{"schedule":"0 3 * * *","attemptDeadline":"10s","httpTarget":{"uri":"https://example.com"}}`:                                                            "attempt_deadline",
		`{"schedule":"0 3 * * *","description":"` + strings.Repeat("x", 501) + `","httpTarget":{"uri":"https://example.com"}}`:                                   "500 characters",
	} {
		code, out := s.call("POST", jobs, body)
		if text, _ := json.Marshal(out); code < 400 || !strings.Contains(string(text), want) {
			t.Errorf("%s: %d %s", body, code, text)
		}
	}
}
