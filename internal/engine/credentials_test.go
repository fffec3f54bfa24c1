package engine

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/credential"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

const canary = "canary-91ab"

// load loads an app with these files and variables.
func load(t *testing.T, files map[string]string, env ...string) (*App, error) {
	t.Helper()
	dir := t.TempDir()
	files["wsgi.py"] = "if __name__ == \"__main__\": pass\n"
	if files["gcpdeploy.yaml"] == "" {
		files["gcpdeploy.yaml"] = "{service: s, project: my-project, python: '3.12', test: false}\n"
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return again(t, dir, env...)
}

// again loads the app in a folder with these variables.
func again(t *testing.T, dir string, env ...string) (*App, error) {
	t.Helper()
	return Load(t.Context(), config.Input{Targets: targets, Dir: dir, Lookup: func(name string) (string, bool) {
		for _, e := range env {
			if k, v, _ := strings.Cut(e, "="); k == name {
				return v, true
			}
		}
		return "", false
	}})
}

// everything is what of an app leaves the machine, as text.
func everything(t *testing.T, app *App) string {
	t.Helper()
	p := plan.Make(app.App, aPlace, plan.Facts{})
	src, err := app.Archive(p)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := src.Write(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	text := src.Object + string(p.JSON()) + fmt.Sprintf("%+v %v", app.Closure, plan.KeysOf(app.App, "sha256:1"))
	for in := tar.NewReader(z); ; {
		h, err := in.Next()
		if err != nil {
			return text
		}
		data, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		text += h.Name + "\n" + string(data)
	}
}

// TestLiteralCredentials: a password in a file of the app is told with its place,
// is not sent, changes no key, and is found by the build.
func TestLiteralCredentials(t *testing.T) {
	t.Parallel()
	files := func(password string) map[string]string {
		return map[string]string{"requirements.txt": "-i https://u:" + password + "@h.example/simple # https://u:" + password + "@h.example\nflask\n"}
	}
	app, err := load(t, files(canary))
	if err != nil {
		t.Fatal(err)
	}
	if text := everything(t, app); strings.Contains(text, canary) || !strings.Contains(text, "-i https://h.example/simple # https://h.example\n") {
		t.Error(text)
	}
	warned := slices.DeleteFunc(slices.Clone(app.Tree.Warnings), func(w string) bool {
		return !strings.HasPrefix(w, "requirements.txt:1: the URL of h.example has its password in it; ")
	})
	if len(warned) != 1 || strings.Contains(fmt.Sprint(app.Tree.Warnings), canary) {
		t.Errorf("warnings %q", app.Tree.Warnings)
	}
	set, err := app.logins.Collect(t.Context())
	if err != nil || len(set) != 1 || string(set[0].Password) != canary || !app.Logins {
		t.Errorf("%d logins, %v", len(set), err)
	}
	other, err := load(t, files("another"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plan.KeysOf(app.App, "sha256:1"), plan.KeysOf(other.App, "sha256:1")); diff != "" {
		t.Error(diff)
	}
}

// TestLiteralBehindLinks: the file that is sent is another one than the one named.
func TestLiteralBehindLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, err := range []error{
		os.Mkdir(filepath.Join(dir, "real"), 0o700),
		os.WriteFile(filepath.Join(dir, "real", "base.txt"), []byte("-i https://u:"+canary+"@h.example/simple\nflask\n"), 0o600),
		os.WriteFile(filepath.Join(dir, "wsgi.py"), []byte("if __name__ == \"__main__\": pass\n"), 0o600),
		os.Symlink("real", filepath.Join(dir, "reqs")),
		os.Symlink("reqs/base.txt", filepath.Join(dir, "requirements.txt")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	app, err := Load(t.Context(), config.Input{Targets: targets, Dir: dir, Flags: map[string][]string{"service": {"s"}, "python": {"3.12"}, "test": {"false"}}})
	if err != nil {
		t.Fatal(err)
	}
	if text := everything(t, app); strings.Contains(text, canary) || !strings.Contains(text, "real/base.txt\n-i https://h.example/simple\n") {
		t.Error(text)
	}
}

// TestCredentialsElsewhere: none in the files.
func TestCredentialsElsewhere(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		requirements, config string
		env                  []string
		logins               bool
		err                  string
	}{
		"none":              {"-i https://h.example/simple\nflask", "", nil, false, ""},
		"the public index":  {"flask", "", []string{credential.Variable + "=default login u password " + canary}, false, ""},
		"a variable":        {"-i https://u:${P}@h.example/simple\nflask", "", []string{"P=" + canary}, true, ""},
		"of another host":   {"-i https://h.example/simple\nflask", "", []string{"PIP_INDEX_URL=https://u:" + canary + "@other/simple"}, false, ""},
		"of the host":       {"-i https://h.example/simple\nflask", "", []string{"PIP_INDEX_URL=https://u:" + canary + "@h.example/simple"}, true, ""},
		"a command, unused": {"flask", "wheels: {credentials_command: 'false'}", nil, false, ""},
		"a command":         {"flask", "wheels: {index_url: 'https://h.example', credentials_command: 'false'}", nil, true, ""},
		"UTF-16":            {"\xff\xfe" + utf16("-i https://u:"+canary+"@h.example/simple\nflask"), "", nil, false, "cannot be taken out"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{"requirements.txt": tt.requirements}
			if tt.config != "" {
				files["gcpdeploy.yaml"] = "service: s\nproject: my-project\npython: '3.12'\ntest: false\n" + tt.config + "\n"
			}
			app, err := load(t, files, tt.env...)
			if tt.err != "" {
				if errs.KindOf(err) != errs.Usage || !strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), canary) {
					t.Error(err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if other := strings.Contains(strings.Join(app.Notes, "\n"), "PIP_INDEX_URL or PIP_EXTRA_INDEX_URL names other, "); other != (name == "of another host") {
				t.Errorf("notes %q", app.Notes)
			}
			if app.Logins != tt.logins {
				t.Errorf("logins are known: %v", app.Logins)
			}
			if strings.Contains(everything(t, app), canary) {
				t.Error("it is sent")
			}
		})
	}
}

// TestCloudIndexes: an index of the cloud's, named anywhere, is asked with its login,
// and that is in nothing that is sent.
func TestCloudIndexes(t *testing.T) {
	t.Parallel()
	const host, index = "eu.cloud", "https://eu.cloud/p/r/simple/"
	uv := "version = 1\nrequires-python = \">=3.12\"\n[[package]]\nname = \"flask\"\nversion = \"1.0\"\nsource = { registry = \"" + index + "\" }\n" +
		"wheels = [{ url = \"https://eu.cloud/p/r/flask-1.0-py3-none-any.whl\", hash = \"sha256:" + strings.Repeat("0", 64) + "\" }]\n" +
		"[[package]]\nname = \"s\"\nversion = \"0\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"flask\" }]\n[package.metadata]\nrequires-dist = [{ name = \"flask\" }]\n"
	project := "[project]\nname = \"s\"\nversion = \"0\"\nrequires-python = \">=3.12\"\ndependencies = [\"flask\"]\n"
	for name, files := range map[string]map[string]string{
		"index":       {"requirements.txt": "-i " + index + "\nflask\n"},
		"extra index": {"requirements.txt": "--extra-index-url=" + index + "\nflask\n"},
		"find-links":  {"requirements.txt": "-f " + index + "\nflask\n"},
		"a wheel":     {"requirements.txt": "flask @ " + index + "flask-1.0-py3-none-any.whl\n"},
		"settings":    {"requirements.txt": "flask\n", "gcpdeploy.yaml": "{service: s, project: my-project, python: '3.12', test: false, wheels: {index_url: '" + index + "'}}\n"},
		"a lock":      {"uv.lock": uv, "pyproject.toml": project},
		"no TLS":      {"requirements.txt": "-i http://eu.cloud/simple\nflask\n"},
		"no check":    {"requirements.txt": "-i " + index + "\n--trusted-host eu.cloud\nflask\n"},
		"elsewhere":   {"requirements.txt": "-i https://eu.cloud.example/simple\nflask\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app, err := load(t, files)
			if err != nil {
				t.Fatal(err)
			}
			keys := plan.KeysOf(app.App, "sha256:1")
			cloud := credential.Cloud{InBuild: true, Index: func(h string) bool { return h == host }, Login: func(context.Context) (credential.Login, bool) {
				return credential.Login{User: "token", Password: canary}, true
			}}
			app.UseCloud(cloud)
			safe := !slices.Contains([]string{"no TLS", "no check", "elsewhere"}, name)
			if got := slices.Contains(app.OwnLogins, host); got != safe || app.Logins {
				t.Errorf("builds log in to %q, given: %v", app.OwnLogins, app.Logins)
			}
			if noted := strings.Contains(strings.Join(app.Notes, "\n"), "eu.cloud is asked without TLS"); noted != (!safe && name != "elsewhere") {
				t.Errorf("notes %q", app.Notes)
			}
			if text := everything(t, app); strings.Contains(text, canary) || strings.Contains(text, `"logins"`) != safe {
				t.Error(text)
			}
			if diff := cmp.Diff(keys, plan.KeysOf(app.App, "sha256:1")); diff != "" {
				t.Error(diff)
			}
			cloud.InBuild = false // as on this machine
			app.UseCloud(cloud)
			set, err := app.logins.Collect(t.Context())
			if app.Logins != safe || len(app.OwnLogins) > 0 || err != nil || len(set) > 0 != safe {
				t.Errorf("given %v, own %q, %d logins, %v", app.Logins, app.OwnLogins, len(set), err)
			}
			if text := everything(t, app); strings.Contains(text, canary) {
				t.Error(text)
			}
		})
	}
}

func utf16(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		b.Write([]byte{c, 0})
	}
	return b.String()
}
