package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/cmd"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// several is the end of `up --json` of several services.
type several struct {
	Status   string
	Services map[string]struct {
		Status, Revision, URL, Why string
		Error                      struct{ Kind, Message string }
	}
}

// statuses are what came of each.
func (s several) statuses() map[string]string {
	out := map[string]string{}
	for name, one := range s.Services {
		out[name] = one.Status
	}
	return out
}

// shop is a repository of three services: api and worker have the same requirements, and
// web depends on api.
func (w *world) shop(t *testing.T) (dir string, write func(name, text string)) {
	t.Helper()
	dir = filepath.Join(w.dir, "apps", "shop")
	write = func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("gcpdeploy.yaml", "project: "+project+"\nregion: "+region+"\npython: \"3.12\"\nbase_image: 127.0.0.1:1/python:3.12\n"+
		"entrypoint: [/env/bin/python, wsgi.py]\ntest: false\nrun: {allow_unauthenticated: true}\n"+
		"services:\n  web: {app: services/web, depends_on: [api]}\n  api: {app: services/api}\n  worker: {app: services/worker, service: shop-worker}\n")
	for name, requirements := range map[string]string{"api": "flask==3.0.0\n", "worker": "# the same\nflask==3.0.0\n", "web": "numpy==2.1.0\n"} {
		write("services/"+name+"/requirements.txt", requirements)
		write("services/"+name+"/wsgi.py", name+"\n")
	}
	return dir, write
}

// upAll is `up --json` of a repository.
func (w *world) upAll(t *testing.T, dir string, exit int, more ...string) (r several, output string) {
	t.Helper()
	u := w.run(t.Context(), dir, more...)
	u.wait(t, exit)
	lines := strings.Split(strings.TrimSpace(u.out.String()), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil {
		t.Fatal(err)
	}
	return r, u.out.String()
}

// said is what a command prints.
func (w *world) said(t *testing.T, args ...string) (exit int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	s := ui.Streams{In: strings.NewReader(""), Out: &out, Err: &errs, Width: func() int { return 80 }}
	exit = cmd.Main(t.Context(), s, deps(w.lookup, w.dir), append([]string{"gcpdeploy"}, args...))
	return exit, out.String(), errs.String()
}

// TestThreeServices: two of which share requirements: one build of their wheels, three
// releases, one summary; and only the changed one is built the second time.
func TestThreeServices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	dir, write := w.shop(t)
	r, output := w.upAll(t, dir, 0)
	released := map[string]string{"api": "released", "worker": "released", "web": "released"}
	if diff := cmp.Diff(released, r.statuses()); diff != "" || r.Status != "done" {
		t.Fatalf("%s\n%s", diff, output)
	}
	if n := len(w.steps(t, plan.StepWheels)); n != 2 {
		t.Errorf("wheels were built %d times for two sets of requirements", n)
	}
	builds := len(w.cloudbuild().Builds())
	if builds != 3 {
		t.Errorf("%d builds of three services", builds)
	}
	if !strings.Contains(output, `"stage":"worker/release"`) || r.Services["worker"].Revision[:11] != "shop-worker" {
		t.Errorf("lines do not say whose they are, or the service has another name:\n%s", output)
	}

	write("services/worker/wsgi.py", "other\n")
	r, output = w.upAll(t, dir, 0)
	if diff := cmp.Diff(map[string]string{"api": "nothing_to_do", "worker": "released", "web": "nothing_to_do"}, r.statuses()); diff != "" {
		t.Errorf("%s\n%s", diff, output)
	}
	if n := len(w.cloudbuild().Builds()); n != builds+1 {
		t.Errorf("%d builds more where one service has changed", n-builds)
	}

	exit, out, said := w.said(t, "up", "--source", dir, "web", "worker")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if exit != 0 || len(lines) != 3 || !slices.Equal(strings.Fields(lines[0]), []string{"SERVICE", "RESULT", "REVISION", "TIME", "URL"}) ||
		!strings.HasPrefix(lines[1], "web      nothing to do  web-00001-") || !strings.HasPrefix(lines[2], "worker   nothing to do  shop-worker-00002-") {
		t.Errorf("%d\n%s%s", exit, out, said)
	}
	if strings.Contains(said, "api/") {
		t.Errorf("who is not named is deployed:\n%s", said)
	}
}

// TestSeveralInAStep: where builds run on this machine they share wheels, too.
func TestSeveralInAStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	dir, _ := w.shop(t)
	u := w.step(t.Context(), args(dir)[1:]...)
	u.wait(t, 0)
	if n := len(w.steps(t, plan.StepWheels)); n != 2 {
		t.Errorf("wheels were built %d times for two sets of requirements:\n%s", n, u.out.String())
	}
	w.noBuild(t)
	var told several
	if data, err := os.ReadFile(filepath.Join(w.dir, "output")); err != nil || json.Unmarshal(data, &told) != nil || len(told.Services) != 3 || told.Services["web"].Status != "released" {
		t.Errorf("the outer build is told %s, %v", data, err)
	}
}

// TestOneServiceFails: others do not, what depends on it is left, and the exit code tells.
func TestOneServiceFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	dir, write := w.shop(t)
	write("services/api/wsgi.py", "crash\n")
	r, output := w.upAll(t, dir, 1)
	if diff := cmp.Diff(map[string]string{"api": "failed", "worker": "released", "web": "skipped"}, r.statuses()); diff != "" || r.Status != "failed" {
		t.Errorf("%s\n%s", diff, output)
	}
	if r.Services["api"].Error.Kind != "build" || r.Services["web"].Why != "needs api, which did not end well" {
		t.Errorf("%+v", r)
	}
	exit, out, said := w.said(t, "up", "--source", dir)
	if exit != 1 || !strings.Contains(out, "skipped: needs api") || !strings.Contains(said, "error: 1 of 3 services failed: api: ") {
		t.Errorf("%d\n%s%s", exit, out, said)
	}

	exit, out, said = w.said(t, "status", "--source", dir, "--json")
	var status struct {
		Services map[string]struct {
			Service, Revision string
			Error             struct{ Kind string }
		}
	}
	if err := json.Unmarshal([]byte(out), &status); err != nil || exit != 1 {
		t.Fatalf("%d, %v: %s%s", exit, err, out, said)
	}
	if s := status.Services; s["worker"].Service != "shop-worker" || s["web"].Error.Kind != "not_found" {
		t.Errorf("%+v", s)
	}
}

// TestSeveralInterrupted: Ctrl-C cancels all builds, and begins none.
func TestSeveralInterrupted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	dir, _ := w.shop(t)
	w.hold(t, "before", plan.StepRuntime)
	ctx, cancel := context.WithCancel(t.Context())
	u := w.run(ctx, dir)
	w.reached(t, "before", plan.StepRuntime, u)
	cancel()
	u.wait(t, 130)
	for _, b := range w.cloudbuild().Builds() {
		if s := b.Status.String(); s != "CANCELLED" {
			t.Errorf("build %s is %s", b.Id, s)
		}
	}
}

// TestSeveralInPlaces: what commands say of several services, and of one of them.
func TestSeveralInPlaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	dir, write := w.shop(t)
	for words, want := range map[string]string{
		"up apo":                 "Did you mean api?",
		"up --service apo":       "Did you mean api?",
		"up api --service web":   "--service and api name different services",
		"up --async":             "--async waits for nobody, and web comes after api",
		"rollback":               "has several services: web, api, worker",
		"logs":                   "Name one of them with --service.",
		"down":                   "has several services: web, api, worker",
		"doctor":                 "has several services: web, api, worker",
		"trigger create":         "has several services: web, api, worker",
		"wheels show":            "has several services: web, api, worker",
		"files":                  "has several services: web, api, worker",
		"status --watch":         "has several services: web, api, worker",
		"up --changed-since x":   "is in no git repository",
		"rollback api web":       `unexpected argument "web"`,
		"key diff a b":           "has several services: web, api, worker",
		"up --tag=x --preview=y": "--preview goes with none of",
	} {
		if exit, out, said := w.said(t, append(strings.Fields(words), "--source", dir)...); exit != 2 || !strings.Contains(said, want) {
			t.Errorf("%s: %d, %s%s\nwant %s", words, exit, out, said, want)
		}
	}
	if n := len(w.cloudbuild().Builds()); n != 0 {
		t.Errorf("%d builds of what is refused", n)
	}
	for words, want := range map[string]string{
		"files --service api": "requirements.txt\nwsgi.py\n",
		"wheels list --json":  `"wheels":`,
		"plan worker":         "shop-worker → ",
		"plan":                "web → Cloud Run",
	} {
		if exit, out, said := w.said(t, append(strings.Fields(words), "--source", dir)...); exit != 0 || !strings.Contains(out, want) {
			t.Errorf("%s: %d, %s%s\nwant %s", words, exit, out, said, want)
		}
	}
	write("services/api/requirements.txt", "flask=3\n") // one that is broken stops all, before anything is done
	if exit, _, said := w.said(t, "up", "--source", dir); exit != 2 || !strings.Contains(said, "error: api: requirements.txt:1") {
		t.Errorf("%d, %s", exit, said)
	}
	if n := len(w.cloudbuild().Builds()); n != 0 {
		t.Errorf("%d builds where one of the services is broken", n)
	}
}
