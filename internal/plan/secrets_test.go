package plan_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// TestSecrets: the steps that ask indexes get the logins, and no others; what
// there is to ask for is named only when a step asks.
func TestSecrets(t *testing.T) {
	t.Parallel()
	ours := []plan.Secret{{Env: plan.NetrcEnv, Version: "projects/my-project/secrets/gcpdeploy-hello-netrc/versions/latest", Ours: true}}
	named := func(version string) []plan.Secret { return []plan.Secret{{Env: plan.NetrcEnv, Version: version}} }
	logins := func(app *plan.App) { app.Logins = true }
	secret := func(name string) func(*plan.App) {
		return func(app *plan.App) { app.Logins, app.Config.Wheels.NetrcSecret = true, name }
	}
	wheels := warm()
	wheels.Runtime, wheels.TestEnv, wheels.Wheels = "", "", digest("3")
	for name, tt := range map[string]struct {
		change func(*plan.App)
		facts  plan.Facts
		want   []plan.Secret
		steps  []plan.StepID
	}{
		"no logins":           {func(*plan.App) {}, plan.Facts{}, nil, nil},
		"cold":                {logins, plan.Facts{}, ours, []plan.StepID{plan.StepWheels, plan.StepTestEnv}},
		"wheels are there":    {logins, wheels, ours, []plan.StepID{plan.StepTestEnv}},
		"nothing is asked":    {logins, warm(), nil, nil},
		"a name":              {secret("pip-netrc"), plan.Facts{}, named("projects/my-project/secrets/pip-netrc/versions/latest"), []plan.StepID{plan.StepWheels, plan.StepTestEnv}},
		"a version":           {secret("pip-netrc:3"), plan.Facts{}, named("projects/my-project/secrets/pip-netrc/versions/3"), []plan.StepID{plan.StepWheels, plan.StepTestEnv}},
		"of another project":  {secret("projects/p/secrets/s"), plan.Facts{}, named("projects/p/secrets/s/versions/latest"), []plan.StepID{plan.StepWheels, plan.StepTestEnv}},
		"named, nobody knows": {func(app *plan.App) { app.Config.Wheels.NetrcSecret = "x" }, plan.Facts{}, named("projects/my-project/secrets/x/versions/latest"), []plan.StepID{plan.StepWheels, plan.StepTestEnv}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := anApp(t, tt.change)
			p := plan.Make(app, aPlace, tt.facts)
			if diff := cmp.Diff(tt.want, p.Secrets); diff != "" {
				t.Error(diff)
			}
			var steps []plan.StepID
			for _, s := range p.Steps {
				if slices.Contains(s.Args, "id=netrc,env="+plan.NetrcEnv) != slices.Equal(s.SecretEnv, []string{plan.NetrcEnv}) {
					t.Errorf("step %s: %q gets %q", s.ID, s.Args, s.SecretEnv)
				}
				if len(s.SecretEnv) > 0 {
					steps = append(steps, s.ID)
				}
			}
			if diff := cmp.Diff(tt.steps, steps); diff != "" {
				t.Error(diff)
			}
			// Logins and where they are change no key.
			if diff := cmp.Diff(keysText(t, anApp(t)), keysText(t, app)); diff != "" {
				t.Error(diff)
			}
		})
	}
	// A refresh asks the indexes too.
	for _, p := range []plan.Plan{plan.MakeResolve(anApp(t, logins), aPlace, wheels), plan.MakeCandidate(anApp(t, logins), aPlace, wheels), plan.MakePromote(anApp(t, logins), aPlace, wheels)} {
		if diff := cmp.Diff(ours, p.Secrets); diff != "" {
			t.Errorf("%s: %s", p.Steps[0].ID, diff)
		}
	}
}

// own is an app with an index that builds have logins of their own for.
func own(app *plan.App) { app.OwnLogins = []string{"europe-west1-python.pkg.dev"} }

// TestOwnLogins: right before a step that asks an index with the build's own login, a
// step of ours gets it, and hands on what was given; no other step has either.
func TestOwnLogins(t *testing.T) {
	t.Parallel()
	given := func(app *plan.App) { own(app); app.Logins = true }
	again := plan.Facts{Builder: digest("b"), Earlier: digest("4")}
	wheels := warm()
	wheels.Runtime, wheels.TestEnv, wheels.Wheels = "", "", digest("3")
	for name, tt := range map[string]struct {
		plan plan.Plan
		want []plan.StepID // steps that ask, and what each waits for
	}{
		"cold":             {plan.Make(anApp(t, own), aPlace, plan.Facts{}), []plan.StepID{"wheels", "logins", "testenv", "test-logins"}},
		"on earlier ones":  {plan.Make(anApp(t, own), aPlace, again), []plan.StepID{"wheels", "logins", "testenv", "test-logins"}},
		"wheels are there": {plan.Make(anApp(t, own), aPlace, wheels), []plan.StepID{"testenv", "test-logins"}},
		"nothing is asked": {plan.Make(anApp(t, own), aPlace, warm()), nil},
		"a resolution":     {plan.MakeResolve(anApp(t, own), aPlace, wheels), []plan.StepID{"resolve", "logins"}},
		"others are given": {plan.Make(anApp(t, given), aPlace, plan.Facts{}), []plan.StepID{"wheels", "logins", "testenv", "test-logins"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asks []plan.StepID
			for i, s := range tt.plan.Steps {
				login := s.ID == plan.StepLogins || s.ID == plan.StepTestLogins
				if (len(s.SecretEnv) > 0) != (login && name == "others are given") {
					t.Errorf("step %s gets %q", s.ID, s.SecretEnv)
				}
				if login && !slices.Equal(s.Args[2:], []string{"--to", "/builder/home/gcpdeploy.netrc", "--host", "europe-west1-python.pkg.dev"}) {
					t.Errorf("step %s: %q", s.ID, s.Args)
				}
				if login && s.ID == plan.StepLogins && name == "on earlier ones" && !slices.Equal(s.WaitFor, []plan.StepID{plan.StepEarlier}) {
					t.Errorf("step %s waits for %q", s.ID, s.WaitFor)
				}
				if slices.Contains(s.Args, "id=netrc,src=/builder/home/gcpdeploy.netrc") {
					asks = append(asks, s.ID, s.WaitFor[0])
					if len(s.WaitFor) != 1 || tt.plan.Steps[i-1].ID != s.WaitFor[0] {
						t.Errorf("step %s waits for %q", s.ID, s.WaitFor)
					}
				}
			}
			if diff := cmp.Diff(tt.want, asks); diff != "" {
				t.Error(diff)
			}
		})
	}
	if diff := cmp.Diff(keysText(t, anApp(t)), keysText(t, anApp(t, own))); diff != "" {
		t.Error(diff)
	}
}

func keysText(t *testing.T, app plan.App) string {
	t.Helper()
	data, err := json.Marshal(plan.KeysOf(app, digest("1")))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
