package appengine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	cloudrun "github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// TestSettingsOfPlugins: the names that drone-gae's users know say what they said, and
// are no names of another target's.
func TestSettingsOfPlugins(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"prod.yaml": "runtime: custom\nenv: flex\nmanual_scaling: {instances: 3}\n", "cron.yaml": "cron:\n- url: /a\n  schedule: every 5 minutes\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	vars := map[string]string{"PLUGIN_TARGET": "app-engine", "PLUGIN_APP_FILE": "prod.yaml", "PLUGIN_CRON_FILE": "cron.yaml", "PLUGIN_MAX_VERSIONS": "3", "PLUGIN_ENVIRONMENT": `{"A":"1"}`, "PLUGIN_ENV_SECRET_B": "2"}
	load := func() (*config.Config, error) {
		return config.Load(config.Input{
			Dir: dir, Targets: []config.Target{cloudrun.Kind.Config, Kind.Config}, Lookup: func(name string) (string, bool) { v, ok := vars[name]; return v, ok },
			Names: func() (names []string) {
				for name := range vars {
					names = append(names, name)
				}
				return names
			},
		})
	}
	c, err := load()
	if err != nil {
		t.Fatal(err)
	}
	s := c.Settings.(*Settings)
	if n, all := s.Keep(); n != 3 || all || s.ManualScaling.Instances != 3 || !strings.Contains(s.CronYAML, "every 5 minutes") || s.Env["A"] != "1" || s.Env["B"] != "2" {
		t.Errorf("%+v", s)
	}
	delete(vars, "PLUGIN_TARGET")
	if _, err = load(); errs.KindOf(err) != errs.Usage || !strings.Contains(err.Error(), "is of the target app-engine, and the target is cloud-run") || strings.Contains(err.Error(), "prod.yaml") {
		t.Errorf("of another target: %v", err)
	}
}
