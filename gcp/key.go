package gcp

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"

	"cloud.google.com/go/auth/credentials"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Key is the content of a file of credentials that was given as a value, as CI
// systems do with secrets. It is on no disk. The zero value is none.
type Key struct {
	JSON []byte
	From string // the setting or variable that held it
}

// Project is the project that a service account's key is of, "" where it does not say.
func (k Key) Project() string {
	var f struct {
		Project string `json:"project_id"`
	}
	_ = json.Unmarshal(k.JSON, &f) // what is no JSON is refused where it is used
	return f.Project
}

// defaults are those of a key that was given as a value.
func (k Key) defaults() (d defaults, err error) {
	d = defaults{path: k.From, from: k.From, json: k.JSON}
	if json.Unmarshal(d.json, &d.file) != nil { // whose text quotes the key
		return d, errs.New(errs.Auth, keyHint, "%s holds no credentials", k.From)
	}
	if types[credentials.CredType(d.file.Type)] == "" {
		return d, errs.New(errs.Auth, keyHint, "%s holds no credentials of a kind that is known", k.From)
	}
	if d.file.Type == string(credentials.ServiceAccount) && !signs(d.file.PrivateKey) {
		return d, errs.New(errs.Auth, keyHint, "%s holds no private key that can be read", k.From)
	}
	if d.file.check(k.From) != nil { // whose error quotes it, too
		return d, errs.New(errs.Auth, keyHint, "%s would send credentials to what is no https address", k.From)
	}
	return d, nil
}

// signs says whether a text is a private key. Google's library would quote what it
// is else.
func signs(text string) bool {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return false
	}
	_, modern := x509.ParsePKCS8PrivateKey(block.Bytes)
	_, old := x509.ParsePKCS1PrivateKey(block.Bytes)
	return modern == nil || old == nil
}

const keyHint = "Give it the content of a service account's key file, or of a file that `gcloud iam workload-identity-pools create-cred-config` made."
