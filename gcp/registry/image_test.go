package registry_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emuregistry "github.com/gcpdeploy/gcpdeploy/gcp/emulator/registry"
	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// TestImages holds what a listing says of an image, and what becomes of one that
// is deleted.
func TestImages(t *testing.T) {
	t.Parallel()
	f := ready(t)
	ctx := t.Context()
	one := f.push(t, "a/b", "run-1", image(t, map[string]string{"l": "1"}, map[string]string{"a": "1"}, map[string]string{"b": "2"}))
	two := f.push(t, "wheels", "run-1", image(t, nil, map[string]string{"a": "2"}))
	if err := f.MoveTag(ctx, "a/b", "key", one); err != nil {
		t.Fatal(err)
	}
	images, err := f.Images(ctx)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, i := range images {
		if i.Size == 0 || i.Uploaded.IsZero() || i.Parts != nil {
			t.Errorf("%+v", i)
		}
		got[i.Name+"@"+i.Digest] = i.Tags
	}
	if diff := cmp.Diff(map[string][]string{"a/b@" + one: {"key", "run-1"}, "wheels@" + two: {"run-1"}}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	labels, layers, err := f.Content(ctx, "a/b", one)
	if err != nil || labels["l"] != "1" || len(layers) != 2 || layers[0].ID == "" || layers[0].ID == layers[1].ID || layers[1].Size == 0 {
		t.Errorf("content: %v, %+v, %v", labels, layers, err)
	}
	tags, ok, err := f.Tagged(ctx, "a/b", one)
	if diff := cmp.Diff([]string{"key", "run-1"}, tags); diff != "" || !ok || err != nil {
		t.Errorf("tags: %v, %v, -want +got:\n%s", ok, err, diff)
	}
	emulator.Get[*emuregistry.Server](f.server).Faults.Fail("DeleteVersion", 1, codes.Unavailable)
	for range 2 { // the second time it is gone
		if ok, err := f.DeleteImage(ctx, "a/b", one); !ok || err != nil {
			t.Errorf("delete: %v, %v", ok, err)
		}
	}
	if _, ok, err := f.Tagged(ctx, "a/b", one); ok || err != nil {
		t.Errorf("deleted: %v, %v", ok, err)
	}
	if _, ok, err := f.Digest(ctx, "a/b", "key"); ok || err != nil {
		t.Errorf("its tag: %v, %v", ok, err)
	}
	emulator.Get[*emuregistry.Server](f.server).Faults.Fail("DeleteVersion", 1, codes.PermissionDenied)
	if ok, err := f.DeleteImage(ctx, "wheels", two); ok || errs.KindOf(err) != errs.Auth {
		t.Errorf("denied: %v, %v (%v)", ok, err, errs.KindOf(err))
	}
}

// TestIndex holds that a part goes after the index it belongs to.
func TestIndex(t *testing.T) {
	t.Parallel()
	f := ready(t)
	ctx := t.Context()
	part := image(t, nil, map[string]string{"a": "1"})
	index := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: part})
	ref, err := name.NewTag(f.Ref("app", "run-1"))
	if err != nil {
		t.Fatal(err)
	}
	token, err := os.ReadFile(f.server.TokenFile())
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(ref, index, remote.WithAuth(&authn.Bearer{Token: string(token)})); err != nil {
		t.Fatal(err)
	}
	images, err := f.Images(ctx)
	if err != nil || len(images) != 2 {
		t.Fatalf("%+v, %v", images, err)
	}
	slices.SortFunc(images, func(a, b registry.Image) int { return len(a.Parts) - len(b.Parts) })
	if diff := cmp.Diff([]string{images[0].Digest}, images[1].Parts); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if ok, err := f.DeleteImage(ctx, "app", images[0].Digest); ok || err != nil {
		t.Errorf("the part: %v, %v", ok, err)
	}
	for _, i := range []int{1, 0} {
		if ok, err := f.DeleteImage(ctx, "app", images[i].Digest); !ok || err != nil {
			t.Errorf("%v, %v", ok, err)
		}
	}
}

func TestReadImage(t *testing.T) {
	t.Parallel()
	f := ready(t)
	ctx := t.Context()
	labels := map[string]string{"dev.gcpdeploy.key": "v1"}
	d := f.push(t, "wheels", "run-1", image(t, labels,
		map[string]string{"wheelhouse/requirements.lock": "old", "wheelhouse/gone": "x", "./dir/a": "a", "keep": "kept"},
		map[string]string{"wheelhouse/requirements.lock": "numpy==1\n", "wheelhouse/gone-": "", "dir-": "", "empty": ""},
	))
	for _, version := range []string{d, "run-1"} {
		got, err := f.Labels(ctx, "wheels", version)
		if diff := cmp.Diff(labels, got); diff != "" || err != nil {
			t.Errorf("labels: %v, -want +got:\n%s", err, diff)
		}
	}
	if n, err := f.Size(ctx, "wheels", d); n == 0 || err != nil {
		t.Errorf("size: %d, %v", n, err)
	}
	for file, want := range map[string]string{
		"/wheelhouse/requirements.lock": "numpy==1\n", "wheelhouse/requirements.lock": "numpy==1\n", "keep": "kept", "empty": "",
	} {
		got, err := f.ReadFile(ctx, "wheels", d, file)
		if string(got) != want || err != nil {
			t.Errorf("%s: %q, %v", file, got, err)
		}
	}
	for _, file := range []string{"nothing", "wheelhouse/gone", "dir/a"} {
		if got, err := f.ReadFile(ctx, "wheels", d, file); errs.KindOf(err) != errs.NotFound {
			t.Errorf("%s: %q, %v", file, got, err)
		}
	}
	if _, err := f.Labels(ctx, "wheels", "sha256:"+strings.Repeat("0", 64)); errs.KindOf(err) != errs.NotFound {
		t.Errorf("no such image: %v (%v)", err, errs.KindOf(err))
	}
}

// A byte that was changed at rest must not come through as a lock or a manifest.
func TestReadFileVerifies(t *testing.T) {
	t.Parallel()
	f := ready(t)
	const text = "numpy==1.0 --hash=sha256:abc\n"
	d := f.push(t, "wheels", "run-1", image(t, nil, map[string]string{"requirements.lock": text}))
	spoilt := 0
	err := filepath.WalkDir(f.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(data, []byte(text)) {
			return err
		}
		spoilt++
		return os.WriteFile(path, bytes.Replace(data, []byte("1.0"), []byte("6.6"), 1), 0o600)
	})
	if err != nil || spoilt == 0 {
		t.Fatalf("%d files, %v", spoilt, err)
	}
	if got, err := f.ReadFile(t.Context(), "wheels", d, "requirements.lock"); err == nil {
		t.Errorf("read %q", got)
	}
}

func TestPushSendsOnlyWhatIsMissing(t *testing.T) {
	t.Parallel()
	f := ready(t)
	img := image(t, nil, map[string]string{"a": "1"})
	want := f.push(t, "builder", "v1", img)
	emulator.Get[*emuregistry.Server](f.server).Faults.Fail("uploads.POST", 100, codes.PermissionDenied)
	if got := f.push(t, "builder", "v2", img); got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
	_, err := f.Push(t.Context(), "builder", "v3", image(t, nil, map[string]string{"a": "2"}))
	if errs.KindOf(err) != errs.Auth {
		t.Errorf("denied: %v (%v)", err, errs.KindOf(err))
	}
}

// TestPlain: whatever else two images are, equal layers but for the last and labels give
// one plain image.
func TestPlain(t *testing.T) {
	t.Parallel()
	f := ready(t)
	wheels := map[string]string{"wheelhouse/requirements.lock": "flask==3\n"}
	var plain []string
	for i, report := range []string{"1 s", "2 s"} {
		img := image(t, map[string]string{"build": report}, wheels, map[string]string{"report.json": report})
		d := f.push(t, "wheels", fmt.Sprint("run-", i), img)
		got, err := f.Plain(t.Context(), "wheels", d, map[string]string{"base": "b"})
		if err != nil {
			t.Fatal(err)
		}
		plain = append(plain, got)
	}
	if plain[0] != plain[1] {
		t.Errorf("two plain images of the same layer: %v", plain)
	}
	labels, err := f.Labels(t.Context(), "wheels", plain[0])
	if diff := cmp.Diff(map[string]string{"base": "b"}, labels); err != nil || diff != "" {
		t.Errorf("labels (-want +got):\n%s%v", diff, err)
	}
	if data, err := f.ReadFile(t.Context(), "wheels", plain[0], "wheelhouse/requirements.lock"); err != nil || string(data) != "flask==3\n" {
		t.Errorf("the wheels: %q, %v", data, err)
	}
	if _, err := f.ReadFile(t.Context(), "wheels", plain[0], "report.json"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("the report is in it: %v", err)
	}
	other, err := f.Plain(t.Context(), "wheels", plain[0], map[string]string{"base": "another"})
	if err != nil || other == plain[0] {
		t.Errorf("other labels: %v, %v", other, err)
	}
	if _, err := f.Plain(t.Context(), "wheels", "sha256:"+strings.Repeat("0", 64), nil); errs.KindOf(err) != errs.NotFound {
		t.Errorf("of nothing: %v", err)
	}
}
