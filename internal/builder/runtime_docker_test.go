package builder_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	google "github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
	"github.com/gcpdeploy/gcpdeploy/internal/dockerfile"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/testindex"
	"github.com/gcpdeploy/gcpdeploy/templates"
)

// TestRuntimeAsDocker: a runtime that is put together of layers has the files, modes,
// owners and configuration of the one that Docker builds of the same wheels; and it is the
// same image when all is built again, from another worker's folder, for another registry.
func TestRuntimeAsDocker(t *testing.T) {
	t.Parallel()
	c := dockertest.Require(t)
	run := client(t)
	labels := map[string]string{"dev.gcpdeploy.runtime": "k"}
	var digests, images []string
	var layers [2][]google.Layer
	for n := range 2 {
		reg, token := theRegistry(t)
		auth := docker.Auth{Username: gcp.TokenUser, Password: token}
		sweep(t, c, reg.Repository())
		dir := runtimeSource(t)
		if n == 1 {
			otherWorkers(t, dir)
		}
		wheels, system, ours := reg.Ref(plan.Wheels, "run-1"), reg.Ref(plan.System, "run-1"), reg.Ref(plan.Runtime, "run-1")
		build := func(target string, args ...string) {
			t.Helper()
			run(append([]string{"build", "-q", "-f", filepath.Join(dir, plan.WheelFile), "--target", target, "--build-arg", "WHEELS=" + wheels},
				append(args, filepath.Join(dir, plan.Dir, "wheels"))...)...)
		}
		run("build", "-q", "-t", wheels, filepath.Join(dir, "wheels"))
		if n == 0 {
			build("runtime", "-t", reg.Ref(plan.Runtime, "docker"), "--label", "dev.gcpdeploy.runtime=k")
			images = append(images, reg.Ref(plan.Runtime, "docker"))
		}
		if err := c.Push(t.Context(), wheels, auth); err != nil {
			t.Fatal(err)
		}
		published, _, err := reg.Digest(t.Context(), plan.Wheels, "run-1")
		if err == nil {
			err = builder.SaveWheels(dir, plan.PublishedWheels{Wheels: published})
		}
		if err != nil {
			t.Fatal(err)
		}
		p := plan.Plan{Repository: reg.Repository(), Base: dockertest.Image(), Slim: plan.Slim{Remove: []string{"tests"}}}
		var out strings.Builder
		if err := builder.Layers(t.Context(), reg, p, wheels, dir, time.Now(), &out); err != nil || out.String() != "layers: heavy 1.0, space-two 1.0 to be made\n" {
			t.Fatal(err, out.String())
		}
		if err := builder.Base(t.Context(), shelved{c}, reg, p, dir, &out); err != nil || !strings.Contains(out.String(), "the base image is ") {
			t.Fatal(err, out.String())
		}
		build("system", "-t", system)
		if err := builder.PushSystem(t.Context(), shelved{c}, reg, p, system, dir, &out); err != nil || !strings.Contains(out.String(), "it is the base image") {
			t.Fatal(err, out.String())
		}
		build("layers", "--no-cache", "--output", "type=tar,dest="+filepath.Join(dir, plan.InstalledTree))
		if err := builder.Runtime(t.Context(), reg, p, dir, system, ours, labels, io.Discard); err != nil {
			t.Fatal(err)
		}
		digest, _, err := reg.Digest(t.Context(), plan.Runtime, "run-1")
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, digest)
		if _, layers[n], err = reg.Content(t.Context(), plan.Runtime, digest); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			if err := c.Pull(t.Context(), ours, auth); err != nil {
				t.Fatal(err)
			}
			build("runtime", "--build-arg", "ASSEMBLED="+ours, "-t", ours+"-imported")
			images = append(images, ours)
		}
	}
	if digests[0] != digests[1] {
		t.Errorf("built twice it is %q; the layers (-first +second):\n%s", digests, cmp.Diff(layers[0], layers[1]))
	}
	theirs, mine := exported(t, run, images[0]), exported(t, run, images[1])
	for name := range mine {
		if strings.Contains(name, "/heavy/tests") {
			t.Errorf("it has %s, which is unused", name)
		}
	}
	if d := cmp.Diff(theirs, mine); d != "" {
		t.Errorf("files (-Docker +ours):\n%s", d)
	}
	if d := cmp.Diff(configured(t, run, images[0]), configured(t, run, images[1])); d != "" {
		t.Errorf("configuration (-Docker +ours):\n%s", d)
	}
}

// shelved is a Docker that has all base images.
type shelved struct{ *docker.Client }

func (shelved) Get(context.Context, string) error { return errors.New("nobody has it") }

// otherWorkers has a folder be one that another worker has unpacked: as another user, and
// at another time. The modes are those of the source's archive.
func otherWorkers(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if os.Getuid() == 0 { // nobody else may
			err = errors.Join(err, os.Lchown(path, 1234, 1234))
		}
		return errors.Join(err, os.Chtimes(path, noon, noon.AddDate(-20, 0, 0)))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// runtimeSource is what the steps of a runtime find: in wheels a wheels image's files,
// in the folder of ours what builds read.
func runtimeSource(t *testing.T) string {
	t.Helper()
	var lock strings.Builder
	files, packages := map[string]string{"Dockerfile": "FROM scratch\nCOPY wheelhouse /wheelhouse\n"}, []map[string]any{}
	for _, w := range []struct {
		name  string
		size  int
		files map[string]string
	}{
		{"heavy", 3 << 20, map[string]string{
			"heavy/__init__.py": "x = {1, 2, 'a'}\n", "heavy/data/é.txt": "é", "heavy-1.0.data/scripts/heavy-tool": "#!python\nprint(1)\n", "heavy-1.0.data/data/share/heavy.conf": "c",
			"heavy-1.0.dist-info/entry_points.txt": "[console_scripts]\nheavy = heavy:main\n", "heavy.pth": "import sys\n", "heavy/tests/__init__.py": "",
		}},
		{"space-one", 1000, map[string]string{"space/one/__init__.py": "", "space/common.py": "x = 1\n"}},
		{"space-two", 2 << 20, map[string]string{"space/two/__init__.py": "", "space/common.py": "x = 1\n"}},
	} {
		data := map[string][]byte{}
		for name, text := range w.files {
			data[name] = []byte(text)
		}
		file, wheel := testindex.Wheel(w.name, "1.0", nil, data)
		sum := sha256.Sum256(wheel)
		hash := hex.EncodeToString(sum[:])
		files["wheelhouse/"+file] = string(wheel)
		fmt.Fprintf(&lock, "%s==1.0 --hash=sha256:%s\n", w.name, hash)
		packages = append(packages, map[string]any{"name": w.name, "version": "1.0", "file": file, "sha256": hash, "size": w.size})
	}
	manifest, err := json.Marshal(map[string]any{"schema": 1, "python": "3", "magic": "00", "packages": packages})
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(files, map[string]string{
		"wheelhouse/manifest.json": string(manifest), "wheelhouse/requirements.lock": lock.String(), "wheelhouse/build/requirements.lock": "",
	})
	all := map[string]string{}
	for name, text := range files {
		all["wheels/"+name] = text
	}
	program, err := dockerfile.Program(templates.FS, templates.Program)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range program {
		all[plan.Dir+"/wheels/"+name] = string(data)
	}
	text, err := dockerfile.Render(templates.FS, templates.Wheel, dockerfile.Data{BaseImage: dockertest.Image(), Port: 8080, Slim: []string{"--slim", "tests"}})
	if err != nil {
		t.Fatal(err)
	}
	all[plan.WheelFile] = string(text)
	return tree(t, all)
}
