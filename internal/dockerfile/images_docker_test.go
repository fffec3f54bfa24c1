package dockerfile_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
	"github.com/gcpdeploy/gcpdeploy/internal/dockerfile"
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
		for _, name := range []string{"app", "testenv", "runtime", "wheels", "again", "spoilt"} {
			if ok, _ := i.client.HasImage(ctx, i.ref(name)); ok {
				if err := i.client.RemoveImage(ctx, i.ref(name)); err != nil {
					t.Error(err)
				}
			}
		}
	})
	return i
}

// on makes the base image one that has more packages of the system.
func (i *images) on(packages ...string) {
	i.t.Helper()
	var err error
	if i.data.BaseImage, err = dockertest.Having(i.t.Context(), packages...); err != nil {
		i.t.Fatal(err)
	}
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
