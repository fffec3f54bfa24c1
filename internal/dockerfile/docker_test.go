package dockerfile_test

import (
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/dockerfile"
	"github.com/gcpdeploy/gcpdeploy/internal/testindex"
)

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
			return strings.Join(layers[:len(layers)-1], "\n") // the last one tells of the run
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
	// A large wheel is one layer, whatever is beside it.
	index.Add(testindex.Wheel("gcpd-large", "1.0", nil, map[string][]byte{"gcpd_large.bin": noise(1 << 20)}))
	index.Add(testindex.Wheel("gcpd-larger", "1.0", nil, map[string][]byte{"gcpd_larger.bin": noise(2 << 20)}))
	wheels := func(names string) []string {
		i.write("requirements.txt", "--index-url "+server.URL+"/simple/\n"+names)
		return strings.Split(layer("wheels", "--target", "wheelhouse"), "\n")
	}
	if alone, beside := wheels("gcpd-large\n"), wheels("gcpd-large\ngcpd-larger\n"); alone[0] != beside[1] || alone[0] == beside[0] {
		t.Errorf("the layers with a large wheel are\n%v, with a larger one beside it\n%v", alone, beside)
	}
}

// noise does not become smaller in a wheel.
func noise(size int) []byte {
	data := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{}).Read(data)
	return data
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
