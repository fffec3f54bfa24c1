package e2e

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/cmd"
	"github.com/gcpdeploy/gcpdeploy/gcp/inbuild"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// outer is the Cloud Build that the runs here are steps of.
const outer = "c0ffee00-1111-2222-3333-444455556666"

// machineDir is the variable that says where a client's own builds run.
const machineDir = "GCPDEPLOY_E2E_MACHINE"

// machine has builds run in a client, by the script.
func machine(dir string) func(context.Context) (inbuild.Machine, error) {
	return func(context.Context) (inbuild.Machine, error) {
		s := &script{dir, func() time.Duration { return 0 }}
		return inbuild.Machine{Dir: filepath.Join(dir, "runs"), Executor: s}, nil
	}
}

// inBuild are the variables of a step of Cloud Build.
func (w *world) inBuild() []string {
	return append(w.env(), "BUILD_ID="+outer, "PROJECT_ID="+project, "LOCATION="+region, "REPO_FULL_NAME=acme/shop", "COMMIT_SHA=", "BUILDER_OUTPUT="+w.dir, machineDir+"="+w.dir)
}

func (w *world) lookupInBuild(name string) (string, bool) {
	for _, line := range w.inBuild() {
		if k, v, _ := strings.Cut(line, "="); k == name {
			return v, true
		}
	}
	return "", false
}

// step runs a command as a step of a Cloud Build does.
func (w *world) step(ctx context.Context, args ...string) *up {
	u := &up{done: make(chan struct{})}
	ctx, u.cancel = context.WithCancel(ctx)
	d := deps(w.lookupInBuild, w.dir)
	u.agent, d.Tune = w.wire.client()
	go func() {
		defer close(u.done)
		defer u.cancel()
		s := ui.Streams{In: strings.NewReader(""), Out: &u.out, Err: &u.out, Width: func() int { return 80 }}
		u.exit = cmd.Main(ctx, s, d, append([]string{"gcpdeploy"}, args...))
	}()
	return u
}

// noBuild fails where Cloud Build was asked for a build, and where a run left a thing.
func (w *world) noBuild(t *testing.T) {
	t.Helper()
	if w.server != nil {
		if n := len(w.cloudbuild().Builds()); n != 0 {
			t.Errorf("%d builds were created inside of one", n)
		}
	}
	if left, err := os.ReadDir(filepath.Join(w.dir, "runs")); err == nil && len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestInBuild: a step of a Cloud Build deploys on its own worker, and leaves what a
// laptop would have left: the laptop has nothing to do afterwards, and a refresh finds
// the source that was deployed.
func TestInBuild(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	r := w.step(t.Context(), args(w.app)[1:]...).wait(t, 0)
	if r.Status != "released" || !strings.HasPrefix(r.Build, outer+"-") {
		t.Errorf("%+v", r)
	}
	w.noBuild(t)
	var output result
	data, err := os.ReadFile(filepath.Join(w.dir, "output"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &output); err != nil || output.URL != r.URL || output.Revision != r.Revision || output.Image != r.Image {
		t.Errorf("the outer build is told %s", data)
	}
	// Its log is all there is: what the steps printed stands below them.
	w.app = w.newApp(t, "hello", "two")
	text := w.step(t.Context(), "up", "--source", w.app).text(t, 0)
	for _, want := range []string{"\n  wheels         hit ", "\n  runtime        hit ", "\n  release ", " serves 100 %", "\n    hello-"} {
		if !strings.Contains(text, want) {
			t.Errorf("the log has no %q:\n%s", want, text)
		}
	}
	if n := len(w.steps(t, plan.StepWheels)); n != 1 {
		t.Errorf("the wheels were built %d times", n)
	}
	if r := w.run(t.Context(), w.app).wait(t, 0); r.Status != "nothing_to_do" {
		t.Errorf("the laptop says %+v", r)
	}
	if text := w.step(t.Context(), "up", "--source", w.app).text(t, 0); !strings.Contains(text, "nothing to do: ") {
		t.Errorf("a second run says:\n%s", text)
	}
	w.noBuild(t)
	w.settled(t, "two", "one")

	// A schedule's build has no workspace.
	w.newer(t, `{"packages":[{"name":"flask","version":"3.1.0","build_key":"b"}]}`)
	empty := t.TempDir()
	text = w.step(t.Context(), "wheels", "refresh", "--source", empty, "--service", "hello", "--json").text(t, 0)
	if !strings.Contains(text, `"status":"promoted"`) || !strings.Contains(text, "3.1.0") {
		t.Errorf("a refresh says\n%s", text)
	}
	w.noBuild(t)
	if r := w.step(t.Context(), args(w.app)[1:]...).wait(t, 0); r.Status != "released" {
		t.Errorf("after the refresh: %+v", r)
	}
	w.noBuild(t)
}

// TestInBuildAfterLaptop: what a laptop made is reused, and its builds are seen.
func TestInBuildAfterLaptop(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.hold(t, "during", plan.StepRuntime)
	laptop := w.run(t.Context(), w.app)
	w.reached(t, "during", plan.StepRuntime, laptop)
	step := w.step(t.Context(), args(w.app)[1:]...)
	step.says(t, "following it")
	w.open(t, "during", plan.StepRuntime)
	a, b := laptop.wait(t, 0), step.wait(t, 0)
	if a.Revision != b.Revision || a.Image != b.Image {
		t.Errorf("%+v and %+v", a, b)
	}
	if n := len(w.cloudbuild().Builds()); n != 1 {
		t.Errorf("%d builds", n)
	}
	w.settled(t, "one")
}

// TestInBuildCancelled: a step that is stopped stops its own steps, and leaves nothing.
func TestInBuildCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.hold(t, "during", plan.StepTest)
	cut := w.step(t.Context(), args(w.app)[1:]...)
	w.reached(t, "during", plan.StepTest, cut)
	cut.cancel()
	if r := cut.wait(t, 130); r.Error.Kind != "interrupted" {
		t.Errorf("%+v", r)
	}
	w.noBuild(t)
	w.step(t.Context(), args(w.app)[1:]...).wait(t, 0)
	w.noBuild(t)
	w.settled(t, "one")
}

// TestInBuildFailing: a fault of the app's fails the step, and says why to the outer build.
func TestInBuildFailing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	if err := os.WriteFile(filepath.Join(w.dir, "fail-test"), []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := w.step(t.Context(), args(w.app)[1:]...).wait(t, 1)
	if r.Error.Kind != "build" || !strings.Contains(r.Error.Message, "step test failed") {
		t.Errorf("%+v", r)
	}
	data, err := os.ReadFile(filepath.Join(w.dir, "output"))
	if err != nil || !strings.Contains(string(data), `"failure":{"error":"step test failed`) {
		t.Errorf("the outer build is told %s, %v", data, err)
	}
	w.noBuild(t)
}

// TestInBuildRefuses: what makes no sense together is refused with the fix, and
// nothing is changed.
func TestInBuildRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--build-on", "cloud-build"}, "this is a step of a Cloud Build"},
		{[]string{"--async"}, "--async leaves a build to Cloud Build"},
		{[]string{"--build-provenance"}, "build.provenance (--build-provenance)"},
		{[]string{"--local"}, "--local is for a machine of your own"},
		{[]string{"--build-on", "dokcer"}, "Did you mean docker?"},
	} {
		text := w.step(t.Context(), append([]string{"up", "--source", w.app}, c.args...)...).text(t, 2)
		if !strings.Contains(text, c.want) || !strings.Contains(text, "hint: ") {
			t.Errorf("%q: no %q in\n%s", c.args, c.want, text)
		}
	}
	if steps := w.steps(t, ""); len(steps) > 0 {
		t.Errorf("steps ran: %v", steps)
	}
	w.noBuild(t)
}

// spawnStep is step as a process that can be killed.
func (w *world) spawnStep(t *testing.T) *up {
	t.Helper()
	u := &up{done: make(chan struct{})}
	u.process = exec.Command(os.Args[0], args(w.app)[1:]...)
	u.process.Env = append(w.inBuild(), role+"=client", "HOME="+w.dir)
	u.process.Stdout, u.process.Stderr = &u.out, &u.out
	if err := u.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(u.done)
		_ = u.process.Wait()
		u.exit = u.process.ProcessState.ExitCode()
	}()
	t.Cleanup(func() { _ = u.process.Process.Kill(); <-u.done })
	return u
}

// TestKillStep kills the step at each of its own steps: the next run comes to the
// same end, uses what was published, and removes what was left.
func TestKillStep(t *testing.T) {
	t.Parallel()
	eachCut(t, everyStep, func(t *testing.T, phase string, step plan.StepID) {
		w := newWorld(t, false)
		w.hold(t, phase, step)
		cut := w.spawnStep(t)
		w.reached(t, phase, step, cut)
		if err := cut.process.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		<-cut.done
		published := len(w.keyTags(t, plan.Wheels)) == 2
		if left, err := os.ReadDir(filepath.Join(w.dir, "runs")); err != nil || len(left) == 0 {
			t.Fatalf("a killed run leaves nothing: %v", err)
		}
		w.step(t.Context(), args(w.app)[1:]...).wait(t, 0)
		w.noBuild(t)
		w.settled(t, "one")
		if n := len(w.steps(t, plan.StepWheels)); published && n != 1 {
			t.Errorf("the wheels were published, and built %d times", n)
		}
	})
}
