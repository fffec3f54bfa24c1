package secretmanager_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	api "cloud.google.com/go/secretmanager/apiv1"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emusecrets "github.com/gcpdeploy/gcpdeploy/gcp/emulator/secretmanager"
	"github.com/gcpdeploy/gcpdeploy/gcp/secretmanager"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// start runs emulators, and gives what a client of them needs, and their state.
func start(t *testing.T) (*gcp.Access, *emulator.Server, string) {
	t.Helper()
	dir := t.TempDir()
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: dir})
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
	return a, s, dir
}

func keep(t *testing.T, c *secretmanager.Client, value string) string {
	t.Helper()
	v, err := c.Keep(t.Context(), "pip-netrc", []byte(value))
	if err != nil {
		t.Fatal(err)
	}
	return v[strings.LastIndexByte(v, '/')+1:]
}

// TestKeep: a version is made when the value changed, the last one before stays,
// older ones go.
func TestKeep(t *testing.T) {
	t.Parallel()
	a, s, dir := start(t)
	c := secretmanager.New(a, "p", "europe-west1")
	for i, step := range []struct{ value, want string }{{"one", "1"}, {"one", "1"}, {"two", "2"}, {"three", "3"}, {"two", "4"}, {"two", "4"}} {
		if got := keep(t, c, step.value); got != step.want {
			t.Errorf("call %d: version %s, want %s", i, got, step.want)
		}
	}
	for version, want := range map[string]string{"latest": "two", "4": "two", "3": "three"} {
		if got, err := emulator.Get[*emusecrets.Server](s).Value(t.Context(), "projects/p/secrets/pip-netrc/versions/"+version); err != nil || got != want {
			t.Errorf("%s is %q, %v", version, got, err)
		}
	}
	for _, version := range []string{"1", "2"} {
		if got, err := emulator.Get[*emusecrets.Server](s).Value(t.Context(), "projects/p/secrets/pip-netrc/versions/"+version); err == nil {
			t.Errorf("version %s is still there: %q", version, got)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "secretmanager", "p", "pip-netrc.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info.Mode(), err)
	}
}

// TestKeepErrors: what Secret Manager refuses is told with what to do.
func TestKeepErrors(t *testing.T) {
	t.Parallel()
	a, s, _ := start(t)
	c := secretmanager.New(a, "p", "europe-west1")
	emulator.Get[*emusecrets.Server](s).Faults.Fail("AddSecretVersion", 1, codes.PermissionDenied)
	if _, err := c.Keep(t.Context(), "n", []byte("canary")); errs.KindOf(err) != errs.Auth || strings.Contains(err.Error(), "canary") {
		t.Errorf("denied: %v", err)
	}
	// What failed half way goes on from there.
	if v, err := c.Keep(t.Context(), "n", []byte("canary")); err != nil || !strings.HasSuffix(v, "/secrets/n/versions/1") {
		t.Errorf("again: %s, %v", v, err)
	}
	if _, err := c.Keep(t.Context(), "n", []byte(strings.Repeat("x", 65<<10))); err == nil || !strings.Contains(err.Error(), "limit") {
		t.Errorf("too large: %v", err)
	}
	if _, err := c.Keep(t.Context(), "a b", []byte("x")); err == nil {
		t.Error("a strange name is taken")
	}
}

// TestEmulatorRefuses: the emulator answers as Google does, to Google's client.
func TestEmulatorRefuses(t *testing.T) {
	t.Parallel()
	a, _, _ := start(t)
	opts, err := a.GRPC(a.Endpoint(gcp.SecretManager))
	if err != nil {
		t.Fatal(err)
	}
	sm, err := api.NewClient(t.Context(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	auto := &secretmanagerpb.Secret{Replication: &secretmanagerpb.Replication{Replication: &secretmanagerpb.Replication_Automatic_{Automatic: &secretmanagerpb.Replication_Automatic{}}}}
	create := func(parent, id string, secret *secretmanagerpb.Secret) error {
		_, err := sm.CreateSecret(t.Context(), &secretmanagerpb.CreateSecretRequest{Parent: parent, SecretId: id, Secret: secret})
		return err
	}
	access := func(name string) error {
		_, err := sm.AccessSecretVersion(t.Context(), &secretmanagerpb.AccessSecretVersionRequest{Name: name})
		return err
	}
	add := func(parent string, p *secretmanagerpb.SecretPayload) error {
		_, err := sm.AddSecretVersion(t.Context(), &secretmanagerpb.AddSecretVersionRequest{Parent: parent, Payload: p})
		return err
	}
	if err := create("projects/p", "s", auto); err != nil {
		t.Fatal(err)
	}
	wrong := int64(1)
	for name, tt := range map[string]struct {
		err  error
		want codes.Code
	}{
		"again":            {create("projects/p", "s", auto), codes.AlreadyExists},
		"no replication":   {create("projects/p", "x", &secretmanagerpb.Secret{}), codes.InvalidArgument},
		"a strange id":     {create("projects/p", "a.b", auto), codes.InvalidArgument},
		"a strange parent": {create("projects/../x", "s", auto), codes.InvalidArgument},
		"regional":         {create("projects/p/locations/l", "s", auto), codes.Unimplemented},
		"no secret":        {access("projects/p/secrets/none/versions/latest"), codes.NotFound},
		"no version":       {access("projects/p/secrets/s/versions/latest"), codes.NotFound},
		"version 0":        {access("projects/p/secrets/s/versions/0"), codes.InvalidArgument},
		"empty":            {add("projects/p/secrets/s", &secretmanagerpb.SecretPayload{}), codes.InvalidArgument},
		"wrong checksum":   {add("projects/p/secrets/s", &secretmanagerpb.SecretPayload{Data: []byte("x"), DataCrc32C: &wrong}), codes.InvalidArgument},
		"to no secret":     {add("projects/p/secrets/none", &secretmanagerpb.SecretPayload{Data: []byte("x")}), codes.NotFound},
	} {
		if got := gcp.Code(tt.err); got != tt.want {
			t.Errorf("%s: %v, want %v", name, tt.err, tt.want)
		}
	}
	if err := sm.DeleteSecret(t.Context(), &secretmanagerpb.DeleteSecretRequest{Name: "projects/p/secrets/s"}); err != nil {
		t.Error(err)
	}
	if _, err := sm.GetSecret(t.Context(), &secretmanagerpb.GetSecretRequest{Name: "projects/p/secrets/s"}); gcp.Code(err) != codes.NotFound {
		t.Errorf("after deletion: %v", err)
	}
}
