package registry_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/gcpdeploy/gcpdeploy/internal/layer"
)

// aLayer is some text in a file, as a layer.
func aLayer(t *testing.T, text string) layer.Blob {
	t.Helper()
	w, err := layer.Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	b, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// read gives an image as anybody may.
func (f fixture) read(t *testing.T, image, tag string) (v1.Image, error) {
	t.Helper()
	token, err := os.ReadFile(f.server.TokenFile())
	if err != nil {
		t.Fatal(err)
	}
	ref, err := name.ParseReference(f.Ref(image, tag))
	if err != nil {
		t.Fatal(err)
	}
	return remote.Image(ref, remote.WithAuth(&authn.Bearer{Token: string(token)}))
}

// TestAppend: of an image that is made of another one only what is new is sent, and its
// configuration is what a Dockerfile would make of that below.
func TestAppend(t *testing.T) {
	t.Parallel()
	f := ready(t)
	below := image(t, map[string]string{"base": "1", "both": "below"}, map[string]string{"a": "1"}, map[string]string{"b": strings.Repeat("2", 100_000)})
	created := v1.Time{Time: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
	c, err := below.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	c.Created, c.Architecture, c.OS = created, "amd64", "linux"
	c.Config.Env, c.Config.Cmd, c.Config.Entrypoint = []string{"PATH=/bin", "PORT=1", "PORTS=2"}, []string{"old"}, []string{"old"}
	c.Config.User, c.Config.WorkingDir = "10001:10001", "/app"
	c.Config.ExposedPorts = map[string]struct{}{"9/udp": {}}
	if below, err = mutate.ConfigFile(below, c); err != nil {
		t.Fatal(err)
	}
	runtime := f.push(t, "runtime", "key", below)
	l := aLayer(t, "the app's")
	more := layer.Config{Env: map[string]string{"PORT": "8080", "NEW": "x"}, Ports: []int{8080}, Entrypoint: []string{"new", ""}, Labels: map[string]string{"both": "above"}}

	before := len(f.server.Calls())
	digest, err := f.Append(t.Context(), "runtime", runtime, "hello", "run-1", l, more)
	if err != nil {
		t.Fatal(err)
	}
	sent := 0
	for _, call := range f.server.Calls()[before:] {
		if call.Method == "PUT" && strings.Contains(call.Path, "/blobs/uploads/") {
			sent++
		}
	}
	if sent != 2 { // the layer and the configuration
		t.Errorf("%d blobs were sent", sent)
	}
	again, err := f.Append(t.Context(), "runtime", "key", "other", "run-2", aLayer(t, "the app's"), more)
	if err != nil || again != digest {
		t.Errorf("%v: the same is %s, and then %s", err, digest, again)
	}

	img, err := f.read(t, "hello", "run-1")
	if err != nil {
		t.Fatal(err)
	}
	m, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Layers) != 3 || m.Layers[2].Digest.String() != l.Digest || m.Layers[2].MediaType != types.DockerLayer {
		t.Errorf("layers %+v", m.Layers)
	}
	if c, err = img.ConfigFile(); err != nil {
		t.Fatal(err)
	}
	want := v1.Config{
		Env: []string{"PATH=/bin", "PORT=8080", "PORTS=2", "NEW=x"}, Entrypoint: []string{"new", ""}, User: "10001:10001", WorkingDir: "/app", ArgsEscaped: true,
		ExposedPorts: map[string]struct{}{"9/udp": {}, "8080/tcp": {}}, Labels: map[string]string{"base": "1", "both": "above"},
	}
	if d := cmp.Diff(want, c.Config); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if c.Created != created || c.Architecture != "amd64" || len(c.RootFS.DiffIDs) != 3 || c.RootFS.DiffIDs[2].String() != l.ID {
		t.Errorf("it was created at %v, of %s, with layers %v", c.Created, c.Architecture, c.RootFS.DiffIDs)
	}
}

// TestAppendOCI: the manifest's kind is that of the image below, so all kinds in it are.
func TestAppendOCI(t *testing.T) {
	t.Parallel()
	f := ready(t)
	f.push(t, "runtime", "key", mutate.ConfigMediaType(mutate.MediaType(image(t, nil, map[string]string{"a": "1"}), types.OCIManifestSchema1), types.OCIConfigJSON))
	if _, err := f.Append(t.Context(), "runtime", "key", "hello", "run-1", aLayer(t, "x"), layer.Config{}); err != nil {
		t.Fatal(err)
	}
	img, err := f.read(t, "hello", "run-1")
	if err != nil {
		t.Fatal(err)
	}
	m, err := img.Manifest()
	if err != nil || m.MediaType != types.OCIManifestSchema1 || m.Config.MediaType != types.OCIConfigJSON || m.Layers[1].MediaType != types.OCILayer {
		t.Errorf("%v, %+v", err, m)
	}
}
