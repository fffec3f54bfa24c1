package stock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// repository is images with what is in them.
type repository struct {
	images []inventory.Image // with labels and layers, which a listing does not give
	files  map[string]string // "digest file"
	fails  map[string]error  // by digest, or "uses"
	uses   []release.Use
}

var (
	_ Registry = (*repository)(nil)
	_ Users    = (*repository)(nil)
)

func (r *repository) Images(context.Context) (all []inventory.Image, err error) {
	for _, i := range r.images {
		i.Labels, i.Layers = nil, nil
		all = append(all, i)
	}
	return all, nil
}

func (r *repository) Content(_ context.Context, _, digest string) (map[string]string, []inventory.Layer, error) {
	for _, i := range r.images {
		if i.Digest == digest {
			return i.Labels, i.Layers, r.fails[digest]
		}
	}
	return nil, nil, errs.New(errs.NotFound, "", "gone")
}

func (r *repository) Labels(ctx context.Context, image, digest string) (map[string]string, error) {
	labels, _, err := r.Content(ctx, image, digest)
	return labels, err
}

func (r *repository) ReadFile(_ context.Context, _, digest, file string) ([]byte, error) {
	text, ok := r.files[digest+" "+file]
	if !ok {
		return nil, errs.New(errs.NotFound, "", "no such file")
	}
	return []byte(text), nil
}

func (r *repository) Uses(context.Context) ([]release.Use, error) { return r.uses, r.fails["uses"] }

func (r *repository) Builds(context.Context) ([]inventory.Build, error) { return nil, nil }

func (r *repository) keeper() Keeper { return Keeper{Repository: "h/p/r", Registry: r, Users: r} }

func digestOf(text string) string { return "sha256:" + key.Sum([]byte(text)) }

// wheels is a wheels image of a key.
func wheels(t *testing.T, k key.Key) inventory.Image {
	t.Helper()
	label, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	return inventory.Image{
		Package: plan.Wheels, Digest: digestOf(k.Hash), Tags: []string{k.Hash}, Size: 10,
		Labels: map[string]string{plan.FieldsLabel: string(label)}, Layers: []inventory.Layer{{ID: k.Hash}},
	}
}

func numbered(n int) key.Key {
	return key.New(plan.Wheels, key.Of("n", fmt.Sprint(n)), key.Of("m", "1"))
}

// TestListWheels: a list says what is known, and nothing where something is denied.
func TestListWheels(t *testing.T) {
	t.Parallel()
	read, counted, large := wheels(t, numbered(1)), wheels(t, numbered(2)), wheels(t, numbered(3))
	counted.Labels[plan.CountLabel] = "7"
	large.Size = cheapSize + 1
	denied := errs.New(errs.Auth, "", "denied")
	r := &repository{
		images: []inventory.Image{read, counted, large},
		files:  map[string]string{read.Digest + " " + inventory.LockFile: "six==1.16.0 --hash=sha256:ab\n", large.Digest + " " + inventory.LockFile: "six==1.16.0\n"},
		fails:  map[string]error{"uses": denied},
	}
	l, err := r.keeper().ListWheels(t.Context())
	if err != nil || !errors.Is(l.Denied, denied) || len(l.Wheels) != 3 {
		t.Fatalf("%+v, %v", l, err)
	}
	want := map[string]string{read.Digest: "1", counted.Digest: "7", large.Digest: "-"}
	for _, w := range l.Wheels {
		got := "-"
		if w.Packages != nil {
			got = fmt.Sprint(*w.Packages)
		}
		if got != want[w.Digest] {
			t.Errorf("%s has %s packages, want %s", w.Name(), got, want[w.Digest])
		}
	}
	r.fails["uses"] = errs.New(errs.Transient, "", "no answer")
	if _, err := r.keeper().ListWheels(t.Context()); errs.KindOf(err) != errs.Transient {
		t.Errorf("without an answer: %v", err)
	}
}

// TestAddContents: what is gone is left out, what is strange stays, and what is
// denied is an error.
func TestAddContents(t *testing.T) {
	t.Parallel()
	a, b := wheels(t, numbered(1)), wheels(t, numbered(2))
	r := &repository{images: []inventory.Image{a, b}, fails: map[string]error{b.Digest: errs.New(errs.Internal, "", "no image of ours")}}
	st := inventory.Stock{Images: []inventory.Image{{Package: plan.Wheels, Digest: a.Digest}, {Package: plan.Wheels, Digest: b.Digest}, {Package: plan.Wheels, Digest: digestOf("gone")}}}
	if err := r.keeper().addContents(t.Context(), &st, isWheels); err != nil {
		t.Fatal(err)
	}
	if len(st.Images) != 2 || st.Images[0].Labels == nil || st.Images[1].Labels != nil {
		t.Errorf("%+v", st.Images)
	}
	r.fails[b.Digest] = errs.New(errs.Auth, "", "denied")
	if err := r.keeper().addContents(t.Context(), &st, isWheels); errs.KindOf(err) != errs.Auth {
		t.Errorf("denied: %v", err)
	}
}

// TestNearest: the newest few are compared with; what cannot be read is not.
func TestNearest(t *testing.T) {
	t.Parallel()
	r := &repository{fails: map[string]error{}}
	if _, ok, err := r.keeper().Nearest(t.Context(), numbered(0)); ok || err != nil {
		t.Errorf("of none: %v, %v", ok, err)
	}
	for n := range candidates + 1 {
		r.images = append(r.images, wheels(t, key.New(plan.Wheels, key.Of("n", fmt.Sprint(n+100)), key.Of("m", "2"))))
	}
	r.images[candidates] = wheels(t, numbered(candidates)) // nearest, and too old
	r.images[3] = wheels(t, numbered(3))
	k, ok, err := r.keeper().Nearest(t.Context(), numbered(0))
	if !ok || err != nil || k.Hash != numbered(3).Hash {
		t.Errorf("%v, %v, %v", k, ok, err)
	}
	r.fails[r.images[3].Digest] = errors.New("unreadable")
	if k, ok, _ = r.keeper().Nearest(t.Context(), numbered(0)); !ok || k.Hash == numbered(3).Hash {
		t.Errorf("unreadable: %v, %v", k, ok)
	}
}

// TestCompare: of a runtime image that names its wheels alone, no more is compared.
func TestCompare(t *testing.T) {
	t.Parallel()
	old, now := wheels(t, numbered(1)), wheels(t, numbered(2))
	runtimeOf := func(w inventory.Image, name string, fields bool) inventory.Image {
		k := key.New(plan.Runtime, key.Of(plan.Wheels, w.Tags[0]), key.Of("template", name))
		i := inventory.Image{Package: plan.Runtime, Digest: digestOf(name), Tags: []string{k.Hash}, Labels: map[string]string{
			plan.KeyLabel(plan.Runtime): k.Hash, plan.KeyLabel(plan.Wheels): w.Tags[0],
		}}
		if fields {
			label, _ := json.Marshal(k)
			i.Labels[plan.FieldsLabel] = string(label)
		}
		return i
	}
	bare, full := runtimeOf(old, "a", false), runtimeOf(now, "b", true)
	r := &repository{images: []inventory.Image{old, now, bare, full}}
	c, err := r.keeper().Compare(t.Context(), plan.App{}, bare.Tags[0], full.Tags[0])
	if err != nil || c.Kind != plan.Runtime || len(c.Changes) != 1 || c.Changes[0].Name != plan.Wheels || len(c.Wheels) != 1 || c.Wheels[0].Name != "n" {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := r.keeper().Compare(t.Context(), plan.App{}, old.Tags[0], full.Tags[0]); err == nil || !strings.Contains(err.Error(), "is a wheels key and") {
		t.Errorf("of two kinds: %v", err)
	}
}
