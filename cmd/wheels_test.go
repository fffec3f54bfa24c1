package cmd_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emurun "github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
)

const manifest2 = `{"schema":2,"complete":true,"python":"3.12.4","platform":"linux-x86_64","base":"python@sha256:1234","tools":{"pip":"24.0"},"system":["libgomp1"],"packages":[
{"name":"flask","version":"3.0.0","file":"flask-3.0.0-py3-none-any.whl","sha256":"ab12cd34ef","build_key":"0011223344","source":"https://pypi.org/flask.whl","system":[]},
{"name":"numpy","version":"2.1.0","file":"numpy.whl","sha256":"ff","build_key":"99887766aa","source":"x","system":["libgomp1"]}]}`

func TestWheels(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	stdout, _ := s.run(t, 0, "wheels", "list", "--source", s.app)
	if want := "no wheels in " + s.Repository() + "\n"; stdout != want {
		t.Errorf("of nothing: %q, want %q", stdout, want)
	}
	stdout, stderr := s.run(t, 1, "wheels", "show", "--source", s.app)
	if !strings.Contains(stderr, "the wheels of this app") || !strings.Contains(stderr, "gcpdeploy up") {
		t.Errorf("the app's, which are not built: %q %q", stdout, stderr)
	}
	// The keys of the app, which the wheels of the first image get.
	stdout, _ = s.run(t, 0, "key", "--json", "--source", smallApp(t, map[string]string{"gcpdeploy.yaml": "service: hello\npython: '3.12'\nentrypoint: [python, wsgi.py]\ntest: false\nbase_image: 127.0.0.1:1/python:3\n"}))
	var keys struct{ Wheels, Runtime key.Key }
	if err := json.Unmarshal([]byte(stdout), &keys); err != nil {
		t.Fatal(err)
	}
	w, c := keys.Wheels.Hash, key.Sum([]byte("content"))
	counted := map[string]string{"dev.gcpdeploy.packages": "17", "dev.gcpdeploy.wheels": strings.Repeat("e", 64)}
	s.put(t, "wheels", counted, map[string]string{"x": "17"}, strings.Repeat("e", 64))
	d := s.put(t, "wheels", keyLabel(t, keys.Wheels), map[string]string{"wheelhouse/manifest.json": manifest2}, w, c, "run-1")
	lock := "six==1.16.0 --hash=sha256:abcdef0123456789\n"
	partial := s.put(t, "wheels", nil, map[string]string{"wheelhouse/requirements.lock": lock}, "partial-"+strings.Repeat("c", 40))
	s.put(t, "wheels", nil, map[string]string{"x": "1"}, "run-2")

	stdout, _ = s.run(t, 0, "wheels", "list", "--source", s.app)
	for _, want := range []string{
		`(?m)^KEY +CONTENT +AGE +SIZE +PACKAGES +USED BY$`,
		`(?m)^` + w[:8] + ` +` + c[:8] + ` +\d+ s +\d+ kB +2 +-$`,
		`(?m)^eeeeeeee +- +\d+ s +\d+ kB +17 +-$`,
		`(?m)^cccccccc +partial +\d+ s +\d+ kB +1 +-$`,
	} {
		if !regexp.MustCompile(want).MatchString(stdout) {
			t.Errorf("the list lacks %s:\n%s", want, stdout)
		}
	}
	if n := strings.Count(stdout, "\n"); n != 4 {
		t.Errorf("%d lines, want 4:\n%s", n, stdout)
	}
	emulator.Get[*emurun.Server](s.server).Faults.Fail("ListServices", 1, codes.PermissionDenied)
	stdout, stderr = s.run(t, 0, "wheels", "list", "--source", s.app)
	if !strings.Contains(stdout, w[:8]) || !strings.Contains(stdout, "not known") || !strings.Contains(stderr, "warning: who uses the wheels is not known: ") {
		t.Errorf("who may not see the services gets: %q %q", stdout, stderr)
	}
	for _, prefix := range []string{w[:4], c, d[:15], d} {
		stdout, _ = s.run(t, 0, "wheels", "show", "--source", s.app, prefix, "--json")
		var r struct {
			Keys, Content, System   []string
			Digest, Base, Python    string
			Partial                 bool
			Packages                []struct{ Name, Version, SHA256, Build_Key string }
			Fields                  []key.Field
			Used_By                 []any
			Tools                   map[string]string
			Size, Package_Count     int
			Image, Uploaded, Ignore string
		}
		if err := json.Unmarshal([]byte(stdout), &r); err != nil {
			t.Fatal(err)
		}
		if r.Digest != d || len(r.Keys) != 1 || r.Keys[0] != w || r.Content[0] != c || r.Base != "python@sha256:1234" || r.Python != "3.12.4" || r.Partial ||
			len(r.Packages) != 2 || r.Packages[1].Version != "2.1.0" || r.Packages[0].Build_Key != "0011223344" || r.Package_Count != 2 || len(r.Fields) == 0 || r.Used_By == nil || r.Tools["pip"] != "24.0" {
			t.Errorf("show %s: %+v", prefix, r)
		}
	}
	stdout, _ = s.run(t, 0, "wheels", "show", "--source", s.app) // the app's own
	for _, want := range []string{w, c, "python +3.12.4", "used by +no revision", "2 packages", "flask +3.0.0 +sha256 ab12cd34 +flask-3.0.0-py3-none-any.whl +build key 00112233"} {
		if !regexp.MustCompile(want).MatchString(stdout) {
			t.Errorf("show lacks %q:\n%s", want, stdout)
		}
	}
	stdout, _ = s.run(t, 0, "wheels", "show", "--source", s.app, partial)
	if !strings.Contains(stdout, "build that failed") || !strings.Contains(stdout, "six") {
		t.Errorf("of a partial one:\n%s", stdout)
	}
	for args, want := range map[string]string{
		"wheels show zzzz": "is no key", "wheels show 000000": "no wheels image", "wheels show aaaa bbbb": "unexpected argument",
		"wheels show aaaa --locally": "not defined", "wheels prune --keep=-1": "--keep", "wheels prune --older-than=-1h": "--older-than", "wheels list x": "unexpected",
	} {
		words := strings.Fields(args)
		_, stderr := s.run(t, 2, append(words[:2:2], append([]string{"--source", s.app}, words[2:]...)...)...)
		if !strings.Contains(stderr, want) || !strings.Contains(stderr, "hint: ") {
			t.Errorf("%s: %q", args, stderr)
		}
	}
}
