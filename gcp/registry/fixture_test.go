package registry_test

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
)

type fixture struct {
	*registry.Client
	server *emulator.Server
	dir    string
}

// start gives a client of a repository that is not there yet.
func start(t *testing.T) fixture {
	t.Helper()
	dir := t.TempDir()
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	a := gcp.New(gcp.Config{
		Endpoints: gcp.Endpoints{Base: s.URL()}, TokenFile: s.TokenFile(),
	})
	t.Cleanup(func() { _ = a.Close() })
	return fixture{registry.New(a, "my-project", "europe-west1", "gcpdeploy"), s, dir}
}

// ready is start with the repository made.
func ready(t *testing.T) fixture {
	t.Helper()
	f := start(t)
	if err := f.EnsureRepository(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return f
}

// image has layers of files; a name that ends in "-" is deleted by the layer.
func image(t *testing.T, labels map[string]string, layers ...map[string]string) v1.Image {
	t.Helper()
	img := mutate.MediaType(empty.Image, types.DockerManifestSchema2)
	for _, files := range layers {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for name, text := range files {
			if dir, gone := strings.CutSuffix(name, "-"); gone {
				name = filepath.Join(filepath.Dir(dir), ".wh."+filepath.Base(dir))
			}
			if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text)), Typeflag: tar.TypeReg}); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(w, text); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		var err error
		if img, err = mutate.AppendLayers(img, static.NewLayer(b.Bytes(), types.DockerUncompressedLayer)); err != nil {
			t.Fatal(err)
		}
	}
	c, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	c.Config.Labels = labels
	if img, err = mutate.ConfigFile(img, c); err != nil {
		t.Fatal(err)
	}
	return img
}

func (f fixture) push(t *testing.T, name, tag string, img v1.Image) string {
	t.Helper()
	d, err := f.Push(t.Context(), name, tag, img)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
