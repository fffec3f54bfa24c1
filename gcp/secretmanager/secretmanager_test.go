package secretmanager_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	api "cloud.google.com/go/secretmanager/apiv1"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

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

// TestEmulatorLists: secrets and versions are listed, changed and switched off, to
// Google's client.
func TestEmulatorLists(t *testing.T) {
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
	for _, id := range []string{"one", "two"} {
		for _, value := range []string{"a", "b", "c"} {
			if _, err := secretmanager.New(a, "p", "europe-west1").Keep(t.Context(), id, []byte(value)); err != nil {
				t.Fatal(err)
			}
		}
	}
	var got []string
	secrets := sm.ListSecrets(t.Context(), &secretmanagerpb.ListSecretsRequest{Parent: "projects/p", PageSize: 1})
	for s, err := secrets.Next(); !errors.Is(err, iterator.Done); s, err = secrets.Next() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, s.GetName())
	}
	if want := "projects/p/secrets/two projects/p/secrets/one"; strings.Join(got, " ") != want {
		t.Errorf("secrets %q, want %q", got, want)
	}
	states := func() (all string) {
		t.Helper()
		versions := sm.ListSecretVersions(t.Context(), &secretmanagerpb.ListSecretVersionsRequest{Parent: "projects/p/secrets/one", PageSize: 2})
		for v, err := versions.Next(); !errors.Is(err, iterator.Done); v, err = versions.Next() {
			if err != nil {
				t.Fatal(err)
			}
			all += v.GetName()[len("projects/p/secrets/one/versions/"):] + " " + v.GetState().String() + " "
			if (v.GetDestroyTime() != nil) != (v.GetState() == secretmanagerpb.SecretVersion_DESTROYED) {
				t.Errorf("%v", v)
			}
		}
		return all
	}
	if got, want := states(), "3 ENABLED 2 ENABLED 1 DESTROYED "; got != want {
		t.Errorf("versions %q, want %q", got, want)
	}
	const version = "projects/p/secrets/one/versions/3"
	if _, err := sm.DisableSecretVersion(t.Context(), &secretmanagerpb.DisableSecretVersionRequest{Name: version}); err != nil {
		t.Fatal(err)
	}
	if _, err := sm.AccessSecretVersion(t.Context(), &secretmanagerpb.AccessSecretVersionRequest{Name: version}); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("a disabled version is read: %v", err)
	}
	if got, want := states(), "3 DISABLED 2 ENABLED 1 DESTROYED "; got != want {
		t.Errorf("versions %q, want %q", got, want)
	}
	if _, err := sm.EnableSecretVersion(t.Context(), &secretmanagerpb.EnableSecretVersionRequest{Name: version}); err != nil {
		t.Fatal(err)
	}
	if _, err := sm.EnableSecretVersion(t.Context(), &secretmanagerpb.EnableSecretVersionRequest{Name: "projects/p/secrets/one/versions/1"}); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("a destroyed version is enabled: %v", err)
	}
	change := &secretmanagerpb.Secret{Name: "projects/p/secrets/one", Labels: map[string]string{"a": "b"}, Annotations: map[string]string{"c": "d"}}
	for path, want := range map[string]codes.Code{"labels": codes.OK, "none": codes.InvalidArgument, "rotation": codes.Unimplemented, "": codes.InvalidArgument} {
		mask := &fieldmaskpb.FieldMask{}
		if path != "" {
			mask.Paths = []string{path}
		}
		if _, err := sm.UpdateSecret(t.Context(), &secretmanagerpb.UpdateSecretRequest{Secret: change, UpdateMask: mask}); status.Code(err) != want {
			t.Errorf("update of %q: %v, want %v", path, err, want)
		}
	}
	if s, err := sm.GetSecret(t.Context(), &secretmanagerpb.GetSecretRequest{Name: change.Name}); err != nil || s.GetLabels()["a"] != "b" || len(s.GetAnnotations()) != 0 {
		t.Errorf("after the update: %v, %v", s, err)
	}
}
