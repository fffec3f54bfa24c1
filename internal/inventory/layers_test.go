package inventory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

func python() inventory.Manifest {
	return inventory.Manifest{
		Python: "3.12.1", Implementation: "cpython", Magic: "cb0d0d0a", Platform: "linux-x86_64", Tools: map[string]string{"pip": "25.0"},
		Packages: []inventory.Package{
			{Name: "flask", Version: "3", File: "flask.whl", SHA256: "f", Size: 100_000},
			{Name: "numpy", Version: "2", File: "numpy.whl", SHA256: "n", Size: 16 << 20},
			{Name: "scipy", Version: "1", File: "scipy.whl", SHA256: "s", Size: 35 << 20},
		},
	}
}

var program = map[string][]byte{"wheelhouse/spread.py": []byte("1"), "wheelhouse/resolve.py": []byte("1")}

// TestSlimLayers: a package that is slimmed has a layer of its own kind; one that stays whole
// has that of all other apps.
func TestSlimLayers(t *testing.T) {
	t.Parallel()
	keys := func(slim plan.Slim, slimmer string) (scipy, numpy string) {
		files := map[string][]byte{"wheelhouse/spread.py": []byte("1"), "wheelhouse/symbols.py": []byte(slimmer)}
		layers := python().Layers(files, slim)
		return layers[0].Key.Hash, layers[1].Key.Hash
	}
	scipy, numpy := keys(plan.Slim{}, "1")
	if s, n := keys(plan.Slim{}, "2"); s != scipy || n != numpy {
		t.Error("what removes decides over a layer that nothing is removed from")
	}
	tests := plan.Slim{Remove: []string{"tests"}, Keep: []string{"numpy"}}
	s, n := keys(tests, "1")
	if s == scipy || n != numpy {
		t.Errorf("scipy without tests is the same layer: %v; numpy, whole, is another one: %v", s == scipy, n != numpy)
	}
	if again, _ := keys(tests, "2"); again == s {
		t.Error("another way to remove makes the same layer")
	}
	if docs, _ := keys(plan.Slim{Remove: []string{"docs"}}, "1"); docs == s {
		t.Error("without docs and without tests is the same layer")
	}
}

// TestLayers: heavy packages have layers, the largest first, under keys of all that makes
// them, and of nothing else.
func TestLayers(t *testing.T) {
	t.Parallel()
	names := func(m inventory.Manifest) (names []string) {
		for _, l := range m.Layers(program, plan.Slim{}) {
			names = append(names, l.Name)
		}
		return names
	}
	if diff := cmp.Diff([]string{"scipy", "numpy"}, names(python())); diff != "" {
		t.Error(diff)
	}
	many := python()
	for i := range 40 {
		many.Packages = append(many.Packages, inventory.Package{Name: fmt.Sprint("p", i), Size: 2 << 20})
	}
	if got := names(many); len(got) != 20 || got[0] != "scipy" {
		t.Error(got)
	}
	unknown := python()
	unknown.Magic = ""
	if got := names(unknown); got != nil {
		t.Error(got)
	}
	hash := func(change func(m *inventory.Manifest, program map[string][]byte)) string {
		m, files := python(), map[string][]byte{"wheelhouse/spread.py": []byte("1"), "wheelhouse/resolve.py": []byte("1")}
		change(&m, files)
		return m.Layers(files, plan.Slim{})[1].Key.Hash
	}
	same := hash(func(*inventory.Manifest, map[string][]byte) {})
	for what, change := range map[string]func(*inventory.Manifest, map[string][]byte){
		"the Python":     func(m *inventory.Manifest, _ map[string][]byte) { m.Python = "3.12.2" },
		"implementation": func(m *inventory.Manifest, _ map[string][]byte) { m.Implementation = "pypy" },
		"bytecode":       func(m *inventory.Manifest, _ map[string][]byte) { m.Magic = "00000000" },
		"platform":       func(m *inventory.Manifest, _ map[string][]byte) { m.Platform = "linux-aarch64" },
		"pip":            func(m *inventory.Manifest, _ map[string][]byte) { m.Tools = map[string]string{"pip": "24.0"} },
		"the wheel":      func(m *inventory.Manifest, _ map[string][]byte) { m.Packages[1].SHA256 = "other" },
		"the program":    func(_ *inventory.Manifest, p map[string][]byte) { p["wheelhouse/spread.py"] = []byte("2") },
	} {
		if hash(change) == same {
			t.Errorf("another %s is the same layer", strings.TrimPrefix(what, "the "))
		}
	}
	for what, change := range map[string]func(*inventory.Manifest, map[string][]byte){
		"base image":     func(m *inventory.Manifest, _ map[string][]byte) { m.Base = "other" },
		"small package":  func(m *inventory.Manifest, _ map[string][]byte) { m.Packages[0].SHA256 = "other" },
		"resolution":     func(_ *inventory.Manifest, p map[string][]byte) { p["wheelhouse/resolve.py"] = []byte("2") },
		"system package": func(m *inventory.Manifest, _ map[string][]byte) { m.System = []string{"libgl1"} },
	} {
		if hash(change) != same {
			t.Errorf("another %s is another layer", what)
		}
	}
}

func TestLayersOf(t *testing.T) {
	t.Parallel()
	of := func(name, wheel, blob string) inventory.Image {
		i := layers(image(plan.Layers, name, 10, hash(name)), blob)
		for name, value := range inventory.LayerLabels(key.Key{Hash: hash(name), Fields: []key.Field{key.Of("wheel", wheel)}}) {
			i = label(i, name, value)
		}
		return i
	}
	s := inventory.Stock{
		Uses: []release.Use{use("a", "a-1", "a"), use("a", "a-2", "a")},
		Images: []inventory.Image{
			of("l1", "n", "1"), of("l2", "x", "2"),
			layers(image(plan.Runtime, "r1", 9, hash("R1")), "0", "1"), layers(image(plan.Runtime, "r2", 9, hash("R2")), "0", "2", "1"), layers(image(plan.Runtime, "r3", 9, hash("R3")), "0"),
			layers(app("a", "a", 8, hash("W"), hash("R1"), hash("A")), "0", "1", "9"),
		},
	}
	got := s.LayersOf(python())
	if len(got) != 1 || got[0].Package != "numpy 2" || got[0].Images != 2 || len(got[0].UsedBy) != 2 || got[0].Size == 0 {
		t.Errorf("%+v", got)
	}
}
