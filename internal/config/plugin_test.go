package config_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// TestPluginNames: settings have the names that users of other plugins know.
func TestPluginNames(t *testing.T) {
	t.Parallel()
	vars := map[string]string{
		"PLUGIN_MEMORY": "1Gi", "PLUGIN_CPU": "2", "PLUGIN_CONCURRENCY": "40", "PLUGIN_TIMEOUT": "5m", "PLUGIN_PORT": "9000", "PLUGIN_MIN_INSTANCES": "1",
		"PLUGIN_MAX_INSTANCES": "3", "PLUGIN_SVC_ACCOUNT": "app@my-project.iam.gserviceaccount.com", "PLUGIN_ALLOW_UNAUTHENTICATED": "true",
		"PLUGIN_ENVIRONMENT": `{"MODE":"prod","N":1}`, "PLUGIN_SECRETS": "KEY=api-key:latest", "PLUGIN_SERVICE": "shop",
	}
	c := load(t, config.Input{Dir: app(t, ""), Lookup: lookup(vars)})
	s := settings(c)
	got := []any{s.Memory, s.CPU, s.Concurrency, s.TimeoutSeconds, s.Port, *s.MinInstances, *s.MaxInstances, s.ServiceAccount, *s.AllowUnauthenticated, s.Env, s.Secrets, c.Service}
	want := []any{"1Gi", "2", 40, 300, 9000, 1, 3, "app@my-project.iam.gserviceaccount.com", true,
		map[string]string{"MODE": "prod", "N": "1"}, map[string]string{"KEY": "api-key:latest"}, "shop"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if c.Origin["run.memory"] != "PLUGIN_MEMORY" {
		t.Errorf("memory is from %s", c.Origin["run.memory"])
	}
	_, err := config.Load(config.Input{Targets: targets, Dir: app(t, ""), Lookup: lookup(map[string]string{"PLUGIN_MEMORY": "1Gi", "PLUGIN_RUN_MEMORY": "2Gi"})})
	if err == nil || err.Error() != "PLUGIN_MEMORY: given together with PLUGIN_RUN_MEMORY" {
		t.Errorf("twice: %v", err)
	}
}

// TestPluginEntries: a setting of one variable is added to what else is said of
// them; a flag or a variable of ours replaces it all.
func TestPluginEntries(t *testing.T) {
	t.Parallel()
	const file = "run: {env: {MODE: prod, KEY: old}}\n"
	for _, tt := range []struct {
		name, file string
		vars       map[string]string
		flags      map[string][]string
		want       map[string]string
	}{
		{"alone", "", map[string]string{"PLUGIN_ENV_SECRET_KEY": "a=b,{c"}, nil, map[string]string{"KEY": "a=b,{c"}},
		{"to the file", file, map[string]string{"PLUGIN_ENV_SECRET_KEY": "new", "PLUGIN_ENV_SECRET_B": "2"}, nil, map[string]string{"MODE": "prod", "KEY": "new", "B": "2"}},
		{"to the setting", file, map[string]string{"PLUGIN_ENV_SECRET_KEY": "new", "PLUGIN_ENVIRONMENT": "A=1,KEY=x"}, nil, map[string]string{"A": "1", "KEY": "new"}},
		{"below a variable", file, map[string]string{"PLUGIN_ENV_SECRET_KEY": "new", "GCPDEPLOY_RUN_ENV": "A=1"}, nil, map[string]string{"A": "1"}},
		{"below a flag", file, map[string]string{"PLUGIN_ENV_SECRET_KEY": "new"}, map[string][]string{"set-env-vars": {"A=1"}}, map[string]string{"A": "1"}},
		{"empty says nothing", file, map[string]string{"PLUGIN_ENV_SECRET_KEY": ""}, nil, map[string]string{"MODE": "prod", "KEY": "old"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			names := func() []string { return slices.Collect(maps.Keys(tt.vars)) }
			c := load(t, config.Input{Dir: app(t, tt.file), Lookup: lookup(tt.vars), Names: names, Flags: tt.flags})
			if d := cmp.Diff(tt.want, settings(c).Env); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// pluginSettings are all that there are.
func pluginSettings() (names []string) {
	for _, f := range config.Flags(targets) {
		names = append(names, strings.ToUpper(strings.ReplaceAll(f.Key, ".", "_")))
	}
	for _, a := range config.Aliases(targets) {
		name := strings.ToUpper(a.Setting)
		if a.Each {
			name += "KEY"
		}
		names = append(names, name)
	}
	return append(names, "ENV", "CONFIG", "RUN", "BUILD", "WHEELS", "TEST", "START", "SYSTEM_PACKAGES")
}

const canary = "c4nAry-Q7x_Zz9"

// canaryShapes are values that are wrong for one setting or another; %s is what may
// be a secret in them.
var canaryShapes = []string{
	"%s", " %s ", "{%s", "[%s", `{"%s":1}`, `{"%s":null}`, `["%s"]`, `[["%s"]]`, `{"a":"%s"`, `{"A":["%s"]}`, `{"A":{"%s":1}}`, `{"A":"%s","A":1}`, `{"env":{"%s":null}}`,
	`{"env":"%s"}`, `{"port":"%s"}`, `{"%s":{"a":1}}`, "a=%s", "%s=", "A=1,%s", "A=1,A=%s", "^%s", "^:^A=1:%s", "'%s", `"%s`, "%s'", "https://u:%s@h/", "https://%s", "/%s", "../%s", "%s.txt",
	"projects/%s/x", "europe-west1-%s", "europe-west1-b%s", "3.12.%s", "numpy:%s", "numpy:%s=1", "a @ https://h/%s", "12%s", "-%s", "!!%s x", "*%s", "&%s a", "%s: %s", "${%s}", "$(%s", "a\x00%s", "\xff%s", "<<: %s",
}

func forms() []string {
	return []string{canary, strings.ToLower(canary), strings.ToUpper(canary), "c4nary", "c4nAry", "C4NARY", "Zz9", "zz9", "Q7x", "q7x"}
}

// FuzzPluginCanary: no error tells what a plugin's setting holds.
func FuzzPluginCanary(f *testing.F) {
	names := pluginSettings()
	for n := range names {
		for s := range canaryShapes {
			f.Add(uint16(n), uint16(s), "", "")
		}
	}
	f.Add(uint16(0), uint16(0), "a", "b")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, n, shape uint16, before, after string) {
		name := "PLUGIN_" + names[int(n)%len(names)]
		said := before + strings.ReplaceAll(canaryShapes[int(shape)%len(canaryShapes)], "%s", canary) + after
		vars := map[string]string{name: said}
		_, err := config.Load(config.Input{Targets: targets, Dir: dir, Lookup: lookup(vars), Names: func() []string { return []string{name} }})
		if err == nil {
			return
		}
		var told strings.Builder
		for e := err; e != nil; e = errors.Unwrap(e) {
			told.WriteString(e.Error() + "\n" + errs.HintOf(e) + "\n")
			if p := errs.PlaceOf(e); p != nil {
				told.WriteString(p.Excerpt + p.File + "\n")
			}
		}
		for _, form := range forms() {
			if strings.Contains(told.String(), form) {
				t.Fatalf("%s=%q shows it:\n%s", name, said, told.String())
			}
		}
		if !strings.Contains(err.Error(), "PLUGIN_") {
			t.Fatalf("%s=%q: nobody learns which setting is wrong: %v", name, said, err)
		}
	})
}
