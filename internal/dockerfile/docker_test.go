package dockerfile_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
	"github.com/gcpdeploy/gcpdeploy/internal/dockerfile"
	"github.com/gcpdeploy/gcpdeploy/internal/testindex"
	"github.com/gcpdeploy/gcpdeploy/templates"
)

// images builds the targets of one app for a test.
type images struct {
	t       *testing.T
	client  *docker.Client
	docker  string // the client
	data    dockerfile.Data
	app     string // folder of the app
	context string // folder of the wheel context
	prefix  string // of the images' names
	store   string // name of the machine's store of finished wheels: not that of deploys
}

// newImages prepares the wheel context with the files given.
func newImages(t *testing.T, app string, d dockerfile.Data, files map[string]string) *images {
	t.Helper()
	i := &images{t: t, client: dockertest.Require(t), data: d, app: filepath.Join("../../testdata/apps", app), context: t.TempDir()}
	i.store = "gcpdeploy-test-" + t.Name()
	i.prefix = "gcpdeploy-test-" + strings.ToLower(rand.Text())[:10]
	var err error
	if i.docker, err = docker.Command(t.Context()); err != nil {
		t.Fatal(err)
	}
	i.data.BaseImage = dockertest.Image()
	i.data.Entrypoint, i.data.Port = []string{"/env/bin/python", "/app/wsgi.py"}, 8080
	program, err := dockerfile.Program(templates.FS, templates.Program)
	if err == nil {
		err = os.Mkdir(filepath.Join(i.context, templates.Program), 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range program {
		i.write(name, string(data))
	}
	for _, name := range []string{"requirements.txt", "constraints.txt", "test-requirements.txt", "test-constraints.txt"} {
		i.write(name, "")
	}
	for name, text := range files {
		i.write(name, text)
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		for _, name := range []string{"app", "testenv", "runtime", "wheels", "again", "spoilt", "base"} {
			if ok, _ := i.client.HasImage(ctx, i.ref(name)); ok {
				if err := i.client.RemoveImage(ctx, i.ref(name)); err != nil {
					t.Error(err)
				}
			}
		}
	})
	return i
}

func (i *images) ref(name string) string { return i.prefix + "/" + name + ":test" }

func (i *images) write(name, text string) {
	i.t.Helper()
	if err := os.WriteFile(filepath.Join(i.context, name), []byte(text), 0o644); err != nil {
		i.t.Fatal(err)
	}
}

// build builds a target of wheel.Dockerfile, or the app, and gives the log.
func (i *images) build(name string, args ...string) (string, error) {
	i.t.Helper()
	out, err := i.command(name, args...).CombinedOutput()
	return string(out), err
}

// command is the command that builds an image.
func (i *images) command(name string, args ...string) *exec.Cmd {
	i.t.Helper()
	template, folder := templates.Wheel, i.context
	if name == "app" {
		template, folder = templates.Main, i.app
	}
	file := filepath.Join(i.t.TempDir(), template)
	text, err := dockerfile.Render(templates.FS, template, i.data)
	if err != nil {
		i.t.Fatal(err)
	}
	text = bytes.ReplaceAll(text, []byte("id=gcpdeploy-wheels,"), []byte("id="+i.store+","))
	if err := os.WriteFile(file, text, 0o644); err != nil {
		i.t.Fatal(err)
	}
	args = append([]string{"build", "--progress=plain", "--network", "host", "-f", file, "-t", i.ref(name)}, args...)
	if ca := os.Getenv("SSL_CERT_FILE"); ca != "" && (name != "app" || len(i.data.Own) > 0) {
		args = append(args, "--secret", "id=ca,src="+ca)
	}
	c := exec.CommandContext(i.t.Context(), i.docker, append(args, folder)...)
	c.Env = append(os.Environ(), "DOCKER_BUILDKIT=1")
	return c
}

// layers are the diff IDs of an image's layers, the lowest first.
func (i *images) layers(name string) (layers []string) {
	i.t.Helper()
	out, err := exec.CommandContext(i.t.Context(), i.docker, "image", "inspect", "--format", "{{json .RootFS.Layers}}", i.ref(name)).Output()
	if err == nil {
		err = json.Unmarshal(out, &layers)
	}
	if err != nil {
		i.t.Fatal(err)
	}
	return layers
}

// all builds everything as a deploy does, each image from the one before; the
// wheels from scratch, for Docker empties the store of what it must not cache.
func (i *images) all() (log string) {
	i.t.Helper()
	for _, b := range [][]string{
		{"wheels", "--target", "wheelhouse", "--no-cache"},
		{"runtime", "--target", "runtime", "--build-arg", "WHEELS=" + i.ref("wheels")},
		{"testenv", "--target", "testenv", "--build-arg", "RUNTIME=" + i.ref("runtime")},
		{"app", "--build-arg", "RUNTIME=" + i.ref("runtime")},
	} {
		out, err := i.build(b[0], b[1:]...)
		if err != nil {
			i.t.Fatalf("%s: %v\n%s", b[0], err, out)
		}
		log += out
	}
	return log
}

// run runs a shell command in the app's image, with the test packages beside it.
func (i *images) run(script string) (string, int) {
	i.t.Helper()
	testenv, err := i.client.Create(i.t.Context(), docker.Container{Image: i.ref("testenv"), Cmd: []string{"none"}, Labels: dockertest.Labels(i.t, i.client)})
	if err != nil {
		i.t.Fatal(err)
	}
	defer func() {
		if err := i.client.Remove(context.WithoutCancel(i.t.Context()), testenv); err != nil {
			i.t.Error(err)
		}
	}()
	var out bytes.Buffer
	code, err := i.client.Run(i.t.Context(), docker.Container{
		Image: i.ref("app"), Entrypoint: []string{"sh", "-c", script}, VolumesFrom: []string{testenv + ":ro"}, Network: "none",
		Env: []string{"PYTHONPATH=/testenv"},
	}, &out, &out)
	if err != nil {
		i.t.Fatal(err)
	}
	return out.String(), code
}

// holds fails the test when a shell command in the app's image fails.
func (i *images) holds(script string) {
	i.t.Helper()
	if out, code := i.run(script); code != 0 {
		i.t.Errorf("%s: exit %d\n%s", script, code, out)
	}
}

func (i *images) inspect(name string) (c struct {
	User, WorkingDir     string
	Env, Cmd, Entrypoint []string
	ExposedPorts         map[string]any
	Volumes              map[string]any
}) {
	i.t.Helper()
	out, err := exec.CommandContext(i.t.Context(), i.docker, "image", "inspect", "--format", "{{json .Config}}", i.ref(name)).Output()
	if err == nil {
		err = json.Unmarshal(out, &c)
	}
	if err != nil {
		i.t.Fatal(err)
	}
	return c
}

// checkDeployed holds for the image of every app.
func (i *images) checkDeployed() {
	i.t.Helper()
	c := i.inspect("app")
	if c.User != "10001:10001" || c.WorkingDir != "/app" || len(c.Cmd) != 0 || !slices.Equal(c.Entrypoint, i.data.Entrypoint) {
		i.t.Errorf("config: %+v", c)
	}
	if _, ok := c.ExposedPorts["8080/tcp"]; !ok || len(c.ExposedPorts) != 1 {
		i.t.Errorf("ports: %v", c.ExposedPorts)
	}
	if !slices.Contains(c.Env, "PORT=8080") || !slices.ContainsFunc(c.Env, func(s string) bool { return strings.HasPrefix(s, "PATH=/env/bin:/") }) {
		i.t.Errorf("environment: %v", c.Env)
	}
	if v := i.inspect("testenv").Volumes; len(v) != 1 || v["/testenv"] == nil {
		i.t.Errorf("test environment's volumes: %v", v)
	}
	i.holds(`test "$(id -u):$(id -g)" = 10001:10001 && test "$HOME" = /app && touch /app/can-write`)
	i.holds(`test "$(command -v python)" = /env/bin/python && test -f /env/requirements.lock`)
	i.holds(`! touch /env/x 2>/dev/null`)
	i.holds(`! command -v gcc && ! command -v cc && ! test -e /env/bin/pip && ! python -m pip --version 2>/dev/null`)
	i.holds(`! test -e /wheelhouse && ! test -e /out && test -z "$(find /mnt /media /tmp -mindepth 1)" && ! find / -xdev -name '*.whl' -not -path '/usr/*' | grep .`)
	i.holds(`test -z "$(find /env/lib -name '*.pyc' -newermt 1980-01-02)"`)
}

func TestHello(t *testing.T) {
	t.Parallel()
	i := newImages(t, "hello", dockerfile.Data{}, nil)
	i.all()
	i.checkDeployed()
	i.holds("python -m unittest -q")
	i.holds(`test -z "$(ls -A /testenv)" && test "$(wc -c </env/requirements.lock)" = 0`)
}

func TestSdist(t *testing.T) {
	t.Parallel()
	sdists, err := testindex.Sdists(os.DirFS("../../testdata/sdists"))
	if err != nil {
		t.Fatal(err)
	}
	var index testindex.Index
	for name, data := range sdists {
		index.Add(name, data)
	}
	index.Add(testindex.Wheel("gcpd-checks", "2.0", []string{"gcpd-popcount>=1", "gcpd-helper"}, map[string][]byte{
		"gcpd_checks.py": []byte("import gcpd_helper, gcpd_popcount\nassert gcpd_popcount.popcount(7) == gcpd_helper.THREE\n"),
	}))
	index.Add(testindex.Wheel("gcpd-helper", "1.0", nil, map[string][]byte{"gcpd_helper.py": []byte("THREE = 3\n")}))
	server := httptest.NewServer(&index)
	defer server.Close()
	options := "--index-url " + server.URL + "/simple/\n"
	i := newImages(t, "sdist", dockerfile.Data{BuildPackages: []string{"libyaml-dev"}}, map[string]string{
		"requirements.txt":      options + "--no-binary :all:\ngcpd-popcount\ngcpd-yamlcount==1.2.0\n",
		"constraints.txt":       "gcpd-popcount<2\n",
		"test-requirements.txt": options + "gcpd-checks\ngcpd-yamlcount\n",
	})
	log := i.all()
	for _, want := range []string{ // the index's new port keeps Docker from using earlier layers
		"resolved 2 packages in ", "built gcpd-popcount 1.0.0 in ", "built gcpd-yamlcount 1.2.0 in ", "wheelhouse: 2 packages, 2 built",
		"installed 2 packages in ", "testenv: 2 packages beyond the runtime's 2",
		"installed libyaml-0-2 in ", "imported 2 modules in ", // the library that gcpd-yamlcount links to
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %q:\n%s", want, log)
		}
	}
	i.checkDeployed()
	i.holds("python -m unittest -q")
	i.holds("python -c 'import gcpd_checks' && test \"$(ls -d /testenv/*.dist-info | wc -l)\" = 2")
	i.holds("! ls /testenv | grep -E 'yamlcount|popcount'")
	i.holds("test \"$(grep -cE '^gcpd-[a-z]+==1.[02].0 --hash=sha256:[0-9a-f]{64}$' /env/requirements.lock)\" = 2")

	t.Run("contradiction", func(t *testing.T) {
		i.write("test-requirements.txt", options+"gcpd-popcount>1\n")
		log, err := i.build("testenv", "--target", "testenv", "--build-arg", "RUNTIME="+i.ref("runtime"))
		if err == nil || !strings.Contains(log, "error: the test requirements contradict the versions that the app is deployed with") ||
			!strings.Contains(log, "The user requested (constraint) gcpd-popcount==1.0.0") {
			t.Errorf("%v\n%s", err, log)
		}
	})
	t.Run("no such version", func(t *testing.T) {
		i.write("requirements.txt", options+"gcpd-yamlcount==9\n")
		log, err := i.build("wheels", "--target", "wheelhouse")
		if err == nil || !strings.Contains(log, "No matching distribution found for gcpd-yamlcount==9") || strings.Contains(log, "build-essential") {
			t.Errorf("%v\n%s", err, log)
		}
	})
	t.Run("does not compile", func(t *testing.T) {
		i.data.BuildPackages = nil
		i.write("requirements.txt", options+"gcpd-yamlcount\n")
		log, err := i.build("wheels", "--target", "wheelhouse")
		if err == nil || !strings.Contains(log, "fatal error: yaml.h: No such file or directory") ||
			!strings.Contains(log, "error: building gcpd-yamlcount 1.2.0 failed") {
			t.Errorf("%v\n%s", err, log)
		}
	})
	t.Run("wrong Python", func(t *testing.T) {
		i.data.Python = "2.7"
		log, err := i.build("wheels", "--target", "wheelhouse")
		if err == nil || !strings.Contains(log, "error: the base image has Python 3.") {
			t.Errorf("%v\n%s", err, log)
		}
	})
}

// Equal requirements give equal layers, on whatever day and machine.
func TestReproducible(t *testing.T) {
	t.Parallel()
	var index testindex.Index
	index.Add(testindex.Wheel("gcpd-helper", "1.0", nil, map[string][]byte{"gcpd_helper/__init__.py": []byte("THREE = 3\n"), "gcpd_helper/b.py": []byte("def f(): return {1, 2, 'x'}\n")}))
	server := httptest.NewServer(&index)
	defer server.Close()
	i := newImages(t, "hello", dockerfile.Data{}, map[string]string{
		"requirements.txt":      "--index-url " + server.URL + "/simple/\ngcpd-helper\n",
		"test-requirements.txt": "gcpd-helper\n",
	})
	layer := func(args ...string) string {
		t.Helper()
		if err := i.client.RemoveImage(t.Context(), i.ref(args[0])); err != nil {
			t.Fatal(err) // or it would stay without a name
		}
		if out, err := i.build(args[0], append(args[1:], "--no-cache")...); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		layers := i.layers(args[0])
		switch args[0] {
		case "runtime":
			return layers[len(layers)-3] // /env; the last two are WORKDIR's and the imports', and the one before has /etc with its time
		case "wheels":
			return layers[0] // the other one tells of the run
		}
		return strings.Join(layers, "\n")
	}
	for _, b := range [][]string{
		{"wheels", "--target", "wheelhouse"},
		{"runtime", "--target", "runtime", "--build-arg", "WHEELS=" + i.ref("wheels")},
		{"testenv", "--target", "testenv", "--build-arg", "RUNTIME=" + i.ref("runtime")},
	} {
		if diff := cmp.Diff(layer(b...), layer(b...)); diff != "" {
			t.Errorf("%s:\n%s", b[0], diff)
		}
	}
}

// A library that lacks fails the build, and tells what to write.
func TestMissingLibrary(t *testing.T) {
	t.Parallel()
	var index testindex.Index
	index.Add(testindex.Wheel("gcpd-loads", "1.0", nil, map[string][]byte{"gcpd_loads.py": []byte("import ctypes\nctypes.CDLL('libGL.so.1')\n")}))
	server := httptest.NewServer(&index)
	defer server.Close()
	i := newImages(t, "hello", dockerfile.Data{}, map[string]string{"requirements.txt": "--index-url " + server.URL + "/simple/\ngcpd-loads\n"})
	log, err := i.build("runtime", "--target", "runtime")
	for _, want := range []string{
		"error: gcpd_loads 1.0: import gcpd_loads: OSError: libGL.so.1: cannot open shared object file",
		"write into gcpdeploy.yaml:  system_packages: {runtime: [libgl1]}",
		"wheels: {skip_imports: [gcpd_loads]}",
	} {
		if err == nil || !strings.Contains(log, want) {
			t.Errorf("%v, want %s\n%s", err, want, log)
		}
	}
	i.write("settings.json", `{"skip_imports": ["gcpd_loads"]}`)
	if log, err := i.build("runtime", "--target", "runtime"); err != nil {
		t.Errorf("%v\n%s", err, log)
	}
}

// A swapped wheel is never installed.
func TestSwappedWheel(t *testing.T) {
	t.Parallel()
	i := newImages(t, "hello", dockerfile.Data{}, nil)
	name, data := testindex.Wheel("gcpd-helper", "1.0", nil, map[string][]byte{"gcpd_helper.py": []byte("EVIL = 1\n")})
	i.write(name, string(data))
	i.write("requirements.lock", "gcpd-helper==1.0 --hash=sha256:"+strings.Repeat("0", 64)+"\n")
	file := filepath.Join(t.TempDir(), "Dockerfile")
	if err := os.WriteFile(file, []byte("FROM scratch\nCOPY . /wheelhouse\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), i.docker, "build", "-q", "-f", file, "-t", i.ref("wheels"), i.context)
	c.Env = append(os.Environ(), "DOCKER_BUILDKIT=1")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	log, err := i.build("runtime", "--target", "runtime", "--build-arg", "WHEELS="+i.ref("wheels"))
	if err == nil || !strings.Contains(log, "DO NOT MATCH THE HASHES") || !strings.Contains(log, "error: installing the wheels failed") {
		t.Errorf("%v\n%s", err, log)
	}
}
