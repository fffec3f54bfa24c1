package plan_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/golden"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

const wheelDockerfile = `ARG BASE=python:3.12-slim
FROM ${BASE} AS build
RUN build
FROM scratch AS wheelhouse
COPY --from=build /out /
FROM ${BASE} AS runtime
RUN install
FROM ${RUNTIME} AS tests
RUN tests
FROM scratch AS testenv
COPY --from=tests /out /
`

func closureOf(t *testing.T, files map[string]string) *closure.Closure {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	c, err := closure.Load(dir, []string{"requirements.txt"}, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func anApp(t *testing.T, change ...func(*plan.App)) plan.App {
	t.Helper()
	app := plan.App{
		Config: &config.Config{
			Service: "hello", Project: "my-project", Region: "europe-west1", Repository: "gcpdeploy",
			Python: "3.12", BaseImage: "python:3.12-slim", Requirements: []string{"requirements.txt"},
			Entrypoint: []string{"/env/bin/python", "/app/wsgi.py"},
			Test:       config.Test{Command: []string{"python", "-m", "pytest", "-q"}, Env: map[string]string{"MODE": "test"}},
			Start:      config.Start{On: true, Protocol: "http"}, Target: "cloud-run",
			Origin: map[string]string{"python": ".python-version", "entrypoint": "wsgi.py"},
		},
		Release: release.Spec{
			Target: "cloud-run", Project: "my-project", Region: "europe-west1", Service: "hello",
			Port: 8080, Env: map[string]string{"MODE": "prod", "A": "$x"}, Settings: json.RawMessage(`{"memory":"1Gi"}`),
		},
		Closure: closureOf(t, map[string]string{"requirements.txt": "numpy==1.26.4\nscipy==1.11.4\nFlask==3.0.3\n"}),
		Tests:   closureOf(t, map[string]string{"requirements.txt": "pytest==8.3.3\n"}),
		Wheel:   []byte(wheelDockerfile), Main: []byte("ARG RUNTIME\nFROM ${RUNTIME}\nCOPY . /app\n"), Program: map[string][]byte{"wheelhouse/__main__.py": []byte("print()")},
		Source:   plan.Source{Hash: strings.Repeat("5", 64), Files: 3, Bytes: 1234},
		Platform: "linux/amd64",
	}
	for _, f := range change {
		f(&app)
	}
	return app
}

var aPlace = plan.Place{
	Project: "my-project", Region: "europe-west1", Repository: "europe-west1-docker.pkg.dev/my-project/gcpdeploy", Version: "1.0.0",
}

func digest(c string) string { return "sha256:" + strings.Repeat(c, 64) }

func warm() plan.Facts {
	return plan.Facts{Builder: digest("b"), Runtime: digest("1"), TestEnv: digest("2"),
		Service: release.Service{Exists: true, URL: "https://hello", Revision: "hello-00001-abc"}}
}

func TestMake(t *testing.T) {
	t.Parallel()
	released := warm()
	released.Image = digest("3")
	current := released
	current.Service.AsWanted = true
	wheels := plan.Facts{Builder: digest("b"), Wheels: digest("4"), Base: "python:3.12-slim@" + digest("6")}
	for name, f := range map[string]plan.Facts{
		"cold":     {Builder: digest("b"), Base: "python:3.12-slim@" + digest("6")},
		"wheels":   wheels,
		"warm":     warm(),
		"released": released,
		"nothing":  current,

		"templates": {Builder: digest("b"), Base: "python:3.12-slim@" + digest("6")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := anApp(t)
			if name == "templates" {
				templated(&app)
			}
			p := plan.Make(app, aPlace, f)
			golden.Equal(t, p.JSON(), "testdata/"+name+".json")
			var back plan.Plan
			if err := json.Unmarshal(p.JSON(), &back); err != nil {
				t.Fatal(err)
			}
			if string(back.JSON()) != string(p.JSON()) {
				t.Error("the plan does not survive JSON")
			}
		})
	}
}

// TestBusy: while another run of the service is under way, an up-to-date service
// is released again, so that this run, which started later, wins.
func TestBusy(t *testing.T) {
	t.Parallel()
	f := warm()
	f.Image, f.Service.AsWanted = digest("3"), true
	if p := plan.Make(anApp(t), aPlace, f); !p.NothingToDo || len(p.Steps) > 0 {
		t.Errorf("nothing to do is %v, steps %v", p.NothingToDo, p.Steps)
	}
	f.Busy = true
	if p := plan.Make(anApp(t), aPlace, f); p.NothingToDo || len(p.Steps) != 1 || p.Steps[0].ID != plan.StepRelease {
		t.Errorf("beside another run: nothing to do is %v, steps %v", p.NothingToDo, p.Steps)
	}
}

func TestMakeIsDeterministic(t *testing.T) {
	t.Parallel()
	shuffled := func(app *plan.App) {
		app.Closure = closureOf(t, map[string]string{"requirements.txt": "# a comment\r\nflask == 3.0.3\r\nSciPy==1.11.4 # why\r\n\r\nnumpy==1.26.4"})
	}
	a, b := plan.Make(anApp(t), aPlace, warm()), plan.Make(anApp(t, shuffled), aPlace, warm())
	if string(a.JSON()) != string(b.JSON()) {
		t.Errorf("order, comments and line ends changed the plan:\n%s\n%s", a.JSON(), b.JSON())
	}
}

// TestMissNamesTheLine holds that a changed pin is told with its file and line.
func TestMissNamesTheLine(t *testing.T) {
	t.Parallel()
	made := madeOf(t, anApp(t))
	app := anApp(t, func(app *plan.App) {
		app.Closure = closureOf(t, map[string]string{"requirements.txt": "# pins\nnumpy==1.26.4\nscipy==1.14.1\nFlask==3.0.3\n"})
	})
	p := plan.Make(app, aPlace, plan.Facts{Builder: digest("b"), Previous: &made})
	if got, want := p.Keys.Wheels.Reason, "requirements.txt:3: scipy==1.11.4 → ==1.14.1"; got != want {
		t.Errorf("wheels missed because %q, want %q", got, want)
	}
	if got, want := p.Keys.Runtime.Reason, "other wheels"; got != want {
		t.Errorf("runtime missed because %q, want %q", got, want)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	app := anApp(t, func(app *plan.App) { app.Ignore = []byte("*.md\n!.gcpdeploy") })
	warmFiles := plan.Files(app, plan.Make(app, aPlace, warm()))
	if _, ok := warmFiles[plan.Dir+"/wheel.Dockerfile"]; ok {
		t.Errorf("a warm archive carries wheel files: %q", slices.Sorted(maps.Keys(warmFiles)))
	}
	templated(&app)
	for name, text := range map[string][]byte{
		"by us": warmFiles[plan.IgnoreFile], "by Docker": plan.Files(app, plan.Make(app, aPlace, warm()))[plan.Dir+"/main.Dockerfile.dockerignore"],
	} {
		if got := string(text); !strings.HasSuffix(got, "!.gcpdeploy\n.gcpdeploy\n") {
			t.Errorf("%s: our folder could get into the image: %q", name, got)
		}
	}
	cold := plan.Files(app, plan.Make(app, aPlace, plan.Facts{Builder: digest("b")}))
	if got, want := string(cold[plan.Dir+"/wheels/requirements.txt"]), "flask==3.0.3\nnumpy==1.26.4\nscipy==1.11.4\n"; got != want {
		t.Errorf("requirements %q, want %q", got, want)
	}
}

// TestStartBeside: where the target can, the start check is a revision of the service, to
// which secrets are no matter; not where nothing serves yet, or somebody wants it otherwise.
func TestStartBeside(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*plan.App)
		facts  func(*plan.Facts)
		beside bool
	}{
		"as it is":          {beside: true},
		"secrets":           {change: func(a *plan.App) { a.Release.Secrets = map[string]string{"KEY": "key:latest"} }, beside: true},
		"it cannot":         {facts: func(f *plan.Facts) { f.Service.CanTry = false }},
		"in the build":      {change: func(a *plan.App) { a.Config.Start.In = config.InBuild }},
		"in the service":    {change: func(a *plan.App) { a.Config.Start.In = config.InService }, beside: true},
		"gRPC":              {change: func(a *plan.App) { a.Config.Start.Protocol = config.GRPC }},
		"off":               {change: func(a *plan.App) { a.Config.Start.On = false }},
		"without traffic":   {change: func(a *plan.App) { a.Release.NoTraffic = true }},
		"nothing to serve":  {change: func(a *plan.App) { a.Goal = plan.GoalTest }},
		"not to be trusted": {change: func(a *plan.App) { a.Stranger = "a fork" }},
	} {
		f := warm()
		f.Service.Exists, f.Service.CanTry = true, true
		if tt.facts != nil {
			tt.facts(&f)
		}
		p := plan.Make(anApp(t, templated, func(a *plan.App) {
			if tt.change != nil {
				tt.change(a)
			}
		}), aPlace, f)
		n := slices.IndexFunc(p.Steps, func(s plan.Step) bool { return s.ID == plan.StepStart })
		waits := n >= 0 && slices.Equal(p.Steps[n].WaitFor, []plan.StepID{plan.StepPush})
		if p.Check.Beside != tt.beside || waits != tt.beside {
			t.Errorf("%s: beside %v, it waits for the push: %v", name, p.Check.Beside, waits)
		}
	}
}

func TestStart(t *testing.T) {
	t.Parallel()
	app := anApp(t, func(app *plan.App) { app.Release.Secrets = map[string]string{"KEY": "key:latest"} })
	p := plan.Make(app, aPlace, warm())
	if p.Check.Start || !strings.Contains(strings.Join(p.Notes, "\n"), "secrets") {
		t.Errorf("start is %v, notes %q", p.Check.Start, p.Notes)
	}
	for _, s := range p.Steps {
		if s.ID == plan.StepStart {
			t.Error("there is a start step")
		}
	}
}
