package gcp

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/auth/credentials"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

const (
	credentialsVar = "GOOGLE_APPLICATION_CREDENTIALS"
	configVar      = "CLOUDSDK_CONFIG"
	defaultName    = "application_default_credentials.json"
	metadataServer = "the metadata server"
)

// defaults is the file with the application default credentials; without a path
// there is none, and they come from the metadata server, where there is one.
type defaults struct {
	path, from string
	written    time.Time
	json       []byte
	file       credentialsFile
}

// credentialsFile is what is looked at of such a file, of whatever type.
type credentialsFile struct {
	Type         string           `json:"type"`
	Account      string           `json:"account"`
	ClientEmail  string           `json:"client_email"`
	Audience     string           `json:"audience"`
	QuotaProject string           `json:"quota_project_id"`
	Impersonates string           `json:"service_account_impersonation_url"`
	Delegates    []string         `json:"delegates"`
	Source       *credentialsFile `json:"source_credentials"`

	PrivateKey string `json:"private_key"`

	TokenURI string `json:"token_uri"`
	TokenURL string `json:"token_url"`
}

// findDefaults looks for the file as Google's own libraries do: where a variable
// says, in gcloud's folder, and nowhere else.
func findDefaults() (d defaults, err error) {
	named := os.Getenv(credentialsVar)
	d.path, d.from = named, credentialsVar+" ("+named+")"
	if named == "" {
		if d.path = defaultPath(); d.path == "" {
			return defaults{}, nil
		}
		d.from = d.path
	}
	info, err := os.Stat(d.path)
	if err == nil {
		d.written = info.ModTime()
		d.json, err = os.ReadFile(d.path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && named == "":
		return defaults{}, nil
	case err != nil:
		hint := "Set " + credentialsVar + " to a file of credentials, or unset it and run `" + loginCommand + "`."
		if named == "" {
			hint = login
		}
		return d, errs.New(errs.Auth, hint, "reading the credentials: %w", err)
	}
	if err := json.Unmarshal(d.json, &d.file); err != nil {
		return d, errs.New(errs.Auth, login, "%s holds no credentials: %w", d.path, err)
	}
	return d, d.file.check(d.path)
}

// defaultPath is where gcloud keeps the file.
func defaultPath() string {
	if dir := os.Getenv(configVar); dir != "" {
		return filepath.Join(dir, defaultName)
	}
	if runtime.GOOS == "windows" {
		return filepath.Join(os.Getenv("APPDATA"), "gcloud", defaultName)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".config", "gcloud", defaultName)
}

// types are the kinds of credentials that there are, in words.
var types = map[credentials.CredType]string{
	credentials.AuthorizedUser:                "user",
	credentials.ServiceAccount:                "service account key",
	credentials.ExternalAccount:               "workload identity federation",
	credentials.ExternalAccountAuthorizedUser: "workforce identity federation",
	credentials.ImpersonatedServiceAccount:    "impersonated service account",
	credentials.GDCHServiceAccount:            "service account of Distributed Cloud",
}

// check refuses a file that nobody can read, and one by which secrets would go to
// a server without TLS, unless that is on this machine.
func (f credentialsFile) check(path string) error {
	if types[credentials.CredType(f.Type)] == "" {
		return errs.New(errs.Auth, login, "%s holds no credentials: its type is %q", path, f.Type)
	}
	for _, at := range []string{f.TokenURI, f.TokenURL, f.Impersonates} {
		if u, err := url.Parse(at); at != "" && (err != nil || u.Scheme != "https" && !loopback(at)) {
			return errs.New(errs.Auth, "Make the file again, with `gcloud iam workload-identity-pools create-cred-config` or `"+loginCommand+"`.",
				"%s sends credentials to %s, which is no https address", path, at)
		}
	}
	if f.Source != nil {
		return f.Source.check(path)
	}
	return nil
}

// credentials puts the file to use.
func (d defaults) credentials() (creds *auth.Credentials, err error) {
	opts := &credentials.DetectOptions{Scopes: []string{scope}}
	if d.path == "" {
		creds, err = credentials.DetectDefault(opts)
	} else {
		creds, err = credentials.NewCredentialsFromJSON(credentials.CredType(d.file.Type), d.json, opts)
	}
	if err != nil {
		return nil, errs.New(errs.Auth, login, "finding credentials for Google Cloud: %w", err)
	}
	return creds, nil
}

// identity is who the file is of.
func (d defaults) identity() Identity {
	if d.path == "" {
		return Identity{Kind: "none, or the machine's own", From: metadataServer}
	}
	f := d.file
	id := Identity{Kind: types[credentials.CredType(f.Type)], From: d.from, Since: d.written, Email: cmp.Or(f.ClientEmail, f.Account)}
	if f.Impersonates != "" {
		id.Chain = append(append([]string{}, accounts(f.Delegates)...), accounts([]string{f.Impersonates})...)
		id.Email = id.Chain[len(id.Chain)-1]
	} else if f.Audience != "" && id.Email == "" {
		id.Principal = strings.TrimPrefix(f.Audience, "//iam.googleapis.com/")
	}
	id.User = f.Type == string(credentials.AuthorizedUser) && len(id.Chain) == 0
	return id
}

// accounts are the addresses in resource names or URLs of service accounts.
func accounts(names []string) (emails []string) {
	for _, n := range names {
		n = n[strings.LastIndexByte(n, '/')+1:]
		n, _, _ = strings.Cut(n, ":")
		emails = append(emails, n)
	}
	return emails
}
