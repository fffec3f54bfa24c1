package inventory_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

var noon = time.Date(2026, 1, 20, 12, 0, 0, 0, time.UTC)

// hash is a key, and digest a digest, that are told apart by name.
func hash(name string) string   { return key.Sum([]byte(name)) }
func digest(name string) string { return "sha256:" + hash(name) }

// image is one of a package that was uploaded days ago; name tells its digest.
func image(pkg, name string, days int, tags ...string) inventory.Image {
	return inventory.Image{Package: pkg, Digest: digest(name), Tags: tags, Size: 10, Uploaded: noon.AddDate(0, 0, -days), Labels: map[string]string{}}
}

func label(i inventory.Image, pairs ...string) inventory.Image {
	for n := 0; n < len(pairs); n += 2 {
		i.Labels[pairs[n]] = pairs[n+1]
	}
	return i
}

func layers(i inventory.Image, ids ...string) inventory.Image {
	for _, id := range ids {
		i.Layers = append(i.Layers, inventory.Layer{ID: id, Blob: "blob-" + id, Size: 100})
	}
	return i
}

// app is an app image that says what it was made from.
func app(service, name string, days int, wheels, runtime string, tags ...string) inventory.Image {
	made, err := json.Marshal(plan.Made{
		Wheels: key.Key{Hash: wheels}, Runtime: key.Key{Hash: runtime},
		Seeds: plan.Seeds{TestEnv: []key.Field{{Name: "requirement pytest", Value: "pytest"}}},
	})
	if err != nil {
		panic(err)
	}
	return label(image(service, name, days, tags...), plan.Label, string(made))
}

func use(service, revision string, names ...string) release.Use {
	u := release.Use{Service: service, Revision: revision}
	for _, n := range names {
		u.Images = append(u.Images, "127.0.0.1:1/p/gcpdeploy/"+service+"@"+digest(n))
	}
	return u
}

func TestWheels(t *testing.T) {
	t.Parallel()
	// The key W leads to new wheels since a refresh; what serves was made with the old.
	s := inventory.Stock{
		Images: []inventory.Image{
			label(image("wheels", "old", 9, hash("C1"), "run-1"), "dev.gcpdeploy.wheels", hash("W")),
			label(image("wheels", "new", 1, hash("C2"), hash("W"), hash("W2"), "run-2"), "dev.gcpdeploy.wheels", hash("W")),
			image("wheels", "part", 0, "partial-"+hash("W3")[:40], "run-3"),
			image("wheels", "left", 0, "run-4"),
			layers(label(image("runtime", "r-old", 9, "run-1"), "dev.gcpdeploy.wheels-digest", digest("old")), "base", "env"),
			layers(label(image("runtime", "r-new", 1, hash("R")), "dev.gcpdeploy.wheels", hash("W")), "base", "env2"),
			layers(app("a", "a1", 9, hash("W"), hash("R"), hash("A1")), "base", "env", "app1"),
			layers(app("a", "a2", 1, hash("W"), hash("R"), hash("A2")), "base", "env2", "app1"),
			app("b", "b1", 1, hash("W2"), "", "run-9"),
		},
		Uses: []release.Use{use("a", "a-1", "a1"), use("a", "a-2", "a2"), use("b", "b-1", "b1", "b1"), use("c", "c-1", "unknown")},
	}
	type row struct {
		W, C    []string
		Partial bool
		UsedBy  []string
	}
	var got []row
	for _, w := range s.Wheels() {
		r := row{W: w.W, C: w.C, Partial: w.Partial}
		for _, u := range w.UsedBy {
			r.UsedBy = append(r.UsedBy, u.Revision)
		}
		slices.Sort(r.W)
		got = append(got, r)
	}
	both := []string{hash("W"), hash("W2")}
	slices.Sort(both)
	want := []row{
		{W: []string{hash("W3")[:40]}, Partial: true},
		{W: both, C: []string{hash("C2")}, UsedBy: []string{"a-2", "b-1"}},
		{W: []string{hash("C1")}, UsedBy: []string{"a-1"}}, // nothing says that it is no key of wheels
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

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

func TestFind(t *testing.T) {
	t.Parallel()
	s := inventory.Stock{Images: []inventory.Image{
		{Package: "wheels", Digest: "sha256:aaaa1" + strings.Repeat("0", 59), Tags: []string{"bbbb1" + strings.Repeat("0", 59), "run-1"}},
		{Package: "wheels", Digest: "sha256:aaaa2" + strings.Repeat("0", 59), Tags: []string{"cccc1" + strings.Repeat("0", 59), "cccc2" + strings.Repeat("0", 59)}},
		{Package: "wheels", Digest: "sha256:aaaa3" + strings.Repeat("0", 59), Tags: []string{"partial-dddd" + strings.Repeat("0", 36), "partial-"}},
		{Package: "wheels", Digest: "sha256:aaaa4" + strings.Repeat("0", 59), Tags: []string{"partial-bbbb1" + strings.Repeat("0", 35)}},
		{Package: "runtime", Digest: "sha256:aaaa5" + strings.Repeat("0", 59), Tags: []string{"eeee" + strings.Repeat("0", 60)}},
	}}
	for prefix, want := range map[string]string{
		"bbbb": "aaaa1", "BBBB1": "aaaa1", "cccc": "aaaa2", "sha256:aaaa2": "aaaa2", "aaaa1": "aaaa1", "dddd": "aaaa3",
		"dddd" + strings.Repeat("0", 60): "aaaa3",
		"aaaa":                           "! more than one: wheels:sha256:aaaa1", "eeee": "! no wheels image", "bbb": "! is no key", "xyzw": "! is no key",
	} {
		got, _, err := s.Find(prefix, "wheels")
		if text, bad := strings.CutPrefix(want, "! "); bad {
			if errs.KindOf(err) != errs.Usage || !strings.Contains(err.Error(), text) || errs.HintOf(err) == "" {
				t.Errorf("%s: %v (%v)", prefix, err, errs.KindOf(err))
			}
		} else if err != nil || !strings.HasPrefix(got.Digest, "sha256:"+want) {
			t.Errorf("%s: %s, %v", prefix, got.Digest, err)
		}
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	k := func(values ...string) key.Key {
		var fields []key.Field
		for n, v := range values {
			fields = append(fields, key.Of(fmt.Sprint(n), v))
		}
		return key.New("wheels", fields...)
	}
	got, ok := inventory.Nearest(k("a", "b", "c"), []key.Key{{}, k("x", "y", "c"), k("a", "x", "c"), k("a", "b", "x")})
	if !ok || got.Hash != k("a", "x", "c").Hash {
		t.Errorf("%v, %+v", ok, got)
	}
	if _, ok := inventory.Nearest(k("a"), []key.Key{{Hash: hash("x")}}); ok {
		t.Error("one without fields")
	}
}

func TestManifest(t *testing.T) {
	t.Parallel()
	no := false
	for name, tt := range map[string]struct {
		text string
		want inventory.Manifest
	}{
		"schema 1": {
			`{"schema":1,"python":"3.11.2","platform":"linux-x86_64","tools":{"pip":"23.0.1"},"packages":[{"name":"six","version":"1.16.0","file":"six.whl","sha256":"ab","url":"https://x/six.whl","origin":"downloaded"}]}`,
			inventory.Manifest{Schema: 1, Python: "3.11.2", Platform: "linux-x86_64", Tools: map[string]string{"pip": "23.0.1"},
				Packages: []inventory.Package{{Name: "six", Version: "1.16.0", File: "six.whl", SHA256: "ab", Source: "https://x/six.whl"}}},
		},
		"schema 2": {
			`{"schema":2,"complete":false,"base":"python@x","system":["libgomp1"],"packages":[{"name":"six","version":"1","build_key":"k","source":{"url":"x"},"system":["libc6"]}]}`,
			inventory.Manifest{Schema: 2, Complete: &no, Base: "python@x", System: []string{"libgomp1"},
				Packages: []inventory.Package{{Name: "six", Version: "1", BuildKey: "k", System: []string{"libc6"}}}},
		},
	} {
		got, err := inventory.ParseManifest([]byte(tt.text))
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v, -want +got:\n%s", name, err, diff)
		}
	}
	for _, bad := range []string{"", "[]", `{"schema":2}`} {
		if m, err := inventory.ParseManifest([]byte(bad)); err == nil {
			t.Errorf("%q is %+v", bad, m)
		}
	}
	want := []inventory.Package{{Name: "six", Version: "1.16.0", SHA256: "ab"}}
	if diff := cmp.Diff(want, inventory.ParseLock([]byte("six==1.16.0 --hash=sha256:ab\n\n")).Packages); diff != "" {
		t.Errorf("the lock, -want +got:\n%s", diff)
	}
}
