package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/cmd"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/ask"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// plan is `gcpdeploy plan --json`.
func (w *world) plan(t *testing.T, app string) plan.Plan {
	t.Helper()
	var out, err bytes.Buffer
	s := ui.Streams{In: strings.NewReader(""), Out: &out, Err: &err, Width: func() int { return 80 }}
	if exit := cmd.Main(t.Context(), s, deps(w.lookup, w.dir), []string{"gcpdeploy", "plan", "--json", "--source", app}); exit != 0 {
		t.Fatalf("plan: %d, %s%s", exit, &out, &err)
	}
	var p plan.Plan
	if err := json.Unmarshal(out.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// serves asks the service what it is.
func (w *world) serves(t *testing.T) answer {
	t.Helper()
	st, ok, err := run.NewTarget(w.access).State(t.Context(), release.Spec{Project: project, Region: region, Service: "hello"})
	if err != nil || !ok {
		t.Fatalf("the service: %v, %v", ok, err)
	}
	return w.answer(t, st.URL)
}

// answer is what is at a URL.
func (w *world) answer(t *testing.T, url string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Client{Transport: ask.Transport()}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	var a answer
	if err != nil || res.StatusCode != http.StatusOK || json.Unmarshal(body, &a) != nil {
		t.Fatalf("%s answers %s %q, %v", url, res.Status, body, err)
	}
	return a
}

var isKey = regexp.MustCompile(`^[0-9a-f]{64}$`)

// keyTags are an image's tags that are keys, with their digests.
func (w *world) keyTags(t *testing.T, image string) map[string]string {
	t.Helper()
	tags, err := w.registry().Tags(t.Context(), image)
	if err != nil {
		t.Fatal(err)
	}
	for tag := range tags {
		if !isKey.MatchString(tag) {
			delete(tags, tag)
		}
	}
	return tags
}

// steps are the ids of the steps started so far, or only those of id.
func (w *world) steps(t *testing.T, id plan.StepID) (ids []plan.StepID) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(w.dir, "steps.log"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if step, _, _ := strings.Cut(line, " "); id == "" || plan.StepID(step) == id {
			ids = append(ids, plan.StepID(step))
		}
	}
	return ids
}

// settled checks the end state of an app that was released: what must be the
// same however often and wherever a run was cut. others are the texts of sources
// that were tested as well.
func (w *world) settled(t *testing.T, text string, others ...string) {
	t.Helper()
	if w.server != nil { // the build of a client that was killed may end later than the one that came after
		for _, b := range w.cloudbuild().Builds() {
			if _, err := w.cloudbuild().Wait(t.Context(), b.GetId()); err != nil {
				t.Fatal(err)
			}
		}
	}
	p := w.plan(t, w.app)
	if !p.NothingToDo {
		t.Errorf("there is something left to do: keys %+v, image %+v, steps %v", p.Keys, p.Image, p.Steps)
	}
	got := w.serves(t)
	if got.Text != text || got.Image != p.Image.Digest {
		t.Errorf("it serves %+v, want %q of %s", got, text, p.Image.Digest)
	}
	if got.Base != p.Keys.Runtime.Digest {
		t.Errorf("the app is built on %s, and the runtime's key says %s", got.Base, p.Keys.Runtime.Digest)
	}
	for _, c := range []struct {
		image string
		key   plan.Status
		tags  int
	}{
		{plan.Wheels, plan.Status{Key: p.Keys.Wheels.Key}, 2}, // W, and the content key
		{plan.Runtime, p.Keys.Runtime, 1},
		{plan.TestEnv, p.Keys.TestEnv, 1},
		{"hello", p.Image, 1 + len(others)},
	} {
		tags := w.keyTags(t, c.image)
		if tags[c.key.Key] == "" || c.key.Digest != "" && tags[c.key.Key] != c.key.Digest {
			t.Errorf("%s has no tag for its key %+v: %v", c.image, c.key, tags)
		}
		if len(tags) != c.tags {
			t.Errorf("%s has the key tags %v, want %d", c.image, tags, c.tags)
		}
	}
}
