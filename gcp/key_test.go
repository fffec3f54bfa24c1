package gcp_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

func keyOf(t *testing.T, more map[string]string) gcp.Key {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	file := map[string]string{
		"type": "service_account", "project_id": "of-the-key", "client_email": "ci@of-the-key.iam.gserviceaccount.com", "private_key_id": "1",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)})),
	}
	for k, v := range more {
		file[k] = v
	}
	text, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return gcp.Key{JSON: text, From: "PLUGIN_TOKEN"}
}

// TestKey: the content of a key file is credentials that are on no disk.
func TestKey(t *testing.T) {
	t.Parallel()
	key := keyOf(t, nil)
	if key.Project() != "of-the-key" || (gcp.Key{}).Project() != "" || (gcp.Key{JSON: []byte("{")}).Project() != "" {
		t.Errorf("its project is %q", key.Project())
	}
	id, err := gcp.Config{Key: key, TokenFile: "/of/somebody/else"}.Identity()
	if err != nil || id.Email != "ci@of-the-key.iam.gserviceaccount.com" || id.Kind != "service account key" || id.From != "PLUGIN_TOKEN" || id.User {
		t.Errorf("%+v, %v", id, err)
	}
	// Without TLS it is the token file that is sent, and never the key.
	plain := gcp.Config{Key: key, TokenFile: "/run/token", Endpoints: gcp.Endpoints{Base: "http://127.0.0.1:1/"}}
	if id, err := plain.Identity(); err != nil || id.From != "/run/token" {
		t.Errorf("%+v, %v", id, err)
	}
	for name, bad := range map[string]gcp.Key{
		"no JSON":    {JSON: []byte("{c4nary"), From: "PLUGIN_TOKEN"},
		"a type":     keyOf(t, map[string]string{"type": "c4nary"}),
		"an address": keyOf(t, map[string]string{"token_uri": "http://c4nary.invalid/"}),
		"a key":      keyOf(t, map[string]string{"private_key": "c4nary"}),
	} {
		a := gcp.New(gcp.Config{Key: bad})
		_, err := a.Token(t.Context())
		if errs.KindOf(err) != errs.Auth || strings.Contains(err.Error()+errs.HintOf(err), "c4nary") {
			t.Errorf("%s: %v", name, err)
		}
		_ = a.Close()
	}
}
