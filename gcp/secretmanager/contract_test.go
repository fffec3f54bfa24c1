package secretmanager_test

import (
	"context"
	"testing"

	api "cloud.google.com/go/secretmanager/apiv1"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/contract"
	"github.com/gcpdeploy/gcpdeploy/gcp/secretmanager"
)

// TestContract is what a deploy does with the login of a package index.
func TestContract(t *testing.T) {
	t.Parallel()
	at := contract.At(t, contract.Plain)
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: at.URL}, TokenFile: at.TokenFile})
	t.Cleanup(func() { _ = a.Close() })
	opts, err := a.GRPC(a.Endpoint(gcp.SecretManager))
	if err != nil {
		t.Fatal(err)
	}
	sm, err := api.NewClient(t.Context(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sm.Close() })
	c, id := secretmanager.New(a, at.Project, at.Region), contract.Name()
	secret := "projects/" + at.Project + "/secrets/" + id
	t.Cleanup(func() {
		if err := sm.DeleteSecret(context.Background(), &secretmanagerpb.DeleteSecretRequest{Name: secret}); err != nil {
			t.Error(err)
		}
	})
	look := func(version string, want secretmanager.Found) {
		t.Helper()
		if got, err := c.Look(t.Context(), secret, version); got != want || err != nil {
			t.Errorf("version %s: %v, %v, want %v", version, got, err, want)
		}
	}
	look("latest", secretmanager.NoSecret)
	var names []string
	for _, value := range []string{"one", "one", "two", "three"} {
		name, err := c.Keep(t.Context(), id, []byte(value))
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name[len(name)-1:])
	}
	if names[0] != "1" || names[1] != "1" || names[2] != "2" || names[3] != "3" {
		t.Errorf("versions %q", names)
	}
	look("1", secretmanager.Unreadable)
	look("2", secretmanager.Readable)
	look("4", secretmanager.NoVersion)
	if value, err := c.Value(t.Context(), secret+"/versions/latest"); err != nil || value != "three" {
		t.Errorf("the latest: %q, %v", value, err)
	}
	v, err := sm.AccessSecretVersion(t.Context(), &secretmanagerpb.AccessSecretVersionRequest{Name: secret + "/versions/latest"})
	if err != nil || string(v.GetPayload().GetData()) != "three" {
		t.Errorf("latest: %v, %v", v, err)
	}
}
