package plan_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// TestKeys says what must change each key, and what must not.
func TestKeys(t *testing.T) {
	t.Parallel()
	requirement := func(text string) func(*plan.App) {
		return func(app *plan.App) { app.Closure = closureOf(t, map[string]string{"requirements.txt": text}) }
	}
	const same = "numpy==1.26.4\nscipy==1.11.4\nFlask==3.0.3\n"
	stage := func(old, new string) func(*plan.App) {
		return func(app *plan.App) { app.Wheel = []byte(strings.Replace(wheelDockerfile, old, new, 1)) }
	}
	for _, tt := range []struct {
		name   string
		change func(*plan.App)
		want   string // the keys that change
	}{
		{"nothing", func(*plan.App) {}, ""},
		{"comment and order", requirement("# hi\nscipy==1.11.4\nNumPy == 1.26.4\n\nflask==3.0.3"), ""},
		{"version", requirement(strings.Replace(same, "1.26.4", "1.26.3", 1)), "WRTA"},
		{"marker", requirement(strings.Replace(same, "1.26.4", `1.26.4; python_version > "3"`, 1)), "WRTA"},
		{"extra", requirement(strings.Replace(same, "Flask", "Flask[async]", 1)), "WRTA"},
		{"hash", requirement(strings.Replace(same, "1.26.4", "1.26.4 --hash=sha256:"+strings.Repeat("a", 64), 1)), "WRTA"},
		{"index", requirement("--index-url https://index.example/simple\n" + same), "WRTA"},
		{"a new requirement", requirement(same + "six\n"), "WRTA"},
		{"python", func(app *plan.App) { app.Config.Python = "3.13" }, "WRTA"},
		{"build env", func(app *plan.App) { app.Config.Wheels.BuildEnv = map[string]string{"CFLAGS": "-O3"} }, "WRTA"},
		{"build constraints", func(app *plan.App) { app.Config.Wheels.BuildConstraints = []string{"setuptools<81"} }, "WRTA"},
		{"locked builds", func(app *plan.App) { app.Builds = map[string][]string{"six==1": {"setuptools==80.9.0"}} }, "WRTA"},
		{"config settings", func(app *plan.App) {
			app.Config.Wheels.ConfigSettings = map[string][]string{"numpy": {"setup-args=-Dx"}}
		}, "WRTA"},
		{"what packages are without", func(app *plan.App) { app.Config.Slim.Remove = []string{"tests"} }, "RTA"},
		{"what nothing is removed from", func(app *plan.App) { app.Config.Slim.Keep = []string{"numpy"} }, ""},
		{"age", func(app *plan.App) { app.Config.Wheels.MaxAge = 1e12 }, ""},
		{"base image", func(app *plan.App) { app.Config.BaseImage = "python:3.12" }, "WRTA"},
		{"platform", func(app *plan.App) { app.Platform = "linux/arm64" }, "WRTA"},
		{"wheel stage", stage("RUN build", "RUN build --more"), "WRTA"},
		{"runtime stage", stage("RUN install", "RUN install --more"), "RTA"},
		{"test stage", stage("RUN tests", "RUN tests --more"), "TA"},
		{"test requirement", func(app *plan.App) {
			app.Tests = closureOf(t, map[string]string{"requirements.txt": "pytest==8.3.2\n"})
		}, "TA"},
		{"source", func(app *plan.App) { app.Source.Hash = strings.Repeat("6", 64) }, "A"},
		{"entrypoint", func(app *plan.App) { app.Config.Entrypoint = []string{"gunicorn", "x"} }, "A"},
		{"test command", func(app *plan.App) { app.Config.Test.Command = []string{"pytest"} }, "A"},
		{"what is answered", func(app *plan.App) { app.Config.Start.Path = "/healthz" }, "A"},
		{"how long that may take", func(app *plan.App) { app.Config.Start.Timeout = 5 }, ""},
		{"test env", func(app *plan.App) { app.Config.Test.Env = map[string]string{"MODE": "t"} }, "A"},
		{"main template", func(app *plan.App) { app.Main = append(app.Main, "USER x\n"...) }, "A"},
		{"variables of the service", func(app *plan.App) { app.Release.Env = map[string]string{"MODE": "dev"} }, ""},
		{"project and region", func(app *plan.App) { app.Config.Project, app.Config.Region = "p", "r" }, ""},
		{"CA bundle", func(app *plan.App) { app.CA = true }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			app := anApp(t)
			before := plan.KeysOf(app, digest("1"))
			app = anApp(t, tt.change)
			after := plan.KeysOf(app, digest("1"))
			if strings.Contains(tt.want, "R") { // another runtime has another digest
				after = plan.KeysOf(app, digest("9"))
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
