package cmd_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"maps"
	"slices"
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
	"github.com/gcpdeploy/gcpdeploy/internal/key"
)

// shelf is an emulated registry with an app beside it.
type shelf struct {
	*registry.Client
	server *emulator.Server
	env    map[string]string
	app    string
}

func newShelf(t *testing.T) shelf {
	t.Helper()
	server := emulated(t)
	env := at(server.URL(), server.TokenFile())
	a := gcp.New(gcp.FromEnvironment(func(name string) (string, bool) { v, ok := env[name]; return v, ok }))
	t.Cleanup(func() { _ = a.Close() })
	s := shelf{registry.New(a, "p-1", "r", "gcpdeploy"), server, env, smallApp(t, nil)}
	if err := s.EnsureRepository(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return s
}

// run gives what a command prints, which must end with the code.
func (s shelf) run(t *testing.T, exit int, args ...string) (stdout, stderr string) {
	t.Helper()
	got, stdout, stderr := inProcess(t.Context(), s.env, t.TempDir(), args...)
	if got != exit {
		t.Errorf("%v: exit %d, want %d: %s%s", args, got, exit, stdout, stderr)
	}
	return stdout, stderr
}

// put pushes an image of files under tags and gives its digest.
func (s shelf) put(t *testing.T, name string, labels, files map[string]string, tags ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if err := w.WriteHeader(&tar.Header{Name: file, Mode: 0o644, Size: int64(len(files[file])), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[file])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	img, err := mutate.AppendLayers(mutate.MediaType(empty.Image, types.DockerManifestSchema2), static.NewLayer(b.Bytes(), types.DockerUncompressedLayer))
	if err != nil {
		t.Fatal(err)
	}
	img, err = mutate.Config(img, v1.Config{Labels: labels})
	if err != nil {
		t.Fatal(err)
	}
	var digest string
	for _, tag := range tags {
		if digest, err = s.Push(t.Context(), name, tag, img); err != nil {
			t.Fatal(err)
		}
	}
	return digest
}

// keyLabel is a label with the key and its fields.
func keyLabel(t *testing.T, k key.Key) map[string]string {
	t.Helper()
	data, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"dev.gcpdeploy.key": string(data), "dev.gcpdeploy.base": "python@sha256:" + strings.Repeat("7", 64)}
}
