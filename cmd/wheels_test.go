package cmd_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emubuild "github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	emuregistry "github.com/gcpdeploy/gcpdeploy/gcp/emulator/registry"
	emurun "github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
)

// shelf is an emulated registry with an app beside it.
type shelf struct {
	*registry.Client
	server *emulator.Server
	env    map[string]string
	app    string
}

func newShelf(t *testing.T) shelf {
	t.Helper()
	server := emulated(t)
	env := at(server.URL(), server.TokenFile())
	a := gcp.New(gcp.FromEnvironment(func(name string) (string, bool) { v, ok := env[name]; return v, ok }))
	t.Cleanup(func() { _ = a.Close() })
	s := shelf{registry.New(a, "p-1", "r", "gcpdeploy"), server, env, smallApp(t, nil)}
	if err := s.EnsureRepository(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// run gives what a command prints, which must end with the code.
func (s shelf) run(t *testing.T, exit int, args ...string) (stdout, stderr string) {
	t.Helper()
	got, stdout, stderr := inProcess(t.Context(), s.env, t.TempDir(), args...)
	if got != exit {
		t.Errorf("%v: exit %d, want %d: %s%s", args, got, exit, stdout, stderr)
	}
	return stdout, stderr
}

// put pushes an image of files under tags and gives its digest.
func (s shelf) put(t *testing.T, name string, labels, files map[string]string, tags ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if err := w.WriteHeader(&tar.Header{Name: file, Mode: 0o644, Size: int64(len(files[file])), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[file])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	img, err := mutate.AppendLayers(mutate.MediaType(empty.Image, types.DockerManifestSchema2), static.NewLayer(b.Bytes(), types.DockerUncompressedLayer))
	if err != nil {
		t.Fatal(err)
	}
	img, err = mutate.Config(img, v1.Config{Labels: labels})
	if err != nil {
		t.Fatal(err)
	}
	var digest string
	for _, tag := range tags {
		if digest, err = s.Push(t.Context(), name, tag, img); err != nil {
			t.Fatal(err)
		}
	}
	return digest
}

// keyLabel is a label with the key and its fields.
func keyLabel(t *testing.T, k key.Key) map[string]string {
	t.Helper()
	data, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"dev.gcpdeploy.key": string(data), "dev.gcpdeploy.base": "python@sha256:" + strings.Repeat("7", 64)}
}

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
		"wheels show aaaa --local": "behind an argument", "wheels prune --keep=-1": "--keep", "wheels prune --older-than=-1h": "--older-than", "wheels list x": "unexpected",
	} {
		words := strings.Fields(args)
		_, stderr := s.run(t, 2, append(words[:2:2], append([]string{"--source", s.app}, words[2:]...)...)...)
		if !strings.Contains(stderr, want) || !strings.Contains(stderr, "hint: ") {
			t.Errorf("%s: %q", args, stderr)
		}
	}
}

// TestKeyExplain: nothing is deployed, so the nearest of the wheels images is
// compared with.
func TestKeyExplain(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	app := func(requirements string) string {
		return smallApp(t, map[string]string{"requirements.txt": requirements})
	}
	keysOf := func(app string) (keys struct{ Wheels, Runtime key.Key }) {
		stdout, _ := s.run(t, 0, "key", "--json", "--source", app)
		if err := json.Unmarshal([]byte(stdout), &keys); err != nil {
			t.Fatal(err)
		}
		return keys
	}
	now := app("# pins\nflask==3.0.0\nscipy==1.14.1\n")
	stdout, _ := s.run(t, 0, "key", "--explain", "--source", now)
	if !strings.Contains(stdout, "no earlier image") {
		t.Errorf("with nothing to compare: %s", stdout)
	}
	near, far := keysOf(app("flask==3.0.0\nscipy==1.13.1\n")), keysOf(app("django\n"))
	s.put(t, "wheels", keyLabel(t, near.Wheels), map[string]string{"a": "1"}, near.Wheels.Hash)
	s.put(t, "wheels", keyLabel(t, far.Wheels), map[string]string{"a": "2"}, far.Wheels.Hash)
	s.put(t, "wheels", nil, map[string]string{"a": "3"}, strings.Repeat("d", 64))
	s.put(t, "runtime", map[string]string{"dev.gcpdeploy.runtime": near.Runtime.Hash, "dev.gcpdeploy.wheels": near.Wheels.Hash}, map[string]string{"a": "5"}, key.Sum([]byte("bare")))
	s.put(t, "runtime", keyLabel(t, near.Runtime), map[string]string{"a": "4"}, near.Runtime.Hash)
	const change = "requirements.txt:3: scipy==1.13.1 → ==1.14.1"
	stdout, _ = s.run(t, 0, "key", "--explain", "--source", now)
	if want := fmt.Sprintf("wheels   miss  %s  against wheels:%s\n    %s\nruntime  miss  %s  other wheels\n", keysOf(now).Wheels.Short(), near.Wheels.Short(), change, keysOf(now).Runtime.Short()); !strings.HasPrefix(stdout, want) {
		t.Errorf("explained as\n%swant\n%s", stdout, want)
	}
	stdout, _ = s.run(t, 0, "key", "--explain", "--json", "--source", now)
	var r struct {
		Wheels struct {
			Status, Against string
			Changes         []struct{ Name, Old, New, Place, Text string }
		}
	}
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || r.Wheels.Status != "miss" || len(r.Wheels.Changes) != 1 || r.Wheels.Changes[0].Place != "requirements.txt:3" {
		t.Errorf("%v, %+v", err, r)
	}

	for _, tt := range []struct{ a, b, want string }{
		{near.Wheels.Hash[:6], ".", "    " + change + "\n"},
		{".", near.Wheels.Hash[:6], "    scipy==1.14.1 → ==1.13.1\n"},
		{near.Runtime.Hash[:6], ".", "    other wheels\n        " + change + "\n"},
		{key.Sum([]byte("bare")), ".", "    other wheels\n        " + change + "\n"},
		{near.Wheels.Hash, near.Wheels.Hash, "no field differs"},
		{".", ".", "no field differs"},
	} {
		stdout, _ := s.run(t, 0, "key", "diff", "--source", now, tt.a, tt.b)
		if !strings.Contains(stdout, tt.want) {
			t.Errorf("key diff %s %s:\n%s", tt.a, tt.b, stdout)
		}
	}
	stdout, _ = s.run(t, 0, "key", "diff", "--source", now, near.Wheels.Hash, far.Wheels.Hash, "--json")
	if !strings.Contains(stdout, `"kind":"wheels"`) || strings.Contains(stdout, `"place"`) || !strings.Contains(stdout, `"old":"flask==3.0"`) {
		t.Errorf("as JSON: %s", stdout)
	}
	for _, tt := range []struct{ a, b, want string }{
		{"0000", ".", "has a key or digest that begins with 0000"}, {near.Wheels.Hash, near.Runtime.Hash, "a wheels key and"}, {"dddd", ".", "does not say from which fields"},
	} {
		_, stderr := s.run(t, 2, "key", "diff", "--source", now, tt.a, tt.b)
		if !strings.Contains(stderr, tt.want) || !strings.Contains(stderr, "hint: ") {
			t.Errorf("key diff %s %s: %q", tt.a, tt.b, stderr)
		}
	}
}

func TestWheelsPrune(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	prune := func(exit int, args ...string) (stdout, stderr string) {
		return s.run(t, exit, append([]string{"wheels", "prune", "--source", s.app}, args...)...)
	}
	stdout, _ := prune(0)
	if want := "nothing to remove in " + s.Repository() + "\n"; stdout != want {
		t.Errorf("of nothing: %q", stdout)
	}
	var tags []string
	for n := range 3 {
		tags = append(tags, key.Sum([]byte{byte(n)}))
		s.put(t, "wheels", nil, map[string]string{"a": strings.Repeat("x", 100_000), "b": fmt.Sprint(n)}, tags[n], "run-1")
	}
	s.put(t, "builder", nil, map[string]string{"a": "1"}, "v1")
	stdout, _ = prune(0)
	if !strings.Contains(stdout, "nothing to remove") || !strings.Contains(stdout, "   3  among the newest") || !strings.Contains(stdout, "   1  builder images") {
		t.Errorf("of what is new:\n%s", stdout)
	}
	stdout, _ = prune(0, "--keep", "0", "--older-than", "720h")
	if !strings.Contains(stdout, "nothing to remove") || !strings.Contains(stdout, "   3  too young") {
		t.Errorf("of what is young:\n%s", stdout)
	}
	stdout, _ = prune(0, "--keep", "1")
	for _, want := range []string{
		`^would remove 2 images of \S+, free \d+ kB\n`, `(?m)^  wheels +` + tags[0][:8] + ` +\d+ s +\d+ kB +not in use, and not among the newest 1 of its kind$`,
		`(?m)^2 images stay$`, `--yes removes them`,
	} {
		if !regexp.MustCompile(want).MatchString(stdout) {
			t.Errorf("the dry run lacks %s:\n%s", want, stdout)
		}
	}
	emulator.Get[*emuregistry.Server](s.server).Faults.Fail("DeleteVersion", 1, codes.PermissionDenied)
	stdout, stderr := prune(1, "--keep", "1", "--yes")
	if !strings.HasPrefix(stdout, "removed 1 image of ") || strings.Count(stdout, "FAILED: ") != 1 || !strings.Contains(stderr, "1 of 2 images could not be removed") || !strings.Contains(stderr, "hint: ") {
		t.Errorf("where one is refused:\n%s%s", stdout, stderr)
	}
	emulator.Get[*emuregistry.Server](s.server).Faults.Fail("DeleteVersion", 1, codes.PermissionDenied)
	stdout, stderr = prune(1, "--keep", "1", "--yes", "--json")
	if n := strings.Count(stdout, "\n"); n != 1 || !strings.Contains(stdout, `"failed":[{"package":"wheels"`) || stderr != "" {
		t.Errorf("as JSON:\n%s%s", stdout, stderr)
	}
	stdout, _ = prune(0, "--keep", "1", "--yes")
	if !strings.HasPrefix(stdout, "removed 1 image of ") {
		t.Errorf("again:\n%s", stdout)
	}
	left, err := s.Tags(t.Context(), "wheels")
	if len(left) != 2 || left[tags[2]] == "" || err != nil { // the newest, and its run's tag
		t.Errorf("left: %v, %v", left, err)
	}
	// Who may not see what runs removes nothing.
	s.put(t, "wheels", nil, map[string]string{"a": "new"}, key.Sum([]byte("new")))
	emulator.Get[*emubuild.Server](s.server).Faults.Fail("ListBuilds", 1, codes.PermissionDenied)
	prune(4, "--keep", "0", "--yes")
	if left, err := s.Tags(t.Context(), "wheels"); len(left) != 3 || err != nil {
		t.Errorf("after a refusal: %v, %v", left, err)
	}
}
