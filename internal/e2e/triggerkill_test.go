package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	emubuild "github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// triggered is a world whose app is a folder of a git repository with a trigger.
type triggered struct {
	*world
	top string
}

func newTriggered(t *testing.T) *triggered {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git")
	}
	w := &triggered{world: newWorld(t, false)}
	w.top = filepath.Dir(w.app)
	w.git(t, "init", "-q", "-b", "main")
	w.git(t, "remote", "add", "origin", "git@github.com:ada/shop.git")
	w.commit(t)
	w.command(t.Context(), w.of("setup", "--yes")).text(t, 0)
	ask := func(method, path, body string) (out struct {
		InstallationState struct{ Stage string }
	}) {
		t.Helper()
		var in any
		if body != "" {
			in = json.RawMessage(body)
		}
		if err := gcp.NewJSON(w.access, gcp.CloudBuild).Call(t.Context(), "connecting", method, "v2/projects/"+project+"/locations/"+region+"/connections"+path, in, &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	ask(http.MethodPost, "?connectionId=hub", `{"githubConfig":{"appInstallationId":"1"}}`)
	until(t, "the connection is complete", func() bool { return ask(http.MethodGet, "/hub", "").InstallationState.Stage == "COMPLETE" })
	ask(http.MethodPost, "/hub/repositories?repositoryId=ada-shop", `{"remoteUri":"https://github.com/ada/shop.git"}`)
	w.hear(t, emubuild.Hook{})
	w.command(t.Context(), w.of("trigger", "create", "--name", "hello-push")).text(t, 0)
	return w
}

func (w *triggered) git(t *testing.T, args ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "git", append([]string{"-C", w.top, "-c", "user.name=a", "-c", "user.email=a@b.c"}, args...)...)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func (w *triggered) commit(t *testing.T) {
	t.Helper()
	w.git(t, "add", ".")
	w.git(t, "commit", "-q", "-m", "a line")
}

func (w *triggered) hear(t *testing.T, h emubuild.Hook) emubuild.Answer {
	t.Helper()
	h.Folder = w.top
	a, err := w.cloudbuild().Hear(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	return *a
}

// TestKillTriggered kills the step of a trigger's build at each of its own steps, and
// runs the trigger again: the end is the same, and what was published is used.
func TestKillTriggered(t *testing.T) {
	t.Parallel()
	eachCut(t, true, nil, func(t *testing.T, phase string, step plan.StepID) {
		w := newTriggered(t)
		if err := os.WriteFile(filepath.Join(w.app, "wsgi.py"), []byte("two\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		w.commit(t)
		w.hold(t, phase, step)
		fired := w.hear(t, emubuild.Hook{Push: &emubuild.Push{}}).Triggers
		if len(fired) != 1 || !fired[0].Fired {
			t.Fatalf("%+v", fired)
		}
		until(t, "the build comes to "+string(step), func() bool {
			_, err := os.Stat(w.held(phase, step))
			if b := w.cloudbuild().Builds(); err != nil && len(b) == 1 && b[0].GetFinishTime() != nil {
				t.Fatalf("the build ended before: %v", b[0])
			}
			return err == nil
		})
		w.killProcess(t)
		if b, err := w.cloudbuild().Wait(t.Context(), fired[0].Build); err != nil || b.GetStatus() != cloudbuildpb.Build_FAILURE {
			t.Fatalf("%v, %v", b, err)
		}
		published := len(w.keyTags(t, plan.Wheels)) > 0
		w.command(t.Context(), w.of("trigger", "run", "hello-push", "--wait")).text(t, 0)
		if n := len(w.cloudbuild().Builds()); n != 2 {
			t.Errorf("%d builds", n)
		}
		w.settled(t, "two")
		if n := len(w.steps(t, plan.StepWheels)); published && n != 1 {
			t.Errorf("the wheels were published, and built %d times", n)
		}
	})
}

// killProcess is SIGKILL for the program that a step runs.
func (w *triggered) killProcess(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, "process"))
	if err != nil {
		t.Fatal(err)
	}
	id, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := os.FindProcess(id)
	if err == nil {
		err = p.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
}
