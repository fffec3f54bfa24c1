package builder_test

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// wheelsSource is a build's source with wheels whose manifest is given.
func wheelsSource(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{plan.WheelFile: "FROM a\nARG SYSTEM=made\nFROM b\n", plan.Dir + "/wheels/wheelhouse/spread.py": "spread"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const manifest = `{"schema":1,"python":"3.12.1","implementation":"cpython","magic":"cb0d0d0a","platform":"linux-x86_64","tools":{"pip":"25"},"system":[%s],
"packages":[{"name":"flask","version":"3","file":"flask.whl","sha256":"f","size":100000},{"name":"numpy","version":"2","file":"numpy.whl","sha256":"n","size":16000000},
{"name":"scipy","version":"1","file":"scipy.whl","sha256":"s","size":35000000}]}`

// find runs the layers step on wheels that need packages of the system; it gives what it
// says, which layers are to be made, and the line of the system.
func find(t *testing.T, s *shelf, p plan.Plan, dir, packages string) (said string, lacking []string, system string) {
	t.Helper()
	s.tags["wheels:"+hashW] = "sha256:newer" // by another run, since this one has published its own
	s.files["sha256:w/"+inventory.ManifestFile] = fmt.Sprintf(manifest, packages)
	if err := builder.SaveWheels(dir, plan.PublishedWheels{Wheels: "sha256:w"}); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := builder.Layers(t.Context(), s, p, "h/p/r/wheels:run-1", dir, noon, &out); err != nil {
		t.Fatal(err)
	}
	var asked []struct {
		Key, Name string
		There     bool
	}
	data, err := os.ReadFile(filepath.Join(dir, plan.ChosenLayers))
	if err := errors.Join(err, json.Unmarshal(data, &asked)); err != nil {
		t.Fatal(err)
	}
	for _, l := range asked {
		if !l.There {
			lacking = append(lacking, l.Key)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, plan.WheelFile))
	if err != nil {
		t.Fatal(err)
	}
	_, system, _ = strings.Cut(string(text), "ARG SYSTEM=")
	system, _, _ = strings.Cut(system, "\n")
	return out.String(), lacking, system
}

// installed writes what the install step leaves: layers of these keys, whose bytes are of
// this build.
func installed(t *testing.T, dir, text string, all []string, made ...string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, plan.InstalledTree))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := tar.NewWriter(f)
	keys, _ := json.Marshal(all)
	files := map[string]string{"skeleton/env/cfg": "c", "rest/env/flask": "f", "top/env/lock": "l", "layers.json": string(keys)}
	for _, k := range made {
		files["layers/"+k+"/env/x"] = k + text
	}
	for name, text := range files {
		if err := errors.Join(w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}), second(io.WriteString(w, text))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func second(_ int, err error) error { return err }

// keysOf are the keys of the packages with layers of their own, in their order.
func keysOf(t *testing.T) []string {
	t.Helper()
	_, keys, _ := find(t, newShelf(), thePlan(), wheelsSource(t), "")
	return keys
}

func put(t *testing.T, s *shelf, p plan.Plan, dir string) error {
	t.Helper()
	s.tags["system:run-1"] = "sha256:sys"
	err := builder.Runtime(t.Context(), s, p, dir, "h/p/r/system:run-1", "h/p/r/runtime:run-1", map[string]string{"a": "b"}, io.Discard)
	if left, _ := filepath.Glob(filepath.Join(dir, plan.Dir, "layer-*")); len(left) > 0 {
		t.Errorf("it leaves %v", left)
	}
	return err
}
