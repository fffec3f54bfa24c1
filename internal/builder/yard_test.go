package builder_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	google "github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// yard is an emulated registry where runtimes are put together, and what happens to the
// calls of who does that.
type yard struct {
	dir    string
	server *emulator.Server

	mu      sync.Mutex
	trouble func(emulator.Call) fault.Trouble
}

func newYard(t *testing.T) *yard {
	t.Helper()
	y := &yard{dir: t.TempDir()}
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: y.dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	y.server = s
	s.Disturb(func(c emulator.Call) fault.Trouble {
		y.mu.Lock()
		f := y.trouble
		y.mu.Unlock()
		if f == nil {
			return fault.None
		}
		return f(c)
	})
	return y
}

func (y *yard) disturb(f func(emulator.Call) fault.Trouble) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.trouble = f
}

// site is a repository of a yard with the wheels of an app, and its system's image.
type site struct {
	*yard
	repository string
}

// site makes one, in which all that a run finds is the same as in any other.
func (y *yard) site(t *testing.T, repository string) site {
	t.Helper()
	s := site{y, repository}
	r := s.client(t, "owner")
	if err := r.EnsureRepository(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	digest, err := r.Push(t.Context(), plan.Wheels, "run-1", filesOf(t, map[string]string{inventory.ManifestFile: fmt.Sprintf(manifest, "")}))
	if err == nil {
		err = r.MoveTag(t.Context(), plan.Wheels, hashW, digest)
	}
	if err == nil {
		_, err = r.Push(t.Context(), plan.System, "run-1", filesOf(t, map[string]string{"etc/os-release": "small"}))
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func filesOf(t *testing.T, files map[string]string) v1.Image {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for name, text := range files {
		if err := errors.Join(w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}), second(io.WriteString(w, text))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	img, err := mutate.AppendLayers(empty.Image, l)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// client is one more process with the registry's client, by its name.
func (s site) client(t *testing.T, agent string) *google.Client {
	t.Helper()
	a := gcp.New(gcp.Config{
		Endpoints: gcp.Endpoints{Base: s.server.URL()}, TokenFile: s.server.TokenFile(), UserAgent: agent, Poll: poll.Backoff{Initial: time.Millisecond},
	})
	t.Cleanup(func() { _ = a.Close() })
	return google.New(a, "my-project", "europe-west1", s.repository)
}

// building is a run on its way to a runtime: each of its steps is a process of its own.
type building struct {
	site
	agent   string
	text    string // what differs in the bytes of packages that it installs
	between func() // after the layers were found, and before the others are made
}

// run is all of it: what is there is found and mounted, the rest made, and all published.
func (b building) run(ctx context.Context, t *testing.T) (plan.Published, error) {
	t.Helper()
	p, dir := thePlan(), wheelsSource(t)
	p.Repository = b.client(t, b.agent).Repository()
	published, _, err := b.client(t, b.agent).Digest(ctx, plan.Wheels, hashW)
	if err != nil {
		return plan.Published{}, err
	}
	wheels, system, runtime := p.Repository+"/wheels@"+published, p.Repository+"/system:run-1", p.Repository+"/runtime:"+b.agent
	if err := builder.Layers(ctx, b.client(t, b.agent), p, wheels, dir, noon, io.Discard); err != nil {
		return plan.Published{}, err
	}
	var asked []struct {
		Key   string
		There bool
	}
	data, err := os.ReadFile(filepath.Join(dir, plan.ChosenLayers))
	if err := errors.Join(err, json.Unmarshal(data, &asked)); err != nil {
		t.Fatal(err)
	}
	var all, lacking []string
	for _, l := range asked {
		if all = append(all, l.Key); !l.There {
			lacking = append(lacking, l.Key)
		}
	}
	installed(t, dir, b.text, all, lacking...)
	if b.between != nil {
		b.between()
	}
	if err := builder.Runtime(ctx, b.client(t, b.agent), p, dir, system, runtime, map[string]string{"a": "b"}, io.Discard); err != nil {
		return plan.Published{}, err
	}
	return builder.Publish(ctx, b.client(t, b.agent), &adoptions{}, p, builder.Pushed{Runtime: runtime}, io.Discard)
}

// adoptions is a worker's Docker.
type adoptions struct{}

func (*adoptions) Adopt(context.Context, string, string) error { return nil }
func (*adoptions) Empty(context.Context, string) error         { return nil }

// tags are those that are keys of what runtimes are made of, with their digests. It reads every image that
// any tag names: the manifest, the configuration and each layer are there.
func (s site) tags(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(s.server.TokenFile())
	if err != nil {
		t.Fatal(err)
	}
	auth := remote.WithAuth(authn.FromConfig(authn.AuthConfig{Username: gcp.TokenUser, Password: strings.TrimSpace(string(text))}))
	r, keys := s.client(t, "owner"), map[string]string{}
	for _, pkg := range []string{plan.Wheels, plan.System, plan.Layers, plan.Runtime} {
		tags, err := r.Tags(t.Context(), pkg)
		if err != nil {
			t.Fatal(err)
		}
		for tag, digest := range tags {
			ref, err := name.ParseReference(r.Ref(pkg, tag))
			if err != nil {
				t.Fatal(err)
			}
			img, err := remote.Image(ref, auth)
			if err == nil {
				err = validate.Image(img)
			}
			if err != nil {
				t.Errorf("%s:%s names what is not whole: %v", pkg, tag, err)
			}
			if len(tag) == 64 {
				keys[pkg+":"+tag] = digest
			}
		}
	}
	return keys
}

// lose has the registry lose a blob.
func (s site) lose(t *testing.T, digest string) {
	t.Helper()
	_, hex, _ := strings.Cut(digest, ":")
	if err := os.RemoveAll(filepath.Join(s.dir, "registry/oci/docker/registry/v2/blobs/sha256", hex[:2], hex)); err != nil {
		t.Fatal(err)
	}
}
