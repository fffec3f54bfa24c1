package registry_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// TestPushSaved: what Docker saved is the same image in the registry each time; layers that
// are there are taken from there.
func TestPushSaved(t *testing.T) {
	t.Parallel()
	f := ready(t)
	base, err := mutate.Config(image(t, map[string]string{"base": "b"}, map[string]string{"etc/passwd": "root"}), v1.Config{Labels: map[string]string{"base": "b"}, User: "7"})
	if err != nil {
		t.Fatal(err)
	}
	more, err := image(t, nil, map[string]string{"usr/lib/libx.so": "x"}).Layers()
	if err != nil {
		t.Fatal(err)
	}
	system, err := mutate.AppendLayers(base, more...)
	if err != nil {
		t.Fatal(err)
	}
	push := func(img v1.Image, tag string, compressed int, known ...string) string {
		t.Helper()
		file := filepath.Join(t.TempDir(), "image.tar")
		if err := tarball.WriteToFile(file, name.MustParseReference("h/i:t"), img); err != nil {
			t.Fatal(err)
		}
		digest, err := f.PushSaved(t.Context(), file, "system", tag, known...)
		if err != nil {
			t.Fatal(err)
		}
		if made, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "layer-*")); len(made) != compressed {
			t.Errorf("%s: %v were compressed, want %d", tag, made, compressed)
		}
		return digest
	}
	below := push(base, "base", 1)
	one := push(system, "run-1", 1, below)
	if two := push(system, "run-2", 2); two != one {
		t.Errorf("with what is known it is %s, without %s", one, two)
	}
	labels, layers, err := f.Content(t.Context(), "system", one)
	want, werr := system.ConfigFile()
	if err != nil || werr != nil || labels["base"] != "b" || len(layers) != len(want.RootFS.DiffIDs) {
		t.Fatal(labels, layers, err, werr)
	}
	for i, l := range layers {
		if l.ID != want.RootFS.DiffIDs[i].String() {
			t.Errorf("layer %d is of %s, want %s", i, l.ID, want.RootFS.DiffIDs[i])
		}
	}
}
