package plan_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/layer"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// templated is an app with templates of the user's.
func templated(app *plan.App) {
	c := *app.Config
	c.Templates = "/templates"
	app.Config = &c
}

// TestWhoMakesTheImage: in the registry a layer is put on the runtime, once that is there;
// where that cannot be, or is not to be, Docker builds the image and pushes it.
func TestWhoMakesTheImage(t *testing.T) {
	t.Parallel()
	const image, build, push = plan.StepImage, plan.StepBuildImage, plan.StepPush
	cold := plan.Facts{Builder: digest("b"), Wheels: digest("4")}
	trying := warm()
	trying.Service.CanTry = true
	for name, tt := range map[string]struct {
		plan  plan.Plan
		waits map[plan.StepID][]plan.StepID
	}{
		"warm": {plan.Make(anApp(t), aPlace, warm()), map[plan.StepID][]plan.StepID{
			image: {plan.AtOnce}, "start": {image}, "test": {image}, "release": {image, "start", "test"}}},
		"beside what serves": {plan.Make(anApp(t), aPlace, trying), map[plan.StepID][]plan.StepID{
			image: {plan.AtOnce}, "start": {image}, "test": {image}, "release": {image, "start", "test"}}},
		"cold": {plan.Make(anApp(t), aPlace, cold), map[plan.StepID][]plan.StepID{
			image: {"publish"}, "start": {image}, "test": {image}, "release": {image, "start", "test"}}},
		"refreshed": {plan.MakePromote(anApp(t), aPlace, cold), map[plan.StepID][]plan.StepID{
			image: {"imports"}, "start": {image}, "test": {image}, "promote": {image, "start", "test", "imports", "push-testenv"}}},
		"templates": {plan.Make(anApp(t, templated), aPlace, warm()), map[plan.StepID][]plan.StepID{
			build: {plan.AtOnce}, push: {build}, "start": {build}, "test": {build}, "release": {push, "start", "test"}}},
		"templates, beside what serves": {plan.Make(anApp(t, templated), aPlace, trying), map[plan.StepID][]plan.StepID{
			build: {plan.AtOnce}, push: {build}, "start": {push}, "test": {build}, "release": {push, "start", "test"}}},
		"templates, refreshed": {plan.MakePromote(anApp(t, templated), aPlace, cold), map[plan.StepID][]plan.StepID{
			build: {"build-runtime"}, push: {build}, "start": {build}, "test": {build}, "promote": {push, "start", "test", "push-runtime", "push-testenv"}}},
		"a package of its own": {plan.Make(anApp(t, func(app *plan.App) { app.Tests = ownClosure(t, "-e .\n") }), aPlace, warm()), map[plan.StepID][]plan.StepID{
			build: {plan.AtOnce}, push: {build}}},
		"provenance": {plan.Make(anApp(t, func(app *plan.App) {
			c := *app.Config
			c.Build.Provenance, app.Config = true, &c
		}), aPlace, warm()), map[plan.StepID][]plan.StepID{build: {plan.AtOnce}, push: {build}}},
		"no release": {plan.Make(anApp(t, func(app *plan.App) { app.Goal = plan.GoalTest }), aPlace, warm()), map[plan.StepID][]plan.StepID{
			build: {plan.AtOnce}, "start": {build}, "test": {build}}},
		"a stranger's": {plan.Make(anApp(t, stranger), aPlace, warm()), map[plan.StepID][]plan.StepID{
			build: {plan.AtOnce}, "start": {build}, "test": {build}}},
	} {
		for id, want := range tt.waits {
			n := slices.IndexFunc(tt.plan.Steps, func(s plan.Step) bool { return s.ID == id })
			if n < 0 {
				t.Errorf("%s: no step %s", name, id)
			} else if d := cmp.Diff(want, tt.plan.Steps[n].WaitFor); d != "" {
				t.Errorf("%s: %s waits for (-want +got):\n%s", name, id, d)
			}
		}
		ids := map[plan.StepID]bool{}
		for _, s := range tt.plan.Steps {
			ids[s.ID] = true
		}
		if ids[image] == ids[build] || ids[image] && ids[push] {
			t.Errorf("%s: steps %v", name, ids)
		}
	}
}

// TestAppImage: what the image has over the runtime is what main.Dockerfile says.
func TestAppImage(t *testing.T) {
	t.Parallel()
	app := anApp(t, func(app *plan.App) { app.Folder = "services/api" })
	var got plan.AppImage
	if err := json.Unmarshal(plan.Files(app, plan.Make(app, aPlace, warm()))[plan.AppImageFile], &got); err != nil {
		t.Fatal(err)
	}
	if got.Labels[plan.Label] == "" {
		t.Error("the image does not say what it was made from")
	}
	got.Labels = nil
	want := plan.AppImage{Folder: "app", Owner: 10001, Config: layer.Config{
		WorkDir: "/app/services/api", Env: map[string]string{"PORT": "8080"}, Ports: []int{8080}, Entrypoint: []string{"/env/bin/python", "/app/wsgi.py"},
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// madeOf reads an app image's label, which is the same whoever makes the image.
func madeOf(t *testing.T, app plan.App) (m plan.Made) {
	t.Helper()
	files := func(app plan.App) map[string][]byte { return plan.Files(app, plan.Make(app, aPlace, warm())) }
	docker := app
	templated(&docker)
	_, quoted, ok := strings.Cut(string(files(docker)[plan.Dir+"/main.Dockerfile"]), "LABEL "+plan.Label+"=\"")
	if !ok {
		t.Fatal("main.Dockerfile has no label")
	}
	text := strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\$`, `$`).Replace(strings.TrimSuffix(quoted, "\"\n")) // as Docker would
	if len(plan.Own(app)) == 0 {
		var image plan.AppImage
		if err := json.Unmarshal(files(app)[plan.AppImageFile], &image); err != nil || image.Labels[plan.Label] != text {
			t.Errorf("%v, the labels are %q, and by Docker %s", err, image.Labels, text)
		}
	}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return m
}
