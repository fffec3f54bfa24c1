package plan_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
)

// ownClosure is of a requirements file beside the projects . and lib, which
// depend on what is given and need hatchling to be built.
func ownClosure(t *testing.T, text string, depends ...string) *closure.Closure {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"requirements.txt": text, "setup.py": "", "lib/setup.py": ""} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	project := func(dir string, _ []string) (closure.Project, error) {
		p := closure.Project{Name: strings.ReplaceAll(dir, ".", "app")}
		for i, text := range depends {
			p.Requires = append(p.Requires, closure.Strings{File: "pyproject.toml", Lines: []closure.Located{{Text: text, Line: 7 + i}}})
		}
		p.Build = []closure.Strings{{File: "pyproject.toml", Lines: []closure.Located{{Text: "hatchling", Line: 2}}}}
		return p, nil
	}
	c, err := closure.LoadAll(dir, closure.Sources{Files: []string{"requirements.txt"}, Project: project}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOwnProjects(t *testing.T) {
	t.Parallel()
	with := func(text string, depends ...string) plan.App {
		return anApp(t, func(app *plan.App) { app.Closure, app.CA = ownClosure(t, text, depends...), true })
	}
	app := with("-e .\n", "flask==3.0.3")
	cold := plan.Make(app, aPlace, plan.Facts{Builder: digest("b")})
	files := plan.Files(app, cold)
	if got := string(files[plan.Dir+"/wheels/requirements.txt"]); got != "flask==3.0.3\n" {
		t.Errorf("wheels are made of %q", got)
	}
	if got := string(files[plan.Dir+"/wheels/build-requirements.txt"]); got != "hatchling\n" {
		t.Errorf("the app's own project is built with %q", got)
	}
	if len(cold.Own) != 1 || cold.Own[0].Path != "." || !cold.Own[0].Editable || cold.Own[0].Name != "app" {
		t.Errorf("own projects: %+v", cold.Own)
	}
	var back plan.Plan
	if err := json.Unmarshal(cold.JSON(), &back); err != nil || string(back.JSON()) != string(cold.JSON()) {
		t.Errorf("the plan does not survive JSON: %v", err)
	}

	// A compiler for the layer comes from a server, which the CA bundle is for.
	hot := plan.Make(app, aPlace, warm())
	i := slices.IndexFunc(hot.Steps, func(s plan.Step) bool { return s.ID == plan.StepBuildImage })
	if !hot.NeedsCA() || !slices.Contains(hot.Steps[i].Args, "id=ca,src=.gcpdeploy/ca.pem") {
		t.Errorf("the image is built by %q", hot.Steps[i].Args)
	}
	if p := plan.Make(anApp(t, func(app *plan.App) { app.CA = true }), aPlace, warm()); p.NeedsCA() {
		t.Error("an app without projects of its own needs no CA bundle for its image")
	}

	// What the wheels are made of decides W, and nothing else.
	keys := plan.KeysOf(app, digest("1"))
	for name, same := range map[string]plan.App{
		"asked for in another way":   with(".\n", "flask==3.0.3"),
		"and by the requirements":    with("-e .\nflask==3.0.3\n", "flask==3.0.3"),
		"a second one, without more": with("-e .\n./lib\nlib\n", "flask==3.0.3"),
	} {
		if plan.KeysOf(same, digest("1")).Wheels.Hash != keys.Wheels.Hash {
			t.Errorf("%s: other wheels", name)
		}
	}
	made := madeOf(t, app)
	more := plan.Make(with("-e .\n", "flask==3.0.3", "six"), aPlace, plan.Facts{Builder: digest("b"), Previous: &made})
	if got, want := more.Keys.Wheels.Reason, "pyproject.toml:8: six is new"; got != want {
		t.Errorf("the wheels missed because %q, want %q", got, want)
	}
}

// Tests may ask for the app's own projects: they are in the image that is tested.
func TestOwnProjectsOfTests(t *testing.T) {
	t.Parallel()
	app := anApp(t, func(app *plan.App) { app.Tests = ownClosure(t, "-e .\n") })
	p := plan.Make(app, aPlace, warm())
	if len(p.Own) != 1 || p.Keys.TestEnv.Status != plan.None {
		t.Errorf("own projects %+v, test environment %+v", p.Own, p.Keys.TestEnv)
	}
	if plan.KeysOf(app, "").Wheels.Hash == plan.KeysOf(anApp(t), "").Wheels.Hash {
		t.Error("what building the project needs is not in the key of the wheels")
	}
	if p := plan.Make(anApp(t, func(app *plan.App) { app.Tests = ownClosure(t, "-e .\n", "pytest") }), aPlace, plan.Facts{}); p.Keys.TestEnv.Status == plan.None {
		t.Error("a dependency of the project is nowhere")
	}
}
