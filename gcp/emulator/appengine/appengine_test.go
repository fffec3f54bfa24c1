package appengine_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/appengine"
)

// env is emulators, and the owner's calls to them.
type env struct {
	*emulator.Server
	t *testing.T
}

func start(t *testing.T, dir string) env {
	t.Helper()
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.WithoutCancel(t.Context())) })
	emulator.Get[*appengine.Server](s).RunNothing()
	return env{s, t}
}

// call gives the status and the answer, or the message of an error.
func (e env) call(method, path, body string) (int, string) {
	e.t.Helper()
	r, err := http.NewRequestWithContext(e.t.Context(), method, strings.TrimSuffix(e.URL(), "/")+path, strings.NewReader(body))
	if err != nil {
		e.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+e.Token("user:ada@example.com"))
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		e.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	var failed struct{ Error struct{ Message string } }
	if resp.StatusCode != http.StatusOK && json.Unmarshal(text, &failed) == nil && failed.Error.Message != "" {
		return resp.StatusCode, failed.Error.Message
	}
	return resp.StatusCode, string(text)
}

func (e env) must(method, path, body string) string {
	e.t.Helper()
	code, text := e.call(method, path, body)
	if code != http.StatusOK {
		e.t.Fatalf("%s %s: %d %s", method, path, code, text)
	}
	return text
}

const (
	app     = "/v1/apps/shop"
	service = app + "/services/default"
	image   = `"env":"flex","runtime":"vm","betaSettings":{"vm_runtime":"custom"},"deployment":{"container":{"image":"europe-west1-docker.pkg.dev/shop/r/a@sha256:1"}}`
)

func version(id string) string { return `{"id":"` + id + `",` + image + `}` }

// TestState: what was created is there after a restart, and the project of one machine
// needs nobody to create an application.
func TestState(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := start(t, dir)
	e.must("POST", "/v1/apps", `{"id":"shop","locationId":"us-central"}`)
	e.must("POST", service+"/versions", version("one"))
	if err := e.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	e = start(t, dir)
	got := e.must("GET", service+"/versions/one?view=FULL", "")
	for _, part := range []string{`"env":"flexible"`, `"runtime":"custom"`, `"a@sha256:1`[1:], `"servingStatus":"SERVING"`} {
		if !strings.Contains(got, part) {
			t.Errorf("%s is not in %s", part, got)
		}
	}
	if got := e.must("GET", "/v1/apps/local", ""); !strings.Contains(got, `"locationId":"local"`) {
		t.Errorf("the application of this machine: %s", got)
	}
}

// TestRefuses: what Google refuses, before anything changes.
func TestRefuses(t *testing.T) {
	t.Parallel()
	e := start(t, t.TempDir())
	e.must("POST", "/v1/apps", `{"id":"shop","locationId":"us-central"}`)
	first := "The first service (module) you upload to a new application must be the 'default' service (module)."
	for _, c := range []struct {
		method, path, body string
		code               int
		text               string
	}{
		{"POST", "/v1/apps", `{"id":"shop"}`, 409, "already exists"},
		{"POST", "/v1/apps", `{"id":"other","locationId":"us-central1"}`, 400, "us-central1"},
		{"POST", "/v1/apps", `{"id":"other","location":"us-central"}`, 400, `Unknown name "location"`},
		{"GET", "/v1/apps/other", "", 404, "other"},
		{"PATCH", app + "?updateMask=locationId", `{"locationId":"europe-west"}`, 400, "update_mask"},
		{"PATCH", app + "?updateMask=servingStatus", `{"servingStatus":"ON"}`, 400, "serving"},
		{"PATCH", app + "?updateMask=dispatchRules,", `{"dispatchRules":[{"path":"/a/*","service":"default"}]}`, 400, "does not exist"},
		{"POST", app + "/services/worker/versions", version("one"), 400, first},
		{"POST", service + "/versions", version("Upper"), 400, "version id"},
		{"POST", service + "/versions", version("ah-builtin"), 400, "version id"},
		{"POST", service + "/versions", `{"id":"one","envVars":{},` + image + `}`, 400, `Unknown name "envVars"`},
		{"POST", service + "/versions", `{"id":"one","manualScaling":{"instances":1},"automaticScaling":{},` + image + `}`, 400, "At most one"},
		{"GET", app + "/domainMappings", "", 404, "no such method"},
	} {
		if code, text := e.call(c.method, c.path, c.body); code != c.code || !strings.Contains(text, c.text) {
			t.Errorf("%s %s %s: %d %s, not %d %s", c.method, c.path, c.body, code, text, c.code, c.text)
		}
	}
	if got := e.must("GET", app+"/services", ""); strings.Contains(got, "services") {
		t.Errorf("something was deployed: %s", got)
	}
}

// TestSplit: shares are of versions that serve, are as exact as the way callers are told
// apart, and together are all.
func TestSplit(t *testing.T) {
	t.Parallel()
	e := start(t, t.TempDir())
	e.must("POST", "/v1/apps", `{"id":"shop"}`)
	for _, id := range []string{"one", "two", "off"} {
		e.must("POST", service+"/versions", version(id))
	}
	e.must("PATCH", service+"/versions/off?updateMask=servingStatus", `{"servingStatus":"STOPPED"}`)
	const path = service + "?updateMask=split&migrateTraffic="
	for body, text := range map[string]string{
		`{"allocations":{"one":0.5,"two":0.4},"shardBy":"IP"}`:      "sum to 1",
		`{"allocations":{"one":0.333,"two":0.667},"shardBy":"IP"}`:  "allocation",
		`{"allocations":{"one":0.5,"none":0.5},"shardBy":"IP"}`:     "none",
		`{"allocations":{"one":0.5,"off":0.5},"shardBy":"IP"}`:      "not serving",
		`{"allocations":{"one":0.5,"two":0.5}}`:                     "what it is by",
		`{"allocations":{"one":0.5,"two":0.5},"shardBy":"WEATHER"}`: "shard_by",
		`{"allocations":{}}`: "allocations",
	} {
		if code, got := e.call("PATCH", path+"false", `{"split":`+body+`}`); code < 400 || !strings.Contains(got, text) {
			t.Errorf("%s: %d %s, not %s", body, code, got, text)
		}
	}
	if code, got := e.call("PATCH", path+"True", `{"split":{"allocations":{"two":1}}}`); code != 400 {
		t.Errorf("migrate: %d %s", code, got)
	}
	e.must("PATCH", path+"False", `{"split":{"allocations":{"one":0.333,"two":0.667},"shardBy":"COOKIE"}}`)
	if code, got := e.call("DELETE", service+"/versions/one", ""); code != 400 || !strings.Contains(got, "traffic") {
		t.Errorf("deleting what has traffic: %d %s", code, got)
	}
	e.must("DELETE", service+"/versions/off", "")
	e.must("PATCH", app+"?updateMask=dispatchRules,", `{"dispatchRules":[{"domain":"*","path":"/a/*","service":"default"}]}`)
}
