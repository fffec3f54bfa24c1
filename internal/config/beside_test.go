package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

func TestKeysThatNest(t *testing.T) {
	t.Parallel()
	in := crated(t, `
crates:
  size: {inner: {depth: 3}, width: 1.5}
  slots: [{name: a, size: 0.5}, {name: b}]
  bins: {left: {size: 0.5}, right: {size: 2}}
  env: {ON: true, OFF: FALSE, QUOTED: "true", N: 5}
  file: notice
environments:
  deep: {crates: {size: {inner: {depth: 4}}}}
`, "")
	in.Env = "deep"
	in.Lookup = func(name string) (string, bool) {
		v, ok := map[string]string{"GCPDEPLOY_CRATES_SIZE": `{"width": 2}`, "GCPDEPLOY_CRATES_SLOTS": `[{"name":"c","size":2}]`}[name]
		return v, ok
	}
	c, err := config.Load(in)
	if err != nil {
		t.Fatal(err)
	}
	want := &crate{Name: "first", File: "notice", Notice: "fragile", Depth: 4, Width: 2, Slots: []slot{{"c", 2}}, Bins: map[string]slot{"left": {Size: 0.5}, "right": {Size: 2}}, Env: map[string]string{"ON": "True", "OFF": "False", "QUOTED": "true", "N": "5"}}
	if diff := cmp.Diff(want, c.Settings); diff != "" {
		t.Error(diff)
	}
	if from := c.Origin["crates.size.inner.depth"]; from != "gcpdeploy.yaml:9" {
		t.Errorf("the depth is from %q", from)
	}
}

func TestFaultsInKeysThatNest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ yaml, want string }{
		{"crates: {size: {inner: {deepth: 3}}}", "gcpdeploy.yaml:1:25: unknown key crates.size.inner.deepth"},
		{"crates: {size: {inner: 3}}", "gcpdeploy.yaml:1:24: crates.size.inner must be a mapping"},
		{"crates: {size.width: 3}", "gcpdeploy.yaml:1:10: unknown key crates.size.width"},
		{"crates: {bins: {left: {sise: 3}}}", `gcpdeploy.yaml:1:24: unknown key crates.bins.left.sise`},
		{"crates: {bins: {left: {}}}", "gcpdeploy.yaml:1:23: crates.bins.left has no size"},
		{"crates: {bins: {Left: {size: 3}}}", "gcpdeploy.yaml:1:17: crates.bins: must be small letters"},
		{"crates: {bins: [3]}", "gcpdeploy.yaml:1:16: crates.bins must be a mapping of names, but is a list"},
		{"crates.size: {width: 3}", "gcpdeploy.yaml:1:1: unknown key crates.size"},
		{"crates: {size: {width: 0.1}}", "gcpdeploy.yaml:1:24: crates.size.width must be from 0.5 to 9, not 0.1"},
		{"crates: {size: {width: .nan}}", "crates.size.width must be"},
		{"crates: {size: {width: '1'}}", "crates.size.width must be a number, but is text"},
		{"crates: {slots: [{name: a, sise: 1}]}", "gcpdeploy.yaml:1:28: unknown key crates.slots[0].sise"},
		{"crates: {slots: [{size: 1}]}", "crates.slots[0] has no name"},
		{"crates: {slots: {name: a}}", "crates.slots must be a list of mappings"},
		{"crates: {lid: yes}", "gcpdeploy.yaml:1:15: crates.lid there is none"},
		{"crates: {file: none}", `gcpdeploy.yaml:1:16: crates.file names "none", which is not there`},
	} {
		_, err := config.Load(crated(t, tt.yaml, ""))
		if err == nil || !strings.Contains(err.Error(), tt.want) || errs.KindOf(err) != errs.Usage {
			t.Errorf("%s: %v, want %q", tt.yaml, err, tt.want)
		}
	}
}

// TestBeside holds that a target's own file is weaker than all else, that its mappings
// are added to, and that its errors have its places.
func TestBeside(t *testing.T) {
	t.Parallel()
	c, err := config.Load(crated(t, "crates: {size: {width: 2}, env: {A: ours}}", "size.width=7\nsize.inner.depth=8\nenv.B=theirs\nname=own"))
	if err != nil {
		t.Fatal(err)
	}
	want := &crate{Name: "own", Depth: 8, Width: 2, Env: map[string]string{"A": "ours", "B": "theirs"}}
	if diff := cmp.Diff(want, c.Settings); diff != "" {
		t.Error(diff)
	}
	if from := c.Origin["crates.size.inner.depth"]; from != "crate.txt:2" || len(c.Notes) != 1 {
		t.Errorf("the depth is from %q; notes %q", from, c.Notes)
	}
	_, err = config.Load(crated(t, "", "label=A\nsize.inner.depth=10"))
	if err == nil || !strings.Contains(err.Error(), "crate.txt:2:1: crates.size.inner.depth must be from 1 to 9, not 10") {
		t.Errorf("%v", err)
	}
	if c, err = config.Load(crated(t, "target: boxes", "size.inner.depth=10")); err != nil || len(c.Notes) != 0 {
		t.Errorf("another target reads it: %v, %q", err, c.Notes)
	}
}

// TestInPlaceOf: the name of one target stands in place of the service's for all.
func TestInPlaceOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, yaml, own, env, flag, want string }{
		{"nobody says", "", "", "", "", "first"},
		{"the target's own file", "", "name=own", "", "", "own"},
		{"the service", "service: api", "name=own", "", "", ""},
		{"both", "service: api\ncrates: {name: x}", "name=own", "", "", "x"},
		{"a variable", "service: api\ncrates: {name: x}", "", "web", "", ""},
		{"the flag of the key", "service: api", "", "web", "y", "y"},
		{"an environment", "crates: {name: x}\nenvironments: {e: {service: web}}", "", "", "", ""},
	} {
		in := crated(t, tt.yaml, tt.own)
		if tt.name == "an environment" {
			in.Env = "e"
		}
		in.Lookup = func(name string) (string, bool) {
			v, ok := map[string]string{"GCPDEPLOY_SERVICE": tt.env}[name]
			return v, ok
		}
		if tt.flag != "" {
			in.Flags = map[string][]string{"crate": {tt.flag}}
		}
		c, err := config.Load(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Settings.(*crate).Name; got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestSharedFlag: a flag of two targets is the chosen one's, and one of another target
// is refused.
func TestSharedFlag(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		yaml  string
		flags map[string][]string
		label string
		want  string
	}{
		{"", map[string][]string{"label": {"A"}}, "A", ""},
		{"", map[string][]string{"label": {"a"}}, "", "--label: crates.label must be capital letters"},
		{"boxes: {label: b}", map[string][]string{"label": {"a"}, "target": {"boxes"}}, "a", ""},
		{"", map[string][]string{"depth": {"3"}}, "", "--depth: is of the target boxes, and the target is crates"},
		{"target: boxes", map[string][]string{"crate": {"x"}}, "", "--crate: is of the target crates"},
	} {
		in := crated(t, tt.yaml, "")
		in.Flags = tt.flags
		c, err := config.Load(in)
		switch {
		case tt.want != "":
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v: %v, want %q", tt.flags, err, tt.want)
			}
		case err != nil:
			t.Errorf("%v: %v", tt.flags, err)
		case c.Settings.(*crate).Label != tt.label:
			t.Errorf("%v: %+v", tt.flags, c.Settings)
		}
	}
	seen := map[string]bool{}
	for _, f := range config.Flags([]config.Target{crates, boxes}) {
		if f.Name == "" || seen[f.Name] {
			t.Errorf("the flag %q is there twice, or has no name", f.Name)
		}
		seen[f.Name] = true
	}
}
