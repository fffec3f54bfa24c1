package source

import (
	"bytes"
	"encoding/json"
	"path"
	"strings"
)

// sniffed is how much JSON is read as JSON: a service account's key is 2.4 kB.
const sniffed = 16 << 10

var secretNames = map[string]string{
	".env": "environment variables", ".netrc": "passwords of hosts", "_netrc": "passwords of hosts",
	".pypirc": "passwords of package indexes", ".git-credentials": "passwords of git hosts", ".pgpass": "passwords of databases",
	"credentials.json": "credentials", "application_default_credentials.json": "Google credentials",
	"id_rsa": "an SSH key", "id_dsa": "an SSH key", "id_ecdsa": "an SSH key", "id_ed25519": "an SSH key",
}

// secret says what in a file looks like a credential, "" for nothing: by its
// name first; head, the file's first bytes, is read where the name leaves doubt.
func secret(file string, head []byte) string {
	name := path.Base(file)
	if what, ok := secretNames[name]; ok {
		return what
	}
	switch path.Ext(name) {
	case ".pem":
		if privateKey(head) {
			return "a private key"
		}
	case ".key":
		if !bytes.Contains(head, []byte("PUBLIC KEY-----")) {
			return "a private key"
		}
	case ".p12", ".pfx":
		return "a private key"
	case ".json":
		if strings.HasPrefix(name, "client_secret") {
			return "an OAuth client's secret"
		}
		return googleKey(head)
	}
	switch {
	case strings.HasPrefix(name, ".env."):
		switch strings.TrimPrefix(path.Ext(name), ".") {
		case "example", "sample", "template", "dist":
			return ""
		}
		return "environment variables"
	case name == ".npmrc" && (bytes.Contains(head, []byte("_auth")) || bytes.Contains(head, []byte("_password"))):
		return "a token of a package index"
	case name == "credentials" && path.Base(path.Dir(file)) == ".aws":
		return "AWS credentials"
	}
	return ""
}

func privateKey(head []byte) bool { return bytes.Contains(head, []byte("PRIVATE KEY-----")) }

func googleKey(head []byte) string {
	if len(head) > sniffed || !bytes.Contains(head, []byte("service_account")) && !bytes.Contains(head, []byte("authorized_user")) {
		return ""
	}
	var key struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(head, &key) != nil {
		return ""
	}
	switch key.Type {
	case "service_account":
		return "a service account's key"
	case "authorized_user":
		return "a Google user's credentials"
	}
	return ""
}
