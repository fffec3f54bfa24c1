package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	emubuild "github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// TestTriggerIsSeen: what a trigger deploys is seen on a laptop while it runs, by its own
// id and by that of the build that it is a step of; it is stopped, waited for and read by the
// latter, and every hint says so.
func TestTriggerIsSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.command(t.Context(), w.of("setup", "--yes")).text(t, 0)
	w.inGit(t)
	w.command(t.Context(), w.of("trigger", "create")).text(t, 0)
	push := func(text string) (id string) {
		t.Helper()
		w.hold(t, "during", plan.StepTest)
		if err := os.WriteFile(filepath.Join(w.app, "wsgi.py"), []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		w.commit(t)
		id = w.hear(t, emubuild.Hook{Push: &emubuild.Push{Ref: "refs/heads/main"}})["hello-push"]
		if id == "" {
			t.Fatal("the trigger did not fire")
		}
		until(t, "the trigger's run tests the app", func() bool {
			_, err := os.Stat(w.held("during", plan.StepTest))
			return err == nil
		})
		return id
	}
	say := func(exit int, words string, wants ...string) string {
		t.Helper()
		text := w.command(t.Context(), w.of(strings.Fields(words)...)).text(t, exit)
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s says no %q:\n%s", words, want, text)
			}
		}
		return text
	}

	first := push("two")
	text := say(1, "status", "there is no service hello in demo, europe-west1 yet; run "+first+"-", ", in Cloud Build "+first+", deploys it", "gcpdeploy logs --build --follow "+first+"`")
	inner := regexp.MustCompile(first + "-[0-9a-f]{8}").FindString(text)
	stop := "Run `gcpdeploy cancel " + first + "`, which stops all of that build."
	say(2, "cancel", "run "+inner+" deploys hello and is no build of its own: it runs in Cloud Build "+first, stop)
	say(2, "cancel "+inner, "run "+inner+" is a step of build "+first, stop)
	say(0, "logs --build "+inner, "run "+inner+" is a step of build "+first+", whose log this is", "hello → Cloud Run, demo, europe-west1")
	waits := w.command(t.Context(), w.of("status", "--wait"))
	waits.says(t, "waiting for run "+inner+", in Cloud Build "+first)
	w.open(t, "during", plan.StepTest)
	waited := waits.text(t, 0)
	for _, want := range []string{" serves 100 %", "  build     " + first + " SUCCESS\n"} {
		if !strings.Contains(waited, want) {
			t.Errorf("status --wait says no %q:\n%s", want, waited)
		}
	}
	if strings.Contains(say(0, "status"), "running") {
		t.Error("status says that what has ended runs")
	}
	say(0, "logs --build", "hello → Cloud Run, demo, europe-west1", "DONE")
	say(1, "cancel "+inner, "build "+first+" has ended: SUCCESS")
	say(1, "cancel", "no build of hello is running")

	// One that is stopped is no longer running at once, though its lease says nothing of that.
	second := push("three")
	var r struct {
		Runs []struct{ ID, Build, In string }
	}
	if err := json.Unmarshal([]byte(say(0, "status --json")), &r); err != nil || len(r.Runs) != 1 || r.Runs[0].Build != second || !strings.HasPrefix(r.Runs[0].ID, second+"-") {
		t.Errorf("%+v, %v", r, err)
	}
	say(0, "status", "  build     "+second+" WORKING\n", "  running   "+second+"-")
	say(0, "cancel "+second, "build "+second+" was cancelled")
	if text := say(0, "status", "  build     "+second+" CANCELLED\n"); strings.Contains(text, "running") {
		t.Errorf("status of what was stopped:\n%s", text)
	}
	if got := w.serves(t); got.Text != "two" {
		t.Errorf("it serves %+v", got)
	}
}

// TestPullRequestIsNoDeploy: what a pull request builds is not taken for what deploys.
func TestPullRequestIsNoDeploy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.command(t.Context(), w.of("setup", "--yes", "--pull-requests")).text(t, 0)
	w.inGit(t)
	w.command(t.Context(), w.of("trigger", "create", "--pull-request")).text(t, 0)
	w.run(t.Context(), w.app).wait(t, 0)
	w.hold(t, "during", plan.StepTest)
	w.git(t, "checkout", "-q", "-b", "more")
	if err := os.WriteFile(filepath.Join(w.app, "wsgi.py"), []byte("two\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.commit(t)
	id := w.hear(t, emubuild.Hook{Pull: &emubuild.Pull{Number: 7, Head: "more"}})["hello-pull-request"]
	until(t, "the pull request is tested", func() bool {
		_, err := os.Stat(w.held("during", plan.StepTest))
		return err == nil
	})
	if text := w.command(t.Context(), w.of("status", "--wait")).text(t, 0); !strings.Contains(text, "  running   "+id+"-") || strings.Contains(text, "build     "+id) {
		t.Errorf("status says:\n%s", text)
	}
	if text := w.command(t.Context(), w.of("cancel")).text(t, 1); !strings.Contains(text, "no build of hello is running") {
		t.Errorf("cancel says:\n%s", text)
	}
	w.open(t, "during", plan.StepTest)
	w.outcome(t, id)
}

// TestRunElsewhereIsSeen: of a run on a CI system's runner it is said where it is.
func TestRunElsewhereIsSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	held := w.leaseFor(t, w.app)
	for words, wants := range map[string][]string{
		"logs --build " + held.ID: {"run " + held.ID + " is no build of Cloud Build: it runs in GitHub Actions", "See https://github.example/runs/7"},
		"cancel " + held.ID:       {"run " + held.ID + " is no build of Cloud Build", "https://github.example/runs/7"},
		"cancel":                  {"run " + held.ID + " deploys hello", "Stop it there: https://github.example/runs/7"},
		"status":                  {"there is no service hello", "run " + held.ID + ", in GitHub Actions", "See https://github.example/runs/7"},
	} {
		u := w.command(t.Context(), w.of(strings.Fields(words)...))
		<-u.done
		for _, want := range wants {
			if !strings.Contains(u.out.String(), want) || u.exit == 0 {
				t.Errorf("%s ends with %d, and says no %q:\n%s", words, u.exit, want, u.out.String())
			}
		}
	}
}
