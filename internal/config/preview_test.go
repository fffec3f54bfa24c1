package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// previewable is a target with jobs, and with a key that says how far it scales.
func previewable() config.Target {
	t := crates
	t.Preview = map[string]string{"size.inner.depth": "1"}
	t.Job = func(*config.Config, *config.Job) *config.Conflict { return nil }
	return t
}

// TestPreview: what the file says of previews holds in them alone, below what flags say.
func TestPreview(t *testing.T) {
	t.Parallel()
	const text = `
service: hello
crates: {size: {inner: {depth: 9}}, env: {A: "1", B: "1"}}
canary: [10, 50]
test: pytest
jobs: {tidy: {command: tidy}}
preview:
  ttl: 72h
  test: false
  crates: {env: {B: "2"}}
environments:
  staging:
    crates: {size: {inner: {depth: 7}}}
    preview: {as: service, ttl: 1h, crates: {env: {C: "3"}}, jobs: {seed: {command: seed}}}
  one:
    preview: {as: service, crates: {size: {inner: {depth: 3}}}}
`
	type got struct {
		Depth  int
		Env    map[string]string
		Off    bool
		Canary []int
		Jobs   []string
		config.Preview
	}
	env := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for n := 0; n < len(pairs); n += 2 {
			m[pairs[n]] = pairs[n+1]
		}
		return m
	}
	for name, tt := range map[string]struct {
		in   config.Input
		want got
	}{
		"what serves": {config.Input{}, got{9, env("A", "1", "B", "1"), false, []int{10, 50}, []string{"tidy"}, config.Preview{TTL: 72 * time.Hour}}},
		"by a tag":    {config.Input{Preview: true}, got{9, env("A", "1", "B", "2"), true, []int{10, 50}, []string{"tidy"}, config.Preview{TTL: 72 * time.Hour}}},
		"a service of its own": {config.Input{Preview: true, Flags: map[string][]string{"preview-as": {"service"}}},
			got{1, env("A", "1", "B", "2"), true, nil, nil, config.Preview{As: "service", TTL: 72 * time.Hour}}},
		"in an environment": {config.Input{Preview: true, Env: "staging"},
			got{1, env("A", "1", "B", "2", "C", "3"), true, nil, []string{"seed"}, config.Preview{As: "service", TTL: time.Hour}}},
		"scaled otherwise": {config.Input{Preview: true, Env: "one"}, got{3, env("A", "1", "B", "2"), true, nil, nil, config.Preview{As: "service", TTL: 72 * time.Hour}}},
		"a variable over it": {config.Input{Preview: true, Env: "one", Lookup: lookup(env("GCPDEPLOY_CRATES_SIZE_INNER_DEPTH", "4"))},
			got{4, env("A", "1", "B", "2"), true, nil, nil, config.Preview{As: "service", TTL: 72 * time.Hour}}},
	} {
		tt.in.Dir = t.TempDir()
		tt.in.Targets = []config.Target{previewable()}
		if err := os.WriteFile(filepath.Join(tt.in.Dir, "gcpdeploy.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(tt.in)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		settings := c.Settings.(*crate)
		g := got{Depth: settings.Depth, Env: settings.Env, Off: c.Test.Off, Canary: c.Canary.Steps, Preview: c.Preview}
		for _, j := range c.Jobs {
			g.Jobs = append(g.Jobs, j.Name)
		}
		if diff := cmp.Diff(tt.want, g); diff != "" {
			t.Errorf("%s, -want +got:\n%s", name, diff)
		}
	}
}

// TestPreviewFaults: what is wrong is told with its place, whether a preview is asked for or not.
func TestPreviewFaults(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"preview: {as: both}":                               "preview.as must be tag or service",
		"preview: {depth: 3}":                               "unknown key depth Did you mean crates.size.inner.depth?",
		"preview: {crates: {size: {inner: {depth: deep}}}}": "gcpdeploy.yaml:1:42: crates.size.inner.depth",
		"preview: {service: other}":                         "preview.service cannot be other in a preview",
		"preview: {region: europe-west1}":                   "preview.region cannot be other in a preview",
		"preview: {preview: {ttl: 1h}}":                     "unknown key preview.preview",
		"preview: 72h":                                      "preview must be a mapping",
		"environments: {a: {preview: {crates: {size: {inner: {depth: deep}}}}}}":     "crates.size.inner.depth",
		"services: {a: {app: ., preview: {crates: {size: {inner: {depth: deep}}}}}}": "crates.size.inner.depth",
		"preview: {jobs: {seed: {command: seed}}}\njobs: {a: {command: b}}":          "",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "gcpdeploy.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := config.Load(config.Input{Dir: dir, Targets: []config.Target{previewable()}})
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", text, err)
			}
			_, err = config.Load(config.Input{Dir: dir, Targets: []config.Target{previewable()}, Preview: true})
			want = "preview.jobs are of the service"
		}
		if said := fmt.Sprint(err, " ", errs.HintOf(err)); !strings.Contains(said, want) {
			t.Errorf("%s: %q does not say %q", text, said, want)
		}
	}
}
