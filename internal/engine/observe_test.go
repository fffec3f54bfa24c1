package engine

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

func anApp(t *testing.T) plan.App {
	t.Helper()
	c, err := closure.Load(t.TempDir(), nil, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	tests := *c
	tests.Requirements = []closure.Requirement{{Name: "pytest"}}
	return plan.App{
		Config:  &config.Config{Service: "hello", Repository: "r", BaseImage: "python:3", Test: config.Test{Command: []string{"pytest"}}},
		Closure: c, Tests: &tests,
	}
}

// made is the label of an image of ours.
func made(t *testing.T) string {
	t.Helper()
	text, err := json.Marshal(plan.Made{Wheels: key.Key{Hash: "w"}})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestObserve(t *testing.T) {
	t.Parallel()
	app := anApp(t)
	keys := plan.KeysOf(app, "sha256:r")
	warm := map[string]string{
		"builder:v1": "sha256:b", "runtime:" + keys.Runtime.Hash: "sha256:r",
		"testenv:" + keys.TestEnv.Hash: "sha256:t", "hello:" + keys.App.Hash: "sha256:a",
	}
	without := func(prefixes ...string) map[string]string {
		m := map[string]string{}
		for k, v := range warm {
			if !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(k, p) }) {
				m[k] = v
			}
		}
		return m
	}
	serving := release.Service{Exists: true, Image: "host/p/r/hello@sha256:old"}
	for _, tt := range []struct {
		name   string
		google *google
		want   plan.Facts
		first  []string // calls, in any order
		then   []string // those that need an answer of the first
	}{
		{
			"warm", &google{tags: warm, service: release.Service{Exists: true}, same: true},
			plan.Facts{Builder: "sha256:b", Runtime: "sha256:r", TestEnv: "sha256:t", Image: "sha256:a", Service: release.Service{Exists: true, AsWanted: true}},
			[]string{"digest builder", "digest runtime", "running", "service"}, []string{"digest hello", "digest testenv"},
		},
		{
			"another source", &google{tags: without("hello:"), service: release.Service{Exists: true}, same: true},
			plan.Facts{Builder: "sha256:b", Runtime: "sha256:r", TestEnv: "sha256:t", Service: release.Service{Exists: true}},
			[]string{"digest builder", "digest runtime", "running", "service"}, []string{"digest hello", "digest testenv"},
		},
		{
			"busy", &google{tags: warm, running: []plan.Outcome{{Build: "x"}}},
			plan.Facts{Builder: "sha256:b", Runtime: "sha256:r", TestEnv: "sha256:t", Image: "sha256:a", Busy: true},
			[]string{"digest builder", "digest runtime", "running", "service"}, []string{"digest hello", "digest testenv"},
		},
		{
			"empty", &google{}, plan.Facts{Base: "python:3@sha256:pinned"},
			[]string{"digest builder", "digest runtime", "running", "service"}, []string{"digest wheels", "pin python:3", "tags wheels"},
		},
		{
			"other requirements", &google{
				service: serving,
				labels:  map[string]map[string]string{"hello@sha256:old": {plan.Label: made(t)}},
			},
			plan.Facts{Base: "python:3@sha256:pinned", Service: serving, Previous: &plan.Made{Wheels: key.Key{Hash: "w"}}},
			[]string{"digest builder", "digest runtime", "running", "service"}, []string{"digest wheels", "labels hello", "pin python:3", "tags wheels"},
		},
		{
			"another tool's image", &google{service: serving, labels: map[string]map[string]string{"hello@sha256:old": {plan.Label: `{`}}},
			plan.Facts{Base: "python:3@sha256:pinned", Service: serving},
			[]string{"digest builder", "digest runtime", "running", "service"}, []string{"digest wheels", "labels hello", "pin python:3", "tags wheels"},
		},
		{
			"no labels to be had", &google{service: serving, fail: map[string]error{"labels hello": errs.New(errs.Auth, "", "no")}},
			plan.Facts{Base: "python:3@sha256:pinned", Service: serving},
			[]string{"digest builder", "digest runtime", "running", "service"}, []string{"digest wheels", "labels hello", "pin python:3", "tags wheels"},
		},
		{
			"an earlier build of these wheels failed", &google{tags: map[string]string{"wheels:" + plan.PartialTag(keys.Wheels.Hash): "sha256:part"}},
			plan.Facts{Base: "python:3@sha256:pinned", Earlier: "sha256:part"},
			[]string{"digest builder", "digest runtime", "running", "service"}, []string{"digest wheels", "pin python:3", "tags wheels"},
		},
		{
			"no list of earlier wheels to be had", &google{fail: map[string]error{"tags wheels": errs.New(errs.Transient, "", "no")}},
			plan.Facts{Base: "python:3@sha256:pinned"},
			[]string{"digest builder", "digest runtime", "running", "service"}, []string{"digest wheels", "pin python:3", "tags wheels"},
		},
		{
			"young enough", &google{tags: warm, service: release.Service{Exists: true}, same: true, age: time.Hour},
			plan.Facts{Builder: "sha256:b", Runtime: "sha256:r", TestEnv: "sha256:t", Image: "sha256:a", Service: release.Service{Exists: true, AsWanted: true}},
			[]string{"digest builder", "digest runtime", "running", "service"}, []string{"digest hello", "digest testenv", "uploaded runtime"},
		},
		{
			"too old", &google{tags: map[string]string{"runtime:" + keys.Runtime.Hash: "sha256:r", "wheels:" + keys.Wheels.Hash: "sha256:w"}, age: 100 * time.Hour},
			plan.Facts{Base: "python:3@sha256:pinned", Aged: true, Earlier: "sha256:w"},
			[]string{"digest builder", "digest runtime", "running", "service"}, []string{"pin python:3", "tags wheels", "uploaded runtime"},
		},
		{
			"the wheels are there", &google{
				tags:   map[string]string{"wheels:" + keys.Wheels.Hash: "sha256:w"},
				labels: map[string]map[string]string{"wheels@sha256:w": {plan.BaseLabel: "python:3@sha256:then"}},
			},
			plan.Facts{Wheels: "sha256:w", Base: "python:3@sha256:then"},
			[]string{"digest builder", "digest runtime", "running", "service"}, []string{"digest wheels", "labels wheels"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			app := app
			if tt.google.age > 0 {
				limited := *app.Config
				limited.Wheels.MaxAge = 72 * time.Hour
				app.Config = &limited
			}
			got, err := tt.google.engine().Observe(t.Context(), app)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
			calls := tt.google.all()
			for _, late := range tt.then {
				if slices.Index(calls, late) < slices.Index(calls, "digest runtime") {
					t.Errorf("%s comes before what it needs: %v", late, calls)
				}
			}
			slices.Sort(calls)
			want := append(slices.Clone(tt.first), tt.then...)
			slices.Sort(want)
			if diff := cmp.Diff(want, calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

// TestObserveDenied: what may not be read is no miss.
func TestObserveDenied(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"digest builder", "digest runtime", "digest wheels", "service", "running"} {
		g := &google{fail: map[string]error{call: errs.New(errs.Auth, "", "denied")}}
		if _, err := g.engine().Observe(t.Context(), anApp(t)); errs.KindOf(err) != errs.Auth {
			t.Errorf("%s denied: %v", call, err)
		}
	}
}
