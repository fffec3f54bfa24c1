package inventory_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestPrune: each case names the images that go, in their order.
func TestPrune(t *testing.T) {
	t.Parallel()
	old := func(pkg string, n int) (all []inventory.Image) { // n images, from 100 days ago on
		for i := range n {
			name := fmt.Sprintf("%s%d", pkg, i)
			all = append(all, image(pkg, name, 100+i, hash(name)))
		}
		return all
	}
	with := func(all []inventory.Image, more ...inventory.Image) []inventory.Image { return append(all, more...) }
	index := image("a", "index", 90, "run-1")
	index.Parts = []string{digest("part")}
	part := image("a", "part", 90)
	part.Labels = nil
	testKey, _ := plan.Seeds{TestEnv: []key.Field{{Name: "requirement pytest", Value: "pytest"}}}.Keys(digest("r"))
	family := func(i inventory.Image, base string) inventory.Image { return label(i, plan.BaseLabel, base) }
	for _, tt := range []struct {
		name  string
		stock inventory.Stock
		rules inventory.Rules
		want  string // the images that go, in order
		why   inventory.Why
	}{
		{name: "nothing", rules: inventory.Rules{Keep: 3}},
		{name: "the newest stay", stock: inventory.Stock{Images: old("wheels", 5)}, rules: inventory.Rules{Keep: 3}, want: "wheels4 wheels3", why: inventory.Old},
		{name: "none kept", stock: inventory.Stock{Images: old("runtime", 2)}, want: "runtime1 runtime0", why: inventory.Old},
		{name: "each family has its newest", rules: inventory.Rules{Keep: 1}, want: "w2", stock: inventory.Stock{Images: []inventory.Image{
			family(image("wheels", "w0", 50, hash("w0")), "python@"+digest("a")), family(image("wheels", "w1", 51, hash("w1")), "python@"+digest("b")),
			family(image("wheels", "w2", 52, hash("w2")), "python@"+digest("a")),
		}}},
		{name: "the family of a runtime is that of its wheels", rules: inventory.Rules{Keep: 1}, want: "r2", stock: inventory.Stock{Images: []inventory.Image{
			image("wheels", "w0", 50, hash("w0"), "near-"+strings.Repeat("1", 12)+"-abc"), image("wheels", "w1", 51, hash("w1"), "near-"+strings.Repeat("2", 12)+"-abc"),
			label(image("runtime", "r0", 50, hash("r0")), "dev.gcpdeploy.wheels", hash("w0")),
			label(image("runtime", "r1", 51, hash("r1")), "dev.gcpdeploy.wheels", hash("w1")),
			label(image("runtime", "r2", 52, hash("r2")), "dev.gcpdeploy.wheels", hash("w0")),
		}}},
		{name: "younger than the limit", stock: inventory.Stock{Images: old("wheels", 3)}, rules: inventory.Rules{OlderThan: 101*24*time.Hour + time.Minute}, want: "wheels2"},
		{name: "what a revision runs, and what that was made from", want: "a9 t9 r9 w9", stock: inventory.Stock{
			Uses: []release.Use{use("a", "a-1", "a")},
			Images: []inventory.Image{
				image("wheels", "w", 60, hash("W")), image("wheels", "w9", 61, hash("W9")),
				image("runtime", "r", 60, hash("R")), image("runtime", "r9", 61, hash("R9")),
				image("testenv", "t", 60, testKey.Hash), image("testenv", "t9", 61, hash("T9")),
				app("a", "a", 60, hash("W"), hash("R"), hash("A")), app("a", "a9", 61, hash("W9"), hash("R9"), hash("A9")),
			},
		}},
		{name: "what it stands on, though the tags have moved", stock: inventory.Stock{
			Uses: []release.Use{use("a", "a-1", "a")},
			Images: []inventory.Image{
				image("wheels", "w", 60, "run-1"), image("wheels", "w2", 50, hash("W")),
				layers(label(image("runtime", "r", 60, "run-1"), "dev.gcpdeploy.wheels-digest", digest("w")), "1", "2"),
				layers(image("runtime", "r2", 50, hash("R")), "1"),
				layers(app("a", "a", 60, hash("W"), hash("R"), hash("A")), "1", "2", "3"),
			},
		}},
		{name: "by tag", stock: inventory.Stock{
			Uses:   []release.Use{{Service: "a", Images: []string{"host:1/p/gcpdeploy/a:run-1"}}},
			Images: []inventory.Image{app("a", "a", 60, "", "", "run-1"), app("a", "a2", 60, "", "", "run-2")},
		}, want: "a2", why: inventory.Leftover},
		{name: "leftovers", stock: inventory.Stock{Images: []inventory.Image{
			image("wheels", "run", 2, "run-1"), image("wheels", "partial", 3, "partial-"+hash("W")[:40]), image("wheels", "none", 4), image("wheels", "now", 0, "run-2"),
		}}, rules: inventory.Rules{Keep: 9}, want: "none partial run", why: inventory.Leftover},
		{name: "of others", stock: inventory.Stock{Images: []inventory.Image{
			image("theirs", "x", 60, hash("x")), image("theirs", "y", 60), label(image("wheels", "pinned", 60, hash("p"), "prod")), image("builder", "b", 60, "v1"),
		}}},
		{name: "a build that runs", stock: inventory.Stock{
			Builds: []inventory.Build{{ID: "7", Began: noon.AddDate(0, 0, -100), Names: []string{digest("wheels3"), hash("wheels4")}}},
			Images: with(old("wheels", 6), image("wheels", "seven", 200, "run-7")),
		}, want: "wheels5 wheels2 wheels1"},
		{name: "layers that images have", want: "l2 l3", why: inventory.Old, stock: inventory.Stock{
			Uses: []release.Use{use("a", "a-1", "a")},
			Images: []inventory.Image{
				layers(image("layers", "l1", 60, hash("L1")), "2"), layers(image("layers", "l2", 62, hash("L2")), "8"), layers(image("layers", "l3", 61, hash("L3")), "9"),
				layers(app("a", "a", 60, hash("W"), hash("R"), hash("A")), "1", "2", "3"), image("layers", "odd", 60, hash("L4")),
			},
		}},
		{name: "of layers none is kept for being new", rules: inventory.Rules{Keep: 3}, want: "l1", stock: inventory.Stock{Images: []inventory.Image{layers(image("layers", "l1", 60, hash("L1")), "1")}}},
		{name: "layers and bases that a build may take", stock: inventory.Stock{
			Builds: []inventory.Build{{ID: "7", Began: noon}}, Images: []inventory.Image{layers(image("layers", "l1", 60, hash("L1")), "1"), image("system", "s", 60, hash("S"))},
		}},
		{name: "bases that no build may take", want: "s", stock: inventory.Stock{Images: []inventory.Image{image("system", "s", 60, hash("S"))}}, why: inventory.Old},
		{name: "runtimes go before their layers", want: "r l", why: inventory.Old, stock: inventory.Stock{Images: []inventory.Image{
			layers(image("layers", "l", 62, hash("L")), "1"), layers(image("runtime", "r", 60, hash("R")), "1"),
		}}},
		{name: "an index goes before its parts", stock: inventory.Stock{Images: []inventory.Image{part, label(index, plan.Label, "{}")}}, want: "index part"},
		{name: "parts of an index that stays", stock: inventory.Stock{Images: []inventory.Image{part, label(index, plan.Label, "{}")}, Uses: []release.Use{use("a", "a-1", "index")}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			names := map[string]string{}
			for _, i := range tt.stock.Images {
				for _, n := range strings.Fields(tt.want) {
					if digest(n) == i.Digest {
						names[i.Digest] = n
					}
				}
			}
			tt.rules.Now = noon
			d := tt.stock.Prune(tt.rules)
			var got []string
			var left inventory.Stock
			for _, v := range d.Remove {
				name := names[v.Image.Digest]
				if name == "" {
					name = fmt.Sprint(v.Image.Package, v.Image.Tags)
				}
				got = append(got, name)
				if tt.why != "" && v.Why != tt.why || v.Reason == "" {
					t.Errorf("%s goes as %s: %q", name, v.Why, v.Reason)
				}
			}
			if diff := cmp.Diff(strings.Fields(tt.want), got); diff != "" && len(got)+len(tt.want) > 0 {
				t.Errorf("-want +got:\n%s", diff)
			}
			n := 0
			for _, p := range d.Phases() {
				n += len(p)
			}
			if n != len(d.Remove) || len(d.Keep)+n != len(tt.stock.Images) {
				t.Errorf("%d go in phases, %d go, %d stay of %d", n, len(d.Remove), len(d.Keep), len(tt.stock.Images))
			}
			for _, v := range d.Keep {
				if v.Why == "" || v.Reason == "" {
					t.Errorf("%v stays for no reason", v.Image.Tags)
				}
				left.Images = append(left.Images, v.Image)
			}
			left.Uses, left.Builds = tt.stock.Uses, tt.stock.Builds
			if again := left.Prune(tt.rules); len(again.Remove) > 0 {
				t.Errorf("a second time it removes %+v", again.Remove)
			}
		})
	}
}

func TestPruneCountsSharedLayersOnce(t *testing.T) {
	t.Parallel()
	s := inventory.Stock{Images: []inventory.Image{
		layers(image("runtime", "r0", 1, hash("0")), "base", "env"), layers(image("runtime", "r1", 2, hash("1")), "base", "x", "y"),
		layers(image("runtime", "r2", 3, hash("2")), "base", "x"), image("testenv", "t", 3, "run-1"),
	}}
	if d := s.Prune(inventory.Rules{Keep: 1, Now: noon}); d.Frees != 100+100+10 { // x, y and the one that was not read
		t.Errorf("frees %d", d.Frees)
	}
}
