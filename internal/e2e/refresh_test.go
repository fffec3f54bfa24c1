package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/cmd"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// refresh is `gcpdeploy wheels refresh --json`.
func (w *world) refresh(t *testing.T, exit int, more ...string) (r engine.RefreshResult, output string) {
	t.Helper()
	var out bytes.Buffer
	s := ui.Streams{In: strings.NewReader(""), Out: &out, Err: &out, Width: func() int { return 80 }}
	args := append([]string{"gcpdeploy", "wheels", "refresh", "--json", "--source", w.app}, more...)
	if got := cmd.Main(t.Context(), s, deps(w.lookup, w.dir), args); got != exit {
		t.Fatalf("refresh: %d, want %d\n%s", got, exit, &out)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil {
		t.Fatalf("%v in %s", err, &out)
	}
	return r, out.String()
}

// newer lets the requirements come to something else from now on.
func (w *world) newer(t *testing.T, resolution string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, "resolution"), []byte(resolution), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestRefresh follows the wheels of an app through a refresh that changes
// nothing, one that may only look, one whose tests fail, and one that succeeds.
func TestRefresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	if r, _ := w.refresh(t, 1); r.Status != "" {
		t.Errorf("there is nothing to refresh yet: %+v", r)
	}
	w.run(t.Context(), w.app).wait(t, 0)
	before := w.plan(t, w.app)
	tags := func() string {
		return w.keyTags(t, plan.Wheels)[before.Keys.Wheels.Key] + " " + w.keyTags(t, plan.Runtime)[before.Keys.Runtime.Key]
	}
	old := tags()

	r, _ := w.refresh(t, 0)
	if r.Status != "nothing_to_do" || len(r.Builds) != 1 || len(r.Changed) != 0 || r.Packages != 1 {
		t.Errorf("nothing is newer: %+v", r)
	}
	w.newer(t, `{"packages":[{"name":"flask","version":"3.0.1","build_key":"b"},{"name":"new","version":"1"}]}`)
	r, _ = w.refresh(t, 0, "--dry-run")
	changes := []plan.Changed{{Name: "flask", Old: "3.0.0", New: "3.0.1"}, {Name: "new", New: "1"}}
	if r.Status != "would_change" || !slices.Equal(r.Changed, changes) || len(r.Builds) != 1 {
		t.Errorf("a dry run: %+v", r)
	}

	fail := filepath.Join(w.dir, "fail-test")
	if err := os.WriteFile(fail, []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, out := w.refresh(t, 1); !strings.Contains(out, "as the script says") {
		t.Errorf("the tests' own output is not shown:\n%s", out)
	}
	if got := tags(); got != old || !w.plan(t, w.app).NothingToDo {
		t.Errorf("a refresh whose tests failed has moved %s to %s", old, got)
	}
	if err := os.Remove(fail); err != nil {
		t.Fatal(err)
	}

	r, _ = w.refresh(t, 0)
	if r.Status != "promoted" || !slices.Equal(r.Changed, changes) || len(r.Builds) != 3 || r.Runtime == "" {
		t.Errorf("a refresh: %+v", r)
	}
	if got := tags(); got != r.Wheels+" "+r.Runtime {
		t.Errorf("the tags point to %s, promoted were %+v", got, r)
	}
	p := w.plan(t, w.app)
	if p.Keys.Runtime.Digest != r.Runtime || p.Keys.Runtime.Status != plan.Hit || p.Keys.TestEnv.Status != plan.Hit || p.Image.Status != plan.Hit {
		t.Errorf("the next deploy gets %+v, image %+v", p.Keys, p.Image)
	}
	w.run(t.Context(), w.app).wait(t, 0)
	if got := w.serves(t); got.Base != r.Runtime {
		t.Errorf("it serves on %s, promoted was %s", got.Base, r.Runtime)
	}
	if r, _ = w.refresh(t, 0); r.Status != "nothing_to_do" || len(r.Builds) != 1 {
		t.Errorf("once more: %+v", r)
	}
}

// TestRefreshDeployedSource: what is tested is what is deployed, not what lies
// in the folder.
func TestRefreshDeployedSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.run(t.Context(), w.app).wait(t, 0)
	if err := os.WriteFile(filepath.Join(w.app, "requirements.txt"), []byte("flask==9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, _ := w.refresh(t, 0); r.Status != "nothing_to_do" {
		t.Errorf("%+v", r)
	}
}

// TestRefreshPartOfRepository: of an app with a package beside its folder, what lies
// in the folders is refreshed, and that is said: its lock was not sent.
func TestRefreshPartOfRepository(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	for name, text := range map[string]string{
		filepath.Join(w.app, "requirements.txt"):      "flask==3.0.0\nnumpy==2.1.0\n-e ../lib\n",
		filepath.Join(w.app, "../lib/pyproject.toml"): "[build-system]\nrequires = [\"setuptools\"]\n[project]\nname = \"lib\"\nversion = \"1\"\n",
		filepath.Join(w.app, "../lib/lib.py"):         "x = 1\n",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.run(t.Context(), w.app).wait(t, 0)
	if p := w.plan(t, w.app); p.Source.App != "hello-one" {
		t.Fatalf("the app is in %q of what is sent", p.Source.App)
	}
	r, said := w.refresh(t, 0)
	if r.Status != "nothing_to_do" || !strings.Contains(said, "what was deployed is a part of a repository, without its lock file: its source is the one at hand") {
		t.Errorf("%+v\n%s", r, said)
	}
	w.newer(t, `{"packages":[{"name":"flask","version":"3.0.1","build_key":"b"}]}`)
	if r, said = w.refresh(t, 0); r.Status != "promoted" || len(r.Builds) != 3 {
		t.Errorf("%+v\n%s", r, said)
	}
	// The next deploy takes what was refreshed.
	if p := w.plan(t, w.app); p.Keys.Runtime.Status != plan.Hit {
		t.Errorf("%+v", p.Keys)
	}
}

// TestDeployWhileRefreshing: a deploy that comes while a refresh is under way
// gets all of the old.
func TestDeployWhileRefreshing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.run(t.Context(), w.app).wait(t, 0)
	old := w.plan(t, w.app).Keys.Runtime.Digest
	w.newer(t, `{"packages":[{"name":"flask","version":"3.0.1","build_key":"b"}]}`)
	w.hold(t, "before", plan.StepPromote)
	refreshed := make(chan engine.RefreshResult)
	go func() {
		r, _ := w.refresh(t, 0)
		refreshed <- r
	}()
	until(t, "the refresh comes to its promotion", func() bool {
		_, err := os.Stat(w.held("before", plan.StepPromote))
		return err == nil
	})
	if err := os.WriteFile(filepath.Join(w.app, "wsgi.py"), []byte("two\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.run(t.Context(), w.app).wait(t, 0)
	if got := w.serves(t); got.Text != "two" || got.Base != old {
		t.Errorf("it serves %+v, and the old runtime is %s", got, old)
	}
	w.open(t, "before", plan.StepPromote)
	r := <-refreshed
	w.run(t.Context(), w.app).wait(t, 0)
	if got := w.serves(t); got.Text != "two" || got.Base != r.Runtime {
		t.Errorf("it serves %+v, promoted was %+v", got, r)
	}
}
