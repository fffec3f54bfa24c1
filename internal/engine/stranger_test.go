package engine

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/credential"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

const aFork = "it is of a pull request from another repository, mallory/shop"

// TestDistrust: the settings of a stranger's code run no program here and name no
// secret; those of who starts the run do.
func TestDistrust(t *testing.T) {
	t.Parallel()
	files := func() map[string]string {
		return map[string]string{
			"requirements.txt": "--extra-index-url https://index.example/simple\nflask==3.0.0\n",
			"gcpdeploy.yaml":   "{service: s, project: my-project, python: '3.12', test: false, wheels: {credentials_command: [./steal], netrc_secret: db-password}}\n",
		}
	}
	app, err := load(t, files())
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Distrust(aFork, app.Config.Dir); err != nil {
		t.Fatal(err)
	}
	p := plan.Make(app.App, aPlace, plan.Facts{Builder: "sha256:b"})
	if app.Stranger != aFork || app.Logins || app.logins.Any() || app.Config.Wheels.NetrcSecret != "" || len(p.Secrets) > 0 {
		t.Errorf("%+v, secrets %v", app.logins, p.Secrets)
	}
	for _, want := range []string{"wheels.credentials_command (gcpdeploy.yaml:1) is not run: " + aFork, "wheels.netrc_secret (gcpdeploy.yaml:1) is not read: " + aFork} {
		if !slices.ContainsFunc(app.Notes, func(n string) bool { return strings.HasPrefix(n, want) }) {
			t.Errorf("notes %q lack %q", app.Notes, want)
		}
	}
	if app, err = load(t, files(), "GCPDEPLOY_WHEELS_CREDENTIALS_COMMAND=[\"ours\"]", "GCPDEPLOY_WHEELS_NETRC_SECRET=indexes"); err != nil {
		t.Fatal(err)
	}
	if err := app.Distrust(aFork, app.Config.Dir); err != nil || !app.Logins || app.Config.Wheels.NetrcSecret != "indexes" {
		t.Errorf("what a variable says: %v %+v", err, app.Config.Wheels)
	}
}

// TestDistrustCloud: an index of the cloud's own would be given the account's token.
func TestDistrustCloud(t *testing.T) {
	t.Parallel()
	app, err := load(t, map[string]string{"requirements.txt": "--extra-index-url https://europe-west1-python.pkg.dev/p/r/simple\nflask==3.0.0\n"})
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Distrust(aFork, app.Config.Dir); err != nil {
		t.Fatal(err)
	}
	app.UseCloud(credential.Cloud{Index: func(host string) bool { return host == "europe-west1-python.pkg.dev" }, InBuild: true})
	if app.Logins || len(app.OwnLogins) > 0 || !slices.Contains(app.Notes, "europe-west1-python.pkg.dev gets no login of Google Cloud: "+aFork) {
		t.Errorf("%v %q %q", app.Logins, app.OwnLogins, app.Notes)
	}
}

// TestDistrustFiles: this process can read what no build of a stranger's code may, so
// nothing of that code leads it out of the checkout.
func TestDistrustFiles(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(secret, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	plain := "{service: s, project: my-project, python: '3.12', test: false"
	for _, tt := range []struct {
		name, yaml, link string // at which a link leads to the secret
		env              []string
		refused          bool
	}{
		{"nothing", plain + "}", "", nil, false},
		{"a CA bundle", plain + ", ca_file: " + secret + "}", "", nil, true},
		{"a link as CA bundle", plain + ", ca_file: ca.pem}", "ca.pem", nil, true},
		{"a CA bundle of the runner's", plain + "}", "", []string{"GCPDEPLOY_CA_FILE=" + secret}, false},
		{"a template", plain + ", templates: own}", "own/wheelhouse/more.py", nil, true},
		{"templates elsewhere", plain + ", templates: " + filepath.Dir(secret) + "}", "", nil, true},
		{"requirements", plain + ", requirements: [linked.txt]}", "linked.txt", nil, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			app, err := load(t, map[string]string{"requirements.txt": "flask==3.0.0\n", "gcpdeploy.yaml": plain + "}\n", "ca.txt": "x"})
			if err != nil {
				t.Fatal(err)
			}
			dir := app.Config.Dir
			if tt.link != "" {
				if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, tt.link)), 0o700); err != nil {
					t.Fatal(err)
				}
				to := secret
				if tt.link == "linked.txt" { // which is read as requirements
					to = filepath.Join(filepath.Dir(secret), tt.name+".txt")
					if err := os.WriteFile(to, []byte("ya29.secret\n"), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				if err := os.Symlink(to, filepath.Join(dir, tt.link)); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(dir, "gcpdeploy.yaml"), []byte(tt.yaml+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if app, err = again(t, dir, tt.env...); err != nil {
				t.Fatal(err)
			}
			err = app.Distrust(aFork, dir)
			if (err != nil) != tt.refused || err != nil && (errs.KindOf(err) != errs.Usage || !strings.Contains(err.Error(), "leads out of the checkout, and "+aFork)) {
				t.Error(err)
			}
		})
	}
}
