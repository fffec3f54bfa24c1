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
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/requirements"
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

func closure(t *testing.T, files map[string]string) *requirements.Closure {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	c, err := requirements.Load(dir, []string{"requirements.txt"}, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func inputs(t *testing.T, change ...func(*plan.Inputs)) plan.Inputs {
	t.Helper()
	in := plan.Inputs{
		Config: &config.Config{
			Service: "hello", Project: "my-project", Region: "europe-west1", Repository: "gcpdeploy",
			Python: "3.12", BaseImage: "python:3.12-slim", Requirements: []string{"requirements.txt"},
			Entrypoint: []string{"/env/bin/python", "/app/wsgi.py"},
			Test:       config.Test{Command: []string{"python", "-m", "pytest", "-q"}, Env: map[string]string{"MODE": "test"}},
			Start:      true, Target: "cloud-run",
			Origin: map[string]string{"python": ".python-version", "entrypoint": "wsgi.py"},
		},
		Release: release.Spec{
			Target: "cloud-run", Project: "my-project", Region: "europe-west1", Service: "hello",
			Port: 8080, Env: map[string]string{"MODE": "prod", "A": "$x"}, Settings: json.RawMessage(`{"memory":"1Gi"}`),
		},
		Closure: closure(t, map[string]string{"requirements.txt": "numpy==1.26.4\nscipy==1.11.4\nFlask==3.0.3\n"}),
		Tests:   closure(t, map[string]string{"requirements.txt": "pytest==8.3.3\n"}),
		Wheel:   []byte(wheelDockerfile), Main: []byte("ARG RUNTIME\nFROM ${RUNTIME}\nCOPY . /app\n"), Program: map[string][]byte{"wheelhouse/__main__.py": []byte("print()")},
		Source:     plan.Source{Hash: strings.Repeat("5", 64), Files: 3, Bytes: 1234},
		Platform:   "linux/amd64",
		Repository: "europe-west1-docker.pkg.dev/my-project/gcpdeploy", Version: "1.0.0",
	}
	for _, f := range change {
		f(&in)
	}
	return in
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
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := plan.Make(inputs(t), f)
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

func TestMakeIsDeterministic(t *testing.T) {
	t.Parallel()
	shuffled := func(in *plan.Inputs) {
		in.Closure = closure(t, map[string]string{"requirements.txt": "# a comment\r\nflask == 3.0.3\r\nSciPy==1.11.4 # why\r\n\r\nnumpy==1.26.4"})
	}
	a, b := plan.Make(inputs(t), warm()), plan.Make(inputs(t, shuffled), warm())
	if string(a.JSON()) != string(b.JSON()) {
		t.Errorf("order, comments and line ends changed the plan:\n%s\n%s", a.JSON(), b.JSON())
	}
}

// TestKeys says what must change each key, and what must not.
func TestKeys(t *testing.T) {
	t.Parallel()
	requirement := func(text string) func(*plan.Inputs) {
		return func(in *plan.Inputs) { in.Closure = closure(t, map[string]string{"requirements.txt": text}) }
	}
	const same = "numpy==1.26.4\nscipy==1.11.4\nFlask==3.0.3\n"
	stage := func(old, new string) func(*plan.Inputs) {
		return func(in *plan.Inputs) { in.Wheel = []byte(strings.Replace(wheelDockerfile, old, new, 1)) }
	}
	for _, tt := range []struct {
		name   string
		change func(*plan.Inputs)
		want   string // the keys that change
	}{
		{"nothing", func(*plan.Inputs) {}, ""},
		{"comment and order", requirement("# hi\nscipy==1.11.4\nNumPy == 1.26.4\n\nflask==3.0.3"), ""},
		{"version", requirement(strings.Replace(same, "1.26.4", "1.26.3", 1)), "WRTA"},
		{"marker", requirement(strings.Replace(same, "1.26.4", `1.26.4; python_version > "3"`, 1)), "WRTA"},
		{"extra", requirement(strings.Replace(same, "Flask", "Flask[async]", 1)), "WRTA"},
		{"hash", requirement(strings.Replace(same, "1.26.4", "1.26.4 --hash=sha256:"+strings.Repeat("a", 64), 1)), "WRTA"},
		{"index", requirement("--index-url https://index.example/simple\n" + same), "WRTA"},
		{"a new requirement", requirement(same + "six\n"), "WRTA"},
		{"python", func(in *plan.Inputs) { in.Config.Python = "3.13" }, "WRTA"},
		{"build env", func(in *plan.Inputs) { in.Config.Wheels.BuildEnv = map[string]string{"CFLAGS": "-O3"} }, "WRTA"},
		{"config settings", func(in *plan.Inputs) {
			in.Config.Wheels.ConfigSettings = map[string][]string{"numpy": {"setup-args=-Dx"}}
		}, "WRTA"},
		{"age", func(in *plan.Inputs) { in.Config.Wheels.MaxAge = 1e12 }, ""},
		{"base image", func(in *plan.Inputs) { in.Config.BaseImage = "python:3.12" }, "WRTA"},
		{"platform", func(in *plan.Inputs) { in.Platform = "linux/arm64" }, "WRTA"},
		{"wheel stage", stage("RUN build", "RUN build --more"), "WRTA"},
		{"runtime stage", stage("RUN install", "RUN install --more"), "RTA"},
		{"test stage", stage("RUN tests", "RUN tests --more"), "TA"},
		{"test requirement", func(in *plan.Inputs) {
			in.Tests = closure(t, map[string]string{"requirements.txt": "pytest==8.3.2\n"})
		}, "TA"},
		{"source", func(in *plan.Inputs) { in.Source.Hash = strings.Repeat("6", 64) }, "A"},
		{"entrypoint", func(in *plan.Inputs) { in.Config.Entrypoint = []string{"gunicorn", "x"} }, "A"},
		{"test command", func(in *plan.Inputs) { in.Config.Test.Command = []string{"pytest"} }, "A"},
		{"test env", func(in *plan.Inputs) { in.Config.Test.Env = map[string]string{"MODE": "t"} }, "A"},
		{"main template", func(in *plan.Inputs) { in.Main = append(in.Main, "USER x\n"...) }, "A"},
		{"variables of the service", func(in *plan.Inputs) { in.Release.Env = map[string]string{"MODE": "dev"} }, ""},
		{"project and region", func(in *plan.Inputs) {
			in.Config.Project, in.Config.Region, in.Repository = "p", "r", "127.0.0.1:1/p/gcpdeploy"
		}, ""},
		{"this program's version", func(in *plan.Inputs) { in.Version = "2.0.0" }, ""},
		{"CA bundle", func(in *plan.Inputs) { in.CA = true }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := inputs(t)
			before := plan.KeysOf(in, digest("1"))
			in = inputs(t, tt.change)
			after := plan.KeysOf(in, digest("1"))
			if strings.Contains(tt.want, "R") { // another runtime has another digest
				after = plan.KeysOf(in, digest("9"))
			}
			got := ""
			for _, k := range []struct{ name, a, b string }{
				{"W", before.Wheels.Hash, after.Wheels.Hash}, {"R", before.Runtime.Hash, after.Runtime.Hash},
				{"T", before.TestEnv.Hash, after.TestEnv.Hash}, {"A", before.App.Hash, after.App.Hash},
			} {
				if k.a != k.b {
					got += k.name
				}
			}
			if got != tt.want {
				t.Errorf("changed %q, want %q", got, tt.want)
			}
		})
	}
}

// TestMissNamesTheLine holds that a changed pin is told with its file and line.
func TestMissNamesTheLine(t *testing.T) {
	t.Parallel()
	files := plan.Files(inputs(t), plan.Make(inputs(t), warm()))
	made := madeOf(t, string(files[plan.Dir+"/main.Dockerfile"]))
	in := inputs(t, func(in *plan.Inputs) {
		in.Closure = closure(t, map[string]string{"requirements.txt": "# pins\nnumpy==1.26.4\nscipy==1.14.1\nFlask==3.0.3\n"})
	})
	p := plan.Make(in, plan.Facts{Builder: digest("b"), Previous: &made})
	if got, want := p.Keys.Wheels.Reason, "requirements.txt:3: scipy==1.11.4 → ==1.14.1"; got != want {
		t.Errorf("wheels missed because %q, want %q", got, want)
	}
	if got, want := p.Keys.Runtime.Reason, "other wheels"; got != want {
		t.Errorf("runtime missed because %q, want %q", got, want)
	}
}

// madeOf reads the label as Docker would.
func madeOf(t *testing.T, dockerfile string) (m plan.Made) {
	t.Helper()
	_, quoted, ok := strings.Cut(dockerfile, "LABEL "+plan.Label+"=\"")
	if !ok {
		t.Fatalf("no label in %s", dockerfile)
	}
	text := strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\$`, `$`).Replace(strings.TrimSuffix(quoted, "\"\n"))
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestFiles(t *testing.T) {
	t.Parallel()
	in := inputs(t, func(in *plan.Inputs) { in.Ignore = []byte("*.md\n!.gcpdeploy") })
	warmFiles := plan.Files(in, plan.Make(in, warm()))
	if _, ok := warmFiles[plan.Dir+"/wheel.Dockerfile"]; ok {
		t.Errorf("a warm archive carries wheel files: %q", slices.Sorted(maps.Keys(warmFiles)))
	}
	if got := string(warmFiles[plan.Dir+"/main.Dockerfile.dockerignore"]); !strings.HasSuffix(got, "!.gcpdeploy\n.gcpdeploy\n") {
		t.Errorf("our folder could get into the image: %q", got)
	}
	cold := plan.Files(in, plan.Make(in, plan.Facts{Builder: digest("b")}))
	if got, want := string(cold[plan.Dir+"/wheels/requirements.txt"]), "flask==3.0.3\nnumpy==1.26.4\nscipy==1.11.4\n"; got != want {
		t.Errorf("requirements %q, want %q", got, want)
	}
}

func TestStart(t *testing.T) {
	t.Parallel()
	in := inputs(t, func(in *plan.Inputs) { in.Release.Secrets = map[string]string{"KEY": "key:latest"} })
	p := plan.Make(in, warm())
	if p.Check.Start || !strings.Contains(strings.Join(p.Notes, "\n"), "secrets") {
		t.Errorf("start is %v, notes %q", p.Check.Start, p.Notes)
	}
	for _, s := range p.Steps {
		if s.ID == "start" {
			t.Error("there is a start step")
		}
	}
}
