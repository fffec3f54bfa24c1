package e2e

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emulogging "github.com/gcpdeploy/gcpdeploy/gcp/emulator/logging"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/storage"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// TestLogTrouble: whatever is wrong with a build's log, the deploy ends well, and
// who lacks a role is told which one.
func TestLogTrouble(t *testing.T) {
	t.Parallel()
	objects := func(w *world) *storage.Store { return emulator.Get[*storage.Store](w.server) }
	entries := func(w *world) *emulogging.Server { return emulator.Get[*emulogging.Server](w.server) }
	for _, tt := range []struct {
		name         string
		fault        func(*world)
		says, saysNo string
	}{
		{"the object is denied", func(w *world) { objects(w).Faults.Fail("objects.media", 1000, codes.PermissionDenied) }, `"stage":"test"`, `"warning"`},
		{"all is denied", func(w *world) {
			objects(w).Faults.Fail("objects.media", 1000, codes.PermissionDenied)
			entries(w).Faults.Fail("ListLogEntries", 1000, codes.PermissionDenied)
		}, "roles/logging.viewer", ""},
		{"the object is missing", func(w *world) { objects(w).Faults.Fail("objects.media", 1000, codes.NotFound) }, `"stage":"release"`, `"warning"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, false)
			tt.fault(w)
			u := w.run(t.Context(), w.app)
			u.wait(t, 0)
			if text := u.out.String(); !strings.Contains(text, tt.says) || tt.saysNo != "" && strings.Contains(text, tt.saysNo) {
				t.Errorf("it says\n%s", text)
			}
			w.settled(t, "one")
		})
	}
	t.Run("the object shrinks", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, false)
		w.hold(t, "during", plan.StepTest)
		u := w.run(t.Context(), w.app)
		w.reached(t, "during", plan.StepTest, u)
		u.says(t, `"stage":"test","status":"started"`)
		b := w.cloudbuild().Builds()[0]
		w.overwrite(t, strings.TrimPrefix(b.GetLogsBucket(), "gs://"), "log-"+b.GetId()+".txt", "short")
		w.open(t, "during", plan.StepTest)
		u.wait(t, 0)
		w.settled(t, "one")
	})
}

// overwrite puts text into an object's place.
func (w *world) overwrite(t *testing.T, bucket, object, text string) {
	t.Helper()
	token, err := os.ReadFile(filepath.Join(w.dir, "state", "token"))
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		"http://"+w.addr+"/upload/storage/v1/b/"+bucket+"/o?uploadType=media&name="+url.QueryEscape(object), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	req.Header.Set("Content-Type", "text/plain")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if _ = res.Body.Close(); res.StatusCode != http.StatusOK {
		t.Fatalf("overwriting the log: %s", res.Status)
	}
}
