package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/empty"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/appengine"
	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/ask"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/release/releasetest"
)

// kind is a target as it is held to what all of them must do.
type kind struct {
	release.Kind
	dial     func(*gcp.Access) release.Target
	settings string                   // of its section, for the app that is released
	prepare  func(*testing.T, *world) // makes what a project must have for it; nil = nothing
	// lacks are the rows of contract that do not hold for it, and why.
	lacks map[string]string
}

// kinds are the targets. Another one is held to all of it by its line here.
var kinds = []kind{
	{Kind: run.Kind, dial: run.NewTarget, settings: "run: {allow_unauthenticated: true}\n"},
	{Kind: appengine.Kind, dial: appengine.NewTarget, prepare: application},
}

// application makes the project's application, and its first service: the one that is
// released here is another.
func application(t *testing.T, w *world) {
	t.Helper()
	api := gcp.NewJSON(w.access, gcp.AppEngine)
	err := api.Call(t.Context(), "creating the application", http.MethodPost, "v1/apps", map[string]string{"id": project, "locationId": "europe-west"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := w.plan(t, w.app).Release
	s.Service = "default"
	by := release.Run{ID: "first", Started: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)}
	if _, err := appengine.NewTarget(w.access).Deploy(t.Context(), s, w.pushed(t, "default"), by, nil); err != nil {
		t.Fatal(err)
	}
}

// pushed is an image whose container answers with text.
func (w *world) pushed(t *testing.T, text string) string {
	t.Helper()
	digest, err := w.registry().Push(t.Context(), "hello", "text-"+text, layered(t, empty.Image, text, map[string]string{"e2e.text": text}))
	if err != nil {
		t.Fatal(err)
	}
	return w.registry().Ref("hello", digest)
}

// kindOf is the target of a name.
func kindOf(name string) kind {
	return kinds[slices.IndexFunc(kinds, func(k kind) bool { return k.Config.Name == name })]
}

// TestEveryTargetIsHeld: none of the program's targets is forgotten.
func TestEveryTargetIsHeld(t *testing.T) {
	t.Parallel()
	for _, target := range clients.Settings() {
		held := slices.ContainsFunc(kinds, func(k kind) bool { return k.Config.Name == target.Name })
		if !held {
			t.Errorf("%s is not held to the contract", target.Name)
		}
	}
	for _, k := range kinds {
		for name, why := range k.lacks {
			if why == "" || !slices.ContainsFunc(rows, func(r row) bool { return r.name == name }) {
				t.Errorf("%s lacks %q, because %q", k.Title, name, why)
			}
		}
	}
}

// TestTargetHolds: each target's calls do what commands, plan and builder build on.
func TestTargetHolds(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		t.Run(k.Config.Name, func(t *testing.T) {
			t.Parallel()
			w := k.world(t)
			images := map[string]string{}
			for _, text := range []string{"one", "two", "three", "four", "five", "tagged", "tried", "anew", "lost", "late", "a", "b", "c", "crash"} {
				images[text] = w.pushed(t, text)
			}
			releasetest.Hold(t, releasetest.Subject{
				Kind: k.Kind, Target: k.dial(w.access), Spec: w.plan(t, w.app).Release,
				Image: func(text string) string { return images[text] }, Broken: images["crash"],
			})
		})
	}
}

// world is emulators where an app goes to the target.
func (k kind) world(t *testing.T) targetWorld {
	t.Helper()
	w := newWorld(t, false)
	file := filepath.Join(w.app, "gcpdeploy.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.Replace(string(text), "run: {allow_unauthenticated: true}\n", "target: "+k.Config.Name+"\n"+k.settings, 1))
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if k.prepare != nil {
		k.prepare(t, w)
	}
	return targetWorld{w, k}
}

// targetWorld is a world where an app goes to a target.
type targetWorld struct {
	*world
	kind
}

// do runs a command on the app, and gives what it printed.
func (w targetWorld) do(t *testing.T, exit int, words string) string {
	t.Helper()
	return w.command(t.Context(), w.of(strings.Fields(words)...)).text(t, exit)
}

// read is do with --json, into a value.
func (w targetWorld) read(t *testing.T, into any, words string) {
	t.Helper()
	if err := json.Unmarshal([]byte(w.do(t, 0, words+" --json")), into); err != nil {
		t.Fatal(err)
	}
}

// edit changes a line of the app.
func (w targetWorld) edit(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.app, "wsgi.py"), []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// up releases the app with a line of its own.
func (w targetWorld) up(t *testing.T, text string, more ...string) result {
	t.Helper()
	w.edit(t, text)
	return w.run(t.Context(), w.app, more...).wait(t, 0)
}

// serves is that the service answers so.
func (w targetWorld) serves(t *testing.T, text string) {
	t.Helper()
	st, ok, err := w.dial(w.access).State(t.Context(), release.Spec{Project: project, Region: region, Service: "hello"})
	if err != nil || !ok {
		t.Fatalf("%v, %v", ok, err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, st.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := ask.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var a answer
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil || a.Text != text {
		t.Errorf("%s answers %s %+v, %v; want %q", st.URL, res.Status, a, err, text)
	}
}

// released is a line of `releases --json`.
type released struct {
	Revision, Image, Message, Before, Run string
	Ready, Stopped                        bool
	Percent                               int
}

func (w targetWorld) releases(t *testing.T) []released {
	t.Helper()
	var r struct{ Releases []released }
	w.read(t, &r, "releases")
	return r.Releases
}
