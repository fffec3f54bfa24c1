package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

const shop = `
project: demo
crates: {file: all, env: {A: "1", B: "1"}}
services:
  api: {app: services/api, depends_on: [worker], crates: {env: {B: "2"}}}
  worker: {app: services/worker, service: shop-worker, crates: {file: mine}}
  web: {depends_on: api}
environments:
  staging:
    region: europe-west1
    crates: {file: staged}
    services: {worker: {crates: {env: {C: "3"}}}}
`

// shopIn writes a repository of three services.
func shopIn(t *testing.T, text string) config.Input {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"services/api", "services/worker", "."} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{"all", "mine", "staged"} {
			if err := os.WriteFile(filepath.Join(dir, name, file), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "gcpdeploy.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return config.Input{Dir: dir, Targets: []config.Target{crates}}
}

func TestOneOfSeveral(t *testing.T) {
	t.Parallel()
	in := shopIn(t, shop)
	for _, tt := range []struct {
		name, env, folder, service string
		want                       crate
		region                     string
	}{
		{"api", "", "services/api", "api", crate{File: "all", Env: map[string]string{"A": "1", "B": "2"}}, ""},
		{"worker", "", "services/worker", "shop-worker", crate{File: "mine", Env: map[string]string{"A": "1", "B": "1"}}, ""},
		{"web", "", ".", "web", crate{File: "all", Env: map[string]string{"A": "1", "B": "1"}}, ""},
		{"worker", "staging", "services/worker", "shop-worker", crate{File: "staged", Env: map[string]string{"A": "1", "B": "1", "C": "3"}}, "europe-west1"},
	} {
		in := in
		in.Env = tt.env
		ways := map[string]func(*config.Input){
			"by argument": func(in *config.Input) { in.Only = []string{tt.name} },
			"by flag":     func(in *config.Input) { in.Flags = map[string][]string{"service": {tt.name}} },
			"by variable": func(in *config.Input) {
				in.Lookup = func(name string) (string, bool) {
					if name != "GCPDEPLOY_SERVICE" {
						return "", false
					}
					return tt.name, true
				}
			},
		}
		for way, say := range ways {
			one := in
			say(&one)
			c, err := config.Load(one)
			if err != nil {
				t.Errorf("%s %s: %v", tt.name, way, err)
				continue
			}
			if want := filepath.Join(in.Dir, tt.folder); c.Dir != want || c.Service != tt.service || c.Member != tt.name || c.Region != tt.region {
				t.Errorf("%s %s: folder %s, service %s, member %s, region %s", tt.name, way, c.Dir, c.Service, c.Member, c.Region)
			}
			got := c.Settings.(*crate)
			if diff := cmp.Diff(tt.want, crate{File: got.File, Env: got.Env}); diff != "" {
				t.Errorf("%s %s: %s", tt.name, way, diff)
			}
		}
	}
}

func TestSeveral(t *testing.T) {
	t.Parallel()
	in := shopIn(t, shop)
	for _, tt := range []struct {
		only, want []string
	}{{nil, []string{"api", "worker", "web"}}, {[]string{"web", "api"}, []string{"api", "web"}}} {
		in.Only = tt.only
		_, err := config.Load(in)
		several, ok := errors.AsType[*config.Several](err)
		if !ok || errs.KindOf(err) != errs.Usage || errs.HintOf(err) != "Name one of them with --service." {
			t.Fatalf("%v: %v", tt.only, err)
		}
		var names []string
		for _, m := range several.Members {
			names = append(names, m.Name)
		}
		if diff := cmp.Diff(tt.want, names); diff != "" || !strings.HasSuffix(err.Error(), strings.Join(tt.want, ", ")) {
			t.Errorf("%v: %s\n%v", tt.only, diff, err)
		}
		if diff := cmp.Diff([]string{"worker"}, several.Members[0].DependsOn); diff != "" {
			t.Error(diff)
		}
	}
	in.Only = []string{"shop-worker"} // as it is called at its target
	if c, err := config.Load(in); err != nil || c.Member != "worker" {
		t.Errorf("%+v, %v", c, err)
	}
	in.Only, in.Shared = nil, true
	if c, err := config.Load(in); err != nil || c.Project != "demo" || c.Member != "" {
		t.Errorf("what holds for all: %+v, %v", c, err)
	}
}

func TestFaultsInServices(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, only, want, hint string }{
		{"services: {api: {ap: x}}", "", "gcpdeploy.yaml:1:18: unknown key ap", "Did you mean app?"},
		{"services: {api: {crates: {dept: 3}}}", "", "gcpdeploy.yaml:1:27: unknown key crates.dept", ""},
		{"services: {api: {region: [a]}}", "", "gcpdeploy.yaml:1:26: region must be", ""},
		{"services: {Api: {}}", "", "gcpdeploy.yaml:1:12: services: must", ""},
		{"services: [api]", "", "gcpdeploy.yaml:1:11: services must be a mapping of names, but is a list", ""},
		{"services: {}", "", "gcpdeploy.yaml:1:11: services names no service", ""},
		{"services: {api: {services: {b: {}}}}", "", "gcpdeploy.yaml:1:18: unknown key services", ""},
		{"service: shop\nservices: {api: {}}", "", "gcpdeploy.yaml:1:10: service would be the name of all services", ""},
		{"services: {api: {}}\nenvironments: {s: {service: shop}}", "", "gcpdeploy.yaml:2:29: service would be the name of all services", ""},
		{"services: {api: {}}\nenvironments: {s: {services: {apj: {}}}}", "", "gcpdeploy.yaml:2:31: services has no service apj", "Did you mean api?"},
		{"environments: {s: {services: {api: {}}}}", "", "gcpdeploy.yaml:1:30: services says what differs of services that the file does not have", ""},
		{"depends_on: [a]", "", "gcpdeploy.yaml:1:1: unknown key depends_on", "Write it below one of services."},
		{"services: {api: {depends_on: [wroker]}, worker: {}}", "", "gcpdeploy.yaml:1:31: services.api.depends_on names wroker, which is none of services", "Did you mean worker?"},
		{"services: {api: {depends_on: [api]}}", "", "gcpdeploy.yaml:1:31: services.api.depends_on names the service itself", ""},
		{"services: {api: {depends_on: {a: 1}}}", "", "gcpdeploy.yaml:1:30: services.api.depends_on must be a list of services", ""},
		{"services:\n  a: {depends_on: [b]}\n  b: {depends_on: [c]}\n  c: {depends_on: [b]}", "", "gcpdeploy.yaml:3:3: services wait for each other: b → c → b", ""},
		{"services: {api: {}, web: {}}", "wbe", "has no service wbe", "Did you mean web?"},
		{"region: europe-west1", "api", `unexpected argument "api"`, "Name the app's folder with --source."},
		{"services: {api: {app: services/none}}", "api", "app names services/none, which does not exist", ""},
	} {
		in := shopIn(t, tt.text)
		if tt.only != "" {
			in.Only = []string{tt.only}
		}
		_, err := config.Load(in)
		if err == nil || errs.KindOf(err) != errs.Usage || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.text, err, tt.want)
		}
		if tt.hint != "" && errs.HintOf(err) != tt.hint {
			t.Errorf("%s: hint %q, want %q", tt.text, errs.HintOf(err), tt.hint)
		}
	}
}

// TestSettingsInTheServicesFolder: they are not read, and that is said.
func TestSettingsInTheServicesFolder(t *testing.T) {
	t.Parallel()
	in := shopIn(t, shop)
	if err := os.WriteFile(filepath.Join(in.Dir, "services", "api", "gcpdeploy.yaml"), []byte("project: other\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	in.Only = []string{"api"}
	c, err := config.Load(in)
	if err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(c.Notes, "\n"); c.Project != "demo" || !strings.Contains(notes, "services/api/gcpdeploy.yaml is not read") {
		t.Errorf("project %s, notes %q", c.Project, notes)
	}
}
