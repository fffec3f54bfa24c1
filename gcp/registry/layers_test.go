package registry_test

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/layer"
)

// blob is a layer in a file; what is in it is for the registry to keep, not to read.
func blob(t *testing.T, text string) layer.Blob {
	t.Helper()
	w, err := layer.Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Write([]byte(text))
	b, cerr := w.Close()
	if err := errors.Join(err, cerr); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestStack: layers of other images are mounted, files are sent, and all is the same
// image whenever it is put together.
func TestStack(t *testing.T) {
	t.Parallel()
	f := ready(t)
	ctx := t.Context()
	base := image(t, map[string]string{"base": "b"}, map[string]string{"etc/passwd": "root"})
	base, err := mutate.Config(base, v1.Config{Env: []string{"PATH=/usr/bin", "LANG=C"}, Cmd: []string{"python3"}, User: "0:0", Labels: map[string]string{"base": "b"}})
	if err != nil {
		t.Fatal(err)
	}
	system := f.push(t, "system", "run-1", base)
	heavy, light := blob(t, "numpy"), blob(t, "flask")
	kept, err := f.PushLayer(ctx, "layers", heavy, map[string]string{"key": "k"})
	if err != nil {
		t.Fatal(err)
	}
	if again, err := f.PushLayer(ctx, "layers", heavy, map[string]string{"key": "k"}); again != kept || err != nil {
		t.Errorf("the same layer is %s, and then %s, %v", kept, again, err)
	}
	if err := os.Remove(heavy.Path); err != nil {
		t.Fatal(err)
	}
	there, labels, err := f.Layer(ctx, "layers", kept)
	if err != nil || there.Digest != heavy.Digest || there.ID != heavy.ID || there.Size != heavy.Size || labels["key"] != "k" {
		t.Fatalf("%+v, %v, %v", there, labels, err)
	}
	if err := f.Mount(ctx, "layers", "runtime", there); err != nil {
		t.Fatal(err)
	}
	ground := layer.Ground{WorkDir: "/app", User: "10001:10001", Path: "/env/bin", Env: []string{"A=1"}, Labels: map[string]string{"mine": "m"}}
	stack := func(tag string) string {
		t.Helper()
		d, err := f.Stack(ctx, "system", system, "runtime", tag, []layer.Placed{{Blob: there, From: "layers", What: "numpy 2"}, {Blob: light, What: "packages"}}, ground)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	one := stack("run-1")
	// Whoever removes what it was made of takes nothing from it.
	for img, digest := range map[string]string{"layers": kept, "system": system} {
		if deleted, err := f.DeleteImage(ctx, img, digest); !deleted || err != nil {
			t.Fatal(deleted, err)
		}
	}
	labels, layers, err := f.Content(ctx, "runtime", one)
	if err != nil || len(layers) != 3 || layers[1].Blob != heavy.Digest || layers[1].ID != heavy.ID || layers[2].Blob != light.Digest {
		t.Errorf("%+v, %v", layers, err)
	}
	if diff := cmp.Diff(map[string]string{"base": "b", "mine": "m"}, labels); diff != "" {
		t.Error(diff)
	}
	f.push(t, "system", "run-2", base)
	if two := stack("run-2"); two != one {
		t.Errorf("the same is %s, and then %s", one, two)
	}
	if _, ok, err := f.Digest(ctx, "runtime", "run-2"); !ok || err != nil {
		t.Error(ok, err)
	}
}

// TestLostLayer: of a layer that the registry has no more nobody makes an image.
func TestLostLayer(t *testing.T) {
	t.Parallel()
	f := ready(t)
	ctx := t.Context()
	if _, _, err := f.Layer(ctx, "layers", "key"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("no image: %v", err)
	}
	lost := blob(t, "lost")
	if err := f.Mount(ctx, "layers", "runtime", lost); errs.KindOf(err) != errs.NotFound {
		t.Errorf("mounted: %v", err)
	}
	system := f.push(t, "system", "run-1", image(t, nil, map[string]string{"a": "a"}))
	_, err := f.Stack(ctx, "system", system, "runtime", "run-1", []layer.Placed{{Blob: lost, From: "layers"}}, layer.Ground{})
	if errs.KindOf(err) != errs.NotFound {
		t.Errorf("stacked: %v", err)
	}
	if _, ok, err := f.Digest(context.WithoutCancel(ctx), "runtime", "run-1"); ok || err != nil {
		t.Errorf("the tag was written: %v, %v", ok, err)
	}
}
