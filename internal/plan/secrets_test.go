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

func keysText(t *testing.T, app plan.App) string {
	t.Helper()
	data, err := json.Marshal(plan.KeysOf(app, digest("1")))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
