package appengine

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

const unhealthy = "Flex operation projects/shop/regions/europe-west1/operations/1 error [DEADLINE_EXCEEDED]: An internal error occurred while processing task /app-engine-flex/flex_await_healthy/flex_await_healthy>2026: " +
	"Your deployment has failed to become healthy in the allotted time and therefore was rolled back. If you believe this was an error, try adjusting the 'app_start_timeout_sec' setting in the 'readiness_check' section."

// TestCause has the errors that users have seen.
func TestCause(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		code      int
		text, log string
		why, hint string
	}{
		{"crashed", 9, "Application startup error! Code: APP_CONTAINER_CRASHED\nModuleNotFoundError: No module named 'scipy'", "", "", "Mend what the container says"},
		{"crashed by memory", 9, "Application startup error! Code: APP_CONTAINER_CRASHED\n[1] [ERROR] Worker (pid:7) was sent SIGKILL! Perhaps out of memory?", "", "; it ran out of memory", "app_engine.resources.memory_gb"},
		{"not healthy", 4, unhealthy, "", "", "app_engine.readiness_check.app_start_timeout_sec"},
		{"not healthy on localhost", 4, unhealthy, " * Running on http://127.0.0.1:8080", "; it listens on localhost alone", "0.0.0.0:$PORT (8080)"},
		{"not healthy elsewhere", 4, unhealthy, "[1] [INFO] Listening at: http://0.0.0.0:5000 (1)", "; it listens on port 5000", "$PORT (8080)"},
		{"not healthy, and ended", 4, unhealthy, "Traceback\nKeyError: 'DATABASE'", "; it ended with KeyError: 'DATABASE'", "Mend that"},
		{"no network", 13, "... errors: [code: \"RESOURCE_ERROR\" message: 'projects/shop/global/networks/default' was not found]", "", "", "the project has no network default"},
		{"network", 4, "Timed out waiting for the flex deployment to become network provisioned.", "", "", "VPC network"},
		{"infrastructure", 4, "Timed out waiting for the app infrastructure to become healthy.", "", "", "quota has the CPUs"},
		{"internal", 13, "An internal error occurred.", "", "", "delete versions that are not needed"},
		{"odd", 2, "odd", "", "", "gcpdeploy logs"},
	} {
		why, hint := failed{tt.code, tt.text}.cause(tt.log)
		if why != tt.why || !strings.Contains(hint, tt.hint) {
			t.Errorf("%s: %q, hint %q; want %q, %q", tt.name, why, hint, tt.why, tt.hint)
		}
	}
}

// TestFailed has a version not come up: what App Engine says meanwhile is told once, its
// error is the release's, the version is gone, and what served before does.
func TestFailed(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	one := s.release(t, shop(first), "one")
	looks := 0
	const name = "apps/shop/operations/11111111-2222-3333-4444-555555555555"
	b := &between{at: func(_ int, after bool, w http.ResponseWriter, r *http.Request) bool {
		switch {
		case after && r.Method == http.MethodPost:
			fmt.Fprintf(w, `{"name":%q,"metadata":{"ephemeralMessage":"Creating resources","warning":["It is slow."]}}`, name)
		case !after && strings.HasSuffix(r.URL.Path, name):
			looks++
			if looks < 40 {
				fmt.Fprintf(w, `{"name":%q,"metadata":{"ephemeralMessage":"Creating resources","warning":["It is slow."]}}`, name)
				break
			}
			fmt.Fprintf(w, `{"name":%q,"done":true,"error":{"code":9,"message":"Application startup error! Code: APP_CONTAINER_CRASHED\nNo module named 'scipy'\n"}}`, name)
		default:
			return false
		}
		return true
	}}
	var said []string
	_, err := s.target(t, b).Deploy(t.Context(), shop(first), imageOf(shop(first), "two"), run("bbbbbbbb", 5), func(text string) { said = append(said, text) })
	want := "releasing default: version 20261127t120005-bbbbbbbb: Application startup error! Code: APP_CONTAINER_CRASHED\nNo module named 'scipy'"
	if errs.KindOf(err) != errs.Build || err.Error() != want || errs.HintOf(err) == "" {
		t.Errorf("%v (hint %q), want %s", err, errs.HintOf(err), want)
	}
	once := []string{"version 20261127t120005-bbbbbbbb is being made", "App Engine warns: It is slow.", "Creating resources"}
	if len(said) < 4 || !cmp.Equal(said[:3], once) || !strings.HasSuffix(said[3], " so far: Creating resources") || len(said) > 20 {
		t.Errorf("it says %q", said)
	}
	s.ends(t, first, one.Revision)
	if all, err := s.Revisions(t.Context(), shop(first)); err != nil || len(all) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestCheck refuses what a release would fail for.
func TestCheck(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, tt := range []struct {
		name   string
		spec   release.Spec
		answer string // to the look at the application
		want   string
		kind   errs.Kind
	}{
		{"in order", shop(first), "", "", errs.None},
		{"not the first", shop("worker"), "", "must be default", errs.Usage},
		{"no application", release.Spec{Project: "other", Service: first}, "", "nothing to release to in other: it has no App Engine application", errs.NotFound},
		{"stopped", shop(first), `{"servingStatus":"USER_DISABLED"}`, "is disabled", errs.Usage},
		{"stopped by Google", shop(first), `{"servingStatus":"SYSTEM_DISABLED"}`, "Google has disabled", errs.Usage},
	} {
		b := &between{at: func(_ int, after bool, w http.ResponseWriter, r *http.Request) bool {
			if tt.answer != "" && !after {
				fmt.Fprint(w, tt.answer)
			}
			return tt.answer != "" && !after
		}}
		err := s.target(t, b).Check(t.Context(), tt.spec, release.Service{})
		if errs.KindOf(err) != tt.kind || err != nil && (!strings.Contains(err.Error(), tt.want) || errs.HintOf(err) == "") {
			t.Errorf("%s: %v (%v), want %s", tt.name, err, errs.KindOf(err), tt.want)
		}
	}
}

func TestFront(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{"502 Bad Gateway": true, "Error: Server Error": true, "502, says the app": false, "": false} {
		if front(502, line) != want || front(200, line) {
			t.Errorf("%q: %v", line, !want)
		}
	}
}

// TestSettle keeps the newest of ours, and lets alone what others made.
func TestSettle(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	spec := shop(first)
	theirs := Version{ID: "theirs", Env: "flex", Runtime: "custom", Deployment: &Deployment{Container{"europe-west1-docker.pkg.dev/shop/x/y@" + digestOf("theirs")}}}
	if err := s.api.Call(t.Context(), "deploying as others do", http.MethodPost, "v1/"+named(spec)+"/versions", theirs, nil); err != nil {
		t.Fatal(err)
	}
	spec.Settings = []byte(`{"keep_versions":1}`)
	var r release.Released
	for n := range 4 {
		var err error
		if r, err = up(t.Context(), s.Target, spec, fmt.Sprint(n), run(fmt.Sprintf("%08d", n), n)); err != nil {
			t.Fatal(err)
		}
	}
	s.ends(t, first, r.Revision)
	var ids []string
	found, err := s.Revisions(t.Context(), spec)
	for _, v := range found {
		ids = append(ids, v.Name)
	}
	want := []string{"20261127t120003-00000003", "20261127t120002-00000002", "20261127t120001-00000001", "theirs"}
	if diff := cmp.Diff(want, ids); diff != "" || err != nil {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
	ok, left, err := s.Delete(t.Context(), spec)
	if !ok || !strings.Contains(left, "version "+r.Revision+" stays, and is stopped") || err != nil {
		t.Errorf("%v, %q, %v", ok, left, err)
	}
	if ids := s.running(t.Context(), t, first); len(ids) > 0 {
		t.Errorf("%v run", ids)
	}
}
