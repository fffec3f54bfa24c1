package e2e

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/cmd"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// in are the world's variables with some more.
func (w *world) in(more map[string]string) map[string]string {
	env := map[string]string{"GCPDEPLOY_BUILD_ON": "cloud-build"}
	for _, line := range w.env() {
		name, value, _ := strings.Cut(line, "=")
		env[name] = value
	}
	maps.Copy(env, more)
	return env
}

// TestGitHubActions: a step of a workflow hands on what it deployed, and shows its
// stages on the job's page.
func TestGitHubActions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	outputs, summary := filepath.Join(w.dir, "output"), filepath.Join(w.dir, "summary")
	env := w.in(map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": w.app, "GITHUB_OUTPUT": outputs, "GITHUB_STEP_SUMMARY": summary,
		"GITHUB_EVENT_NAME": "push", "GITHUB_REF_NAME": "main", "GITHUB_REF_TYPE": "branch", "GITHUB_REPOSITORY": "acme/hello",
	})
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	u := w.commandIn(t.Context(), lookup, []string{"gcpdeploy", "up", "--source", w.app})
	if <-u.done; u.exit != 0 {
		t.Fatal(u.out.String())
	}
	p := w.plan(t, w.app)
	text := read(outputs)
	for _, want := range []string{
		"\nreleased\n", "url<<", p.Current.URL, "revision<<", p.Current.Revision, "image<<", p.Current.Image, `"runtime":"` + p.Keys.Runtime.Key + `"`, `"wheels":"` + p.Keys.Wheels.Key + `"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the outputs:\n%s", want, text)
		}
	}
	page := read(summary)
	for _, want := range []string{"### hello → Cloud Run, demo, europe-west1\n", "\n| wheels | miss |", "\n| test |", "\n| release |"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in the summary:\n%s", want, page)
		}
	}

	// What is wrong in a file of the repository is shown there.
	if err := os.WriteFile(filepath.Join(w.app, "requirements.txt"), []byte("flask\nnumpy===\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	u = w.commandIn(t.Context(), lookup, []string{"gcpdeploy", "up", "--source=" + w.app})
	if <-u.done; u.exit != 2 || !strings.Contains(u.out.String(), "\n::error file=requirements.txt,line=2,") {
		t.Errorf("exit %d\n%s", u.exit, u.out.String())
	}
	if read(outputs) != text {
		t.Error("a failed step has outputs")
	}
}

// TestGitHubWheels: a prebuild and a refresh hand on what they came to, as a deploy does.
func TestGitHubWheels(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	n := 0
	run := func(exit int, words ...string) (outputs, page string) {
		t.Helper()
		n++
		files := map[string]string{}
		for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
			files[name] = filepath.Join(w.dir, fmt.Sprint(name, n))
		}
		env := w.in(map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": w.app, "GITHUB_EVENT_NAME": "schedule", "GITHUB_REF_NAME": "main", "GITHUB_REF_TYPE": "branch"})
		maps.Copy(env, files)
		lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
		w.commandIn(t.Context(), lookup, append([]string{"gcpdeploy"}, append(words, "--source", w.app)...)).text(t, exit)
		read := func(name string) string {
			text, err := os.ReadFile(files[name])
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			return string(text)
		}
		return read("GITHUB_OUTPUT"), read("GITHUB_STEP_SUMMARY")
	}
	says := func(what, text string, wants ...string) {
		t.Helper()
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in the %s:\n%s", want, what, text)
			}
		}
	}
	out, page := run(0, "wheels", "prebuild")
	keys := w.plan(t, w.app).Keys
	says("outputs", out, "\nbuilt\n", "service<<", `"wheels":"`+keys.Wheels.Key+`"`, `"runtime":"`+keys.Runtime.Key+`"`, "comment<<", "<!-- gcpdeploy wheels prebuild hello -->\n")
	says("summary", page, "### wheels of hello, demo, europe-west1\n", "\n| wheels | miss |", "\n### hello: its wheels are built, after ")
	out, _ = run(0, "wheels", "prebuild")
	says("outputs", out, "\nnothing_to_do\n")

	w.run(t.Context(), w.app).wait(t, 0)
	w.newer(t, `{"packages":[{"name":"flask","version":"3.0.1","build_key":"b"}]}`)
	if err := os.WriteFile(filepath.Join(w.dir, "fail-test"), []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, page = run(1, "wheels", "refresh")
	says("summary", page, "### refreshing the wheels of hello, demo, europe-west1\n", "\n| test | failed |", "\nstep test failed")
	if out != "" {
		t.Errorf("a failed step has outputs: %s", out)
	}
	if err := os.Remove(filepath.Join(w.dir, "fail-test")); err != nil {
		t.Fatal(err)
	}
	out, page = run(0, "wheels", "refresh")
	says("outputs", out, "\npromoted\n", `"name":"flask"`, "wheels<<")
	says("summary", page, "\npromoted ", "\n| flask | 3.0.0 | 3.0.1 |\n")
	out, page = run(0, "wheels", "refresh")
	says("outputs", out, "\nnothing_to_do\n", "\n[]\n")
	says("summary", page, "\nnothing to do\n")
}

// TestPlugin: the program as a plugin does what it does on a laptop, under the same
// keys, and nothing twice.
func TestPlugin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	plugin := func(more map[string]string) (exit int, text string) {
		env := w.in(map[string]string{"DRONE": "true", "CI": "true", "DRONE_BUILD_EVENT": "push", "DRONE_BRANCH": "main", "PLUGIN_DIR": w.app, "PLUGIN_ACTION": "deploy"})
		maps.Copy(env, more)
		var out output
		d := deps(func(name string) (string, bool) { v, ok := env[name]; return v, ok }, w.dir)
		d.Names = func() []string { return slices.Collect(maps.Keys(env)) }
		_, d.Tune = w.wire.client()
		s := ui.Streams{In: strings.NewReader(""), Out: &out, Err: &out, Width: func() int { return 80 }}
		return cmd.Main(t.Context(), s, d, []string{"/gcpdeploy"}), out.String()
	}
	exit, out := plugin(map[string]string{"DRONE_BUILD_EVENT": "pull_request", "DRONE_PULL_REQUEST": "7"})
	if exit != 0 || !strings.Contains(out, "tested, and not released") || !strings.Contains(out, "no_release: false") {
		t.Fatalf("a pull request: exit %d\n%s", exit, out)
	}
	if tags := w.keyTags(t, plan.Wheels); len(tags) > 0 || !strings.Contains(out, "nothing that this run makes is kept: it is of a pull request, and nothing says from which repository") {
		t.Errorf("of a pull request of nobody says whom: %v\n%s", tags, out)
	}
	trusted := map[string]string{"DRONE_BUILD_EVENT": "pull_request", "DRONE_PULL_REQUEST": "7", "PLUGIN_BUILD_TRUST_PULL_REQUESTS": "all"}
	if exit, out = plugin(trusted); exit != 0 || !strings.Contains(out, "tested, and not released") {
		t.Fatalf("a pull request that is trusted: exit %d\n%s", exit, out)
	}
	if tags := w.keyTags(t, "hello"); len(tags) > 0 {
		t.Errorf("of a pull request: %v", tags)
	}
	if exit, out = plugin(map[string]string{"PLUGIN_ENV_SECRET_KEY": "c4nary-value"}); exit != 0 || strings.Contains(out, "c4nary") {
		t.Fatalf("exit %d\n%s", exit, out)
	}
	for id, n := range map[plan.StepID]int{plan.StepPublishWheels: 1, plan.StepRuntime: 1, plan.StepRelease: 1} {
		if got := len(w.steps(t, id)); got != n {
			t.Errorf("step %s ran %d times, want %d", id, got, n)
		}
	}
	before := w.plan(t, w.app)
	r := w.run(t.Context(), w.app, "--set-env-vars=KEY=c4nary-value").wait(t, 0)
	if r.Status != "nothing_to_do" || r.Image != before.Current.Image {
		t.Errorf("from a laptop: %+v", r)
	}
}
