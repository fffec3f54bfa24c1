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
