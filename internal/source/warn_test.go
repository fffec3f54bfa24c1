package source_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/source"
	"github.com/google/go-cmp/cmp"
)

const rsa = "-----BEGIN RSA PRIVATE KEY-----\n"

func TestWarnings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		tree files
		want []string
	}{
		{"nothing to say", files{"a.py": "", ".env.example": "", "ca.pem": "-----BEGIN CERTIFICATE-----", "x.json": `{"type": "other"}`, ".npmrc": "a=b", "id_rsa.pub": ""}, nil},
		{"links", files{"a": "->nowhere", "b": "->../x/../../etc", "c": "->/etc/hostname", "d/e": "->../f", "f": "", "loop": "->loop"}, []string{
			"a is a symbolic link to nowhere, which does not exist: it is not sent",
			"b is a symbolic link to ../x/../../etc, which does not exist: it is not sent",
			"c is a symbolic link to /etc/hostname, outside the app's folder: it is sent as a link and will point to nothing",
			"loop is a symbolic link to loop, which does not exist: it is not sent",
		}},
		{"an ignored broken link", files{".gcloudignore": "a", "a": "->nowhere"}, nil},
		{"lines that do nothing", files{".gcloudignore": "a\\\n  \n/\n#!include:b\n", "b": "#!include:c\nx"}, []string{
			`.gcloudignore:1: the pattern "a\\" matches nothing: it ends in a backslash that escapes nothing`,
			`.gcloudignore:3: the pattern "/" matches nothing: nothing is left of it`,
			`b:1: an included file cannot include another; the line does nothing`,
		}},
		{"git and virtual environments", files{".gcloudignore": "", ".git/config": "x", "v/pyvenv.cfg": "", "v/lib/cacert.pem": rsa}, []string{
			".git goes up (1 file, 1 kB): git's own data, the whole history in it; leave it out with a line `/.git` in .gcloudignore",
			"v goes up (2 files, 1 kB): it is a virtual environment of this machine; leave it out with a line `/v` in .gcloudignore",
		}},
		{"credentials", files{
			".gitignore": "", ".env": "", "c/.env.prod": "", "k.pem": rsa, "sa.json": `{"type": "service_account", "private_key": "x"}`, "ssh/id_rsa": "", ".netrc": "", ".pypirc": "",
			"credentials.json": "{}", "tls.key": "", ".npmrc": "//x/:_authToken=1", "z.p12": "",
		}, []string{
			".env goes up and looks like a credential (environment variables); leave it out with a line `/.env` in .gitignore, unless the app needs it",
			".netrc goes up and looks like a credential (passwords of hosts); leave it out with a line `/.netrc` in .gitignore, unless the app needs it",
			".npmrc goes up and looks like a credential (a token of a package index); leave it out with a line `/.npmrc` in .gitignore, unless the app needs it",
			".pypirc goes up and looks like a credential (passwords of package indexes); leave it out with a line `/.pypirc` in .gitignore, unless the app needs it",
			"c/.env.prod goes up and looks like a credential (environment variables); leave it out with a line `/c/.env.prod` in .gitignore, unless the app needs it",
			"credentials.json goes up and looks like a credential (credentials); leave it out with a line `/credentials.json` in .gitignore, unless the app needs it",
			"k.pem goes up and looks like a credential (a private key); leave it out with a line `/k.pem` in .gitignore, unless the app needs it",
			"sa.json goes up and looks like a credential (a service account's key); leave it out with a line `/sa.json` in .gitignore, unless the app needs it",
			"ssh/id_rsa goes up and looks like a credential (an SSH key); leave it out with a line `/ssh/id_rsa` in .gitignore, unless the app needs it",
			"tls.key goes up and looks like a credential (a private key); leave it out with a line `/tls.key` in .gitignore, unless the app needs it",
			"1 more files look like credentials",
		}},
		{"where git reads otherwise", files{
			".gitignore": "docs/build\nonly/**\nback/**\n!back/keep\n*/gen\n", "docs/build/x": "", "app/docs/build/x": "", "only/x": "", "back/keep": "", "gen": "",
		}, []string{
			".gitignore:1: docs/build: this stays out, as with gcloud, though git would keep it: app/docs/build; write /docs/build to mean the top only",
			".gitignore:3: back/**: this stays out, as with gcloud, though git would keep it: back",
			".gitignore:5: */gen: this stays out, as with gcloud, though git would keep it: gen; write /*/gen to mean the top only",
		}},
		{"where gcloud sends what git ignores", files{".gcloudignore": "*\n!src/\nsecret/ \n", "src/a.py": "", "src/b/c": "", "other": ""}, []string{
			".gcloudignore:1: *: this goes up, as with gcloud, though git would ignore it: src/a.py, src/b",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tree := scan(t, write(t, t.TempDir(), tt.tree))
			if diff := cmp.Diff(tt.want, tree.Warnings); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLargeTrees(t *testing.T) {
	t.Parallel()
	dir := write(t, t.TempDir(), files{".gcloudignore": "", "app/a.py": "", "web/node_modules/x/big": ""})
	check(t, os.Truncate(filepath.Join(dir, "web/node_modules/x/big"), 150e6))
	want := []string{"much goes up: 3 files, 150.0 MB; the largest folders: web/node_modules/x (1 file, 150.0 MB), app (1 file, 0 kB); the largest files: web/node_modules/x/big (150.0 MB); leave out what the app does not need in .gcloudignore"}
	if diff := cmp.Diff(want, scan(t, dir).Warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	top := write(t, t.TempDir(), files{"a.py": "", "blob.bin": "", "b.bin": "", "c/d.bin": "", "e.bin": ""})
	for name, size := range map[string]int64{"blob.bin": 300e6, "b.bin": 20e6, "c/d.bin": 30e6, "e.bin": 25e6} {
		check(t, os.Truncate(filepath.Join(top, name), size))
	}
	if got := strings.Join(scan(t, top).Warnings, "\n"); !strings.Contains(got, "the largest files: blob.bin (300.0 MB), c/d.bin (30.0 MB), e.bin (25.0 MB);") {
		t.Errorf("warnings %q", got)
	}
	many := files{}
	for i := range 10_100 {
		many[fmt.Sprintf("m/%d/%d", i%3, i)] = ""
	}
	got := scan(t, write(t, t.TempDir(), many)).Warnings
	if len(got) != 1 || !strings.HasPrefix(got[0], "much goes up: 10100 files, 0 kB; the largest folders: m (10100 files, 0 kB);") {
		t.Errorf("warnings %q", got)
	}
}

func TestSpecialFiles(t *testing.T) {
	t.Parallel()
	dir := write(t, t.TempDir(), files{"a": ""})
	check(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644))
	var listen net.ListenConfig
	l, err := listen.Listen(t.Context(), "unix", filepath.Join(dir, "s"))
	check(t, err)
	defer l.Close()
	tree := scan(t, dir)
	if diff := cmp.Diff([]string{"pipe is a named pipe: it is not sent", "s is a socket: it is not sent"}, tree.Warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a"}, paths(tree)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Skip("root reads everything")
	}
	for _, name := range []string{"d/secret", "d"} {
		dir := write(t, t.TempDir(), files{"d/secret": "x"})
		check(t, os.Chmod(filepath.Join(dir, name), 0))
		t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, name), 0o700) })
		_, err := source.Scan(t.Context(), dir, source.Options{})
		if errs.KindOf(err) != errs.Usage || err.Error() != "reading "+name+": permission denied" {
			t.Errorf("Scan = %v (%v)", err, errs.KindOf(err))
		}
	}
	_, err := source.Scan(t.Context(), filepath.Join(t.TempDir(), "none"), source.Options{})
	if errs.KindOf(err) != errs.Usage {
		t.Errorf("Scan of nothing = %v", err)
	}
}
