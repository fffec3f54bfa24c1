package cmd_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/cmd"
	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// asPlugin runs the program without arguments.
func asPlugin(t *testing.T, env map[string]string) (exit int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	d := deps(env)
	d.Home, d.Names = t.TempDir(), func() []string { return slices.Collect(maps.Keys(env)) }
	s := ui.Streams{In: strings.NewReader(""), Out: &out, Err: &err, Width: func() int { return 80 }}
	exit = cmd.Main(t.Context(), s, d, []string{"/gcpdeploy"})
	return exit, out.String(), err.String()
}

// onWoodpecker are the variables of a push.
func onWoodpecker(t *testing.T, more map[string]string) map[string]string {
	t.Helper()
	env := map[string]string{"CI": "woodpecker", "CI_PIPELINE_EVENT": "push", "GCPDEPLOY_STATE_DIR": t.TempDir()}
	maps.Copy(env, more)
	return env
}

// TestPluginCanary: whatever a setting holds that cannot be used, no output has any
// of it, and which setting it is is said. Each setting gets two of the shapes, and each
// shape a quarter of the settings: config's FuzzPluginCanary has each in each.
func TestPluginCanary(t *testing.T) {
	t.Parallel()
	var settings []string
	for _, key := range config.Keys(clients.Settings()) {
		settings = append(settings, strings.ToUpper(strings.ReplaceAll(key, ".", "_")))
	}
	for _, a := range config.Aliases(clients.Settings()) {
		settings = append(settings, strings.ToUpper(a.Setting))
	}
	settings = append(settings, "ACTION", "DIR", "ADDL_FLAGS", "NO_RELEASE", "VERBOSE", "JSON", "CONFIG", "ENV", "TOKEN", "CREDENTIALS", "GAE_CREDENTIALS",
		"RUN", "WHEELS", "BUILD", "IMAGE", "VERSION", "VARS", "APP_FILE", "FUNCTIONS", "MEMROY", "ENV_SECRET_A B")
	// Without a project a run ends before it asks anybody.
	app := smallApp(t, map[string]string{"gcpdeploy.yaml": "service: hello\npython: '3.12'\nentrypoint: [python, wsgi.py]\ntest: false\n"})
	refused := 0
	for i, name := range settings {
		for j, shape := range []string{canary, "{" + canary, `{"` + canary + `":1}`, `{"A":["` + canary + `"]}`, `["` + canary + `!"]`, "^" + canary, "'" + canary, "https://u:" + canary + "@h/"} {
			if (i+j)%4 != 0 {
				continue
			}
			env := onWoodpecker(t, map[string]string{"PLUGIN_ACTION": "plan", "PLUGIN_DIR": app})
			env["PLUGIN_"+name] = shape
			exit, stdout, stderr := asPlugin(t, env)
			if exit != 2 || strings.Contains(stderr, "no project is set") || strings.Contains(stderr, "no region is set") {
				continue // it is a value that this setting can have
			}
			refused++
			if text := strings.ToLower(stdout + stderr); strings.Contains(text, canary) {
				t.Errorf("PLUGIN_%s=%s shows it:\n%s%s", name, shape, stdout, stderr)
			}
			if !strings.Contains(stderr, "PLUGIN_"+name) {
				t.Errorf("PLUGIN_%s=%s: nobody learns which setting it is:\n%s", name, shape, stderr)
			}
		}
	}
	if refused < 150 {
		t.Errorf("%d were refused", refused)
	}
}

// TestPluginRuns: a run without arguments is the command that the settings ask for,
// with the settings of the configuration in their place.
func TestPluginRuns(t *testing.T) {
	t.Parallel()
	app := smallApp(t, map[string]string{"gcpdeploy.yaml": "service: hello\nregion: r\npython: '3.12'\nentrypoint: [python, wsgi.py]\ntest: false\nbase_image: 127.0.0.1:1/python:3\n"})
	s := newShelf(t)
	env := maps.Clone(s.env)
	env["PLUGIN_ACTION"], env["PLUGIN_DIR"], env["PLUGIN_PROJECT"] = "plan", app, "p-1"
	env["PLUGIN_ADDL_FLAGS"], env["PLUGIN_MEMORY"], env["PLUGIN_QQQ"] = `{"service":"shop","concurrency":5}`, "1Gi", "x"
	exit, stdout, stderr := asPlugin(t, env)
	if exit != 0 || !strings.Contains(stdout, "shop → Cloud Run, p-1, r\n") || stderr != "warning: PLUGIN_QQQ is no setting that is known\n" {
		t.Errorf("exit %d\n%s%s", exit, stdout, stderr)
	}
	env["PLUGIN_JSON"] = "true"
	if exit, stdout, _ = asPlugin(t, env); exit != 0 || !strings.Contains(stdout, `"memory": "1Gi"`) || !strings.Contains(stdout, `"concurrency": 5`) {
		t.Errorf("exit %d\n%s", exit, stdout)
	}
	env["PLUGIN_PROJECT"], env["PLUGIN_TOKEN"] = "", `{"type":"service_account","project_id":"of-the-key","private_key":"c4nary"}`
	delete(env, "PLUGIN_JSON")
	exit, stdout, stderr = asPlugin(t, env)
	if exit == 2 || !strings.Contains(stdout+stderr, "of-the-key") || strings.Contains(stdout+stderr, canary) {
		t.Errorf("the project of the key: exit %d\n%s%s", exit, stdout, stderr)
	}
	delete(env, "PLUGIN_TOKEN")
	env["PLUGIN_ENV_SECRET_KEY"], env["PLUGIN_SERVICE"], env["PLUGIN_ADDL_FLAGS"] = "c4nary", "c4nary", ""
	env["PLUGIN_PROJECT"] = "p-1"
	if exit, stdout, stderr = asPlugin(t, env); exit != 0 || strings.Contains(stdout+stderr, canary) || !strings.Contains(stdout, "**** → Cloud Run") {
		t.Errorf("a secret: exit %d\n%s%s", exit, stdout, stderr)
	}
}
