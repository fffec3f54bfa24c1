package run_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/gcp/secretmanager"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestSecretsThatAreNotThere are told as what they are.
func TestSecretsThatAreNotThere(t *testing.T) {
	t.Parallel()
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: s.URL()}, TokenFile: s.TokenFile()})
	t.Cleanup(func() {
		_ = a.Close()
		if err := s.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	for _, value := range []string{"1", "2", "3"} { // the first is destroyed meanwhile
		if _, err := secretmanager.New(a, "p", "europe-west1").Keep(t.Context(), "key", []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		secrets map[string]string
		want    string
		beside  string // settings
	}{
		{want: "run.sidecars.proxy.secrets: TOKEN: there is no secret nope", beside: `{"sidecars": {"proxy": {"image": "i", "secrets": {"TOKEN": "nope:1", "/etc/x/key": "key:3"}}}}`},
		{secrets: map[string]string{"/etc/x/key": "nope:1"}, want: "run.secrets: /etc/x/key: there is no secret nope"},
		{},
		{secrets: map[string]string{"A": "key:latest", "B": "key:3", "C": "projects/p/secrets/key:2"}},
		{secrets: map[string]string{"A": "nope:latest"}, want: "run.secrets: A: there is no secret nope in project p"},
		{secrets: map[string]string{"A": "projects/q/secrets/key:1"}, want: "run.secrets: A: there is no secret key in project q"},
		{secrets: map[string]string{"A": "key:9"}, want: "run.secrets: A: the secret key has no version 9"},
		{secrets: map[string]string{"A": "key:1"}, want: "run.secrets: A: version 1 of the secret key is disabled or destroyed"},
		{secrets: map[string]string{"A": "key:3", "C": "nope:1", "B": "nope:2"}, want: "run.secrets: B: there is no secret nope"},
	} {
		err := run.NewTarget(a).Check(t.Context(), release.Spec{Project: "p", Secrets: tt.secrets, Settings: []byte(tt.beside)}, release.Service{Exists: true})
		if (err == nil) != (tt.want == "") || err != nil && (!strings.Contains(err.Error(), tt.want) || errs.KindOf(err) != errs.Usage || !strings.Contains(errs.HintOf(err), "--project=")) {
			t.Errorf("%v: %v", tt.secrets, err)
		}
	}
}

// TestSecretsBeside are those that the app's account must be able to read, too.
func TestSecretsBeside(t *testing.T) {
	t.Parallel()
	s := release.Spec{
		Settings: []byte(`{"sidecars": {"b": {"image": "i", "secrets": {"T": "two:1"}}, "a": {"image": "i", "secrets": {"/x/y": "one:latest"}}}}`),
		Jobs:     []config.Job{{Name: "j", Secrets: map[string]string{"A": "three:1"}}},
	}
	if got := run.Kind.Needs.Secrets(s); !slices.Equal(got, []string{"one:latest", "two:1", "three:1"}) {
		t.Errorf("%q", got)
	}
}
