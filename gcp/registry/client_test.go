package registry_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emuregistry "github.com/gcpdeploy/gcpdeploy/gcp/emulator/registry"
	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
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
	if err := f.EnsureRepository(t.Context()); err != nil {
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

func TestEnsureRepository(t *testing.T) {
	t.Parallel()
	f := start(t)
	if d, ok, err := f.Digest(t.Context(), "runtime", "key"); ok || err != nil {
		t.Errorf("no repository: %q, %v, %v", d, ok, err)
	}
	if images, err := f.Images(t.Context()); len(images) > 0 || err != nil {
		t.Errorf("no repository: %v, %v", images, err)
	}
	var g sync.WaitGroup
	for range 4 {
		g.Go(func() {
			if err := f.EnsureRepository(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	g.Wait()
	if err := f.EnsureRepository(t.Context()); err != nil {
		t.Errorf("again: %v", err)
	}
}

func TestDigest(t *testing.T) {
	t.Parallel()
	f := ready(t)
	want := f.push(t, "runtime", "key", image(t, nil, map[string]string{"a": "1"}))
	for _, tt := range []struct {
		image, tag, want string
	}{
		{"runtime", "key", want}, {"runtime", "other", ""}, {"wheels", "key", ""},
	} {
		got, ok, err := f.Digest(t.Context(), tt.image, tt.tag)
		if got != tt.want || ok != (tt.want != "") || err != nil {
			t.Errorf("%s:%s = %q, %v, %v", tt.image, tt.tag, got, ok, err)
		}
	}
	emulator.Get[*emuregistry.Server](f.server).Faults.Fail("GetTag", 2, codes.Unavailable)
	if _, ok, err := f.Digest(t.Context(), "runtime", "key"); !ok || err != nil {
		t.Errorf("after two failures: %v, %v", ok, err)
	}
	// Denied is never a miss: a miss would build for half an hour.
	emulator.Get[*emuregistry.Server](f.server).Faults.Fail("GetTag", 1, codes.PermissionDenied)
	if _, ok, err := f.Digest(t.Context(), "runtime", "key"); ok || errs.KindOf(err) != errs.Auth {
		t.Errorf("denied: %v, %v (%v)", ok, err, errs.KindOf(err))
	}
}

func TestTags(t *testing.T) {
	t.Parallel()
	f := ready(t)
	ctx := t.Context()
	one := f.push(t, "wheels", "run-1", image(t, nil, map[string]string{"a": "1"}))
	two := f.push(t, "wheels", "run-2", image(t, nil, map[string]string{"a": "2"}))
	if d, created, err := f.CreateTag(ctx, "wheels", "key", one); d != one || !created || err != nil {
		t.Errorf("first: %q, %v, %v", d, created, err)
	}
	if d, created, err := f.CreateTag(ctx, "wheels", "key", two); d != one || created || err != nil {
		t.Errorf("second adopts: %q, %v, %v", d, created, err)
	}
	if err := f.MoveTag(ctx, "wheels", "key", two); err != nil {
		t.Errorf("move: %v", err)
	}
	if err := f.MoveTag(ctx, "wheels", "new", two); err != nil {
		t.Errorf("move to a new tag: %v", err)
	}
	if err := f.MoveTag(ctx, "wheels", "key", "sha256:"+strings.Repeat("0", 64)); errs.KindOf(err) != errs.NotFound {
		t.Errorf("move to nothing: %v (%v)", err, errs.KindOf(err))
	}
	tags, err := f.Tags(ctx, "wheels")
	if diff := cmp.Diff(map[string]string{"run-1": one, "run-2": two, "key": two, "new": two}, tags); diff != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	for range 2 {
		if err := f.DeleteTag(ctx, "wheels", "new"); err != nil {
			t.Errorf("delete: %v", err)
		}
	}
	if _, ok, err := f.Digest(ctx, "wheels", "new"); ok || err != nil {
		t.Errorf("deleted: %v, %v", ok, err)
	}
	if tags, err := f.Tags(ctx, "nothing"); len(tags) > 0 || err != nil {
		t.Errorf("no such image: %v, %v", tags, err)
	}
	images, err := f.Images(ctx)
	if len(images) != 2 || err != nil {
		t.Errorf("images: %v, %v", images, err)
	}
	if _, _, err := f.CreateTag(ctx, "wheels", "lost", "sha256:"+strings.Repeat("0", 64)); err == nil {
		t.Error("a tag of nothing was created")
	}
}

func TestCreateTagAtOnce(t *testing.T) {
	t.Parallel()
	f := ready(t)
	var mu sync.Mutex
	var winners []string
	got := map[string]bool{}
	var g sync.WaitGroup
	for i := range 8 {
		mine := f.push(t, "runtime", fmt.Sprint("run-", i), image(t, nil, map[string]string{"a": fmt.Sprint(i)}))
		g.Go(func() {
			d, created, err := f.CreateTag(t.Context(), "runtime", "key", mine)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			got[d] = true
			if created {
				winners = append(winners, mine)
			}
		})
	}
	g.Wait()
	if len(winners) != 1 || len(got) != 1 || !got[winners[0]] {
		t.Errorf("winners %v, adopted %v", winners, got)
	}
}

// TestMoveTagAtOnce holds that a tag always points to one of the two, whoever
// looks while it is made and moved.
func TestMoveTagAtOnce(t *testing.T) {
	t.Parallel()
	f := ready(t)
	ctx := t.Context()
	digests := map[string]bool{}
	var mine []string
	for i := range 4 {
		d := f.push(t, "runtime", fmt.Sprint("run-", i), image(t, nil, map[string]string{"a": fmt.Sprint(i)}))
		mine, digests[d] = append(mine, d), true
	}
	var g sync.WaitGroup
	for _, d := range mine {
		g.Go(func() {
			for range 10 {
				if err := f.MoveTag(ctx, "runtime", "key", d); err != nil {
					t.Error(err)
				}
				if now, ok, err := f.Digest(ctx, "runtime", "key"); !ok || !digests[now] || err != nil {
					t.Errorf("the tag is at %q, %v, %v", now, ok, err)
				}
			}
		})
	}
	g.Wait()
}

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

func TestBuilderImage(t *testing.T) {
	t.Parallel()
	exe := program(t, "static", `package main; func main() {}`)
	labels := map[string]string{"version": "1"}
	img, err := registry.BuilderImage(exe, labels)
	if err != nil {
		t.Fatal(err)
	}
	again, err := registry.BuilderImage(exe, labels)
	if err != nil {
		t.Fatal(err)
	}
	one, _ := img.Digest()
	two, _ := again.Digest()
	if one != two {
		t.Errorf("%s, then %s", one, two)
	}
	f := ready(t)
	d := f.push(t, "builder", "v1", img)
	if d != one.String() {
		t.Errorf("pushed %s, want %s", d, one)
	}
	got, err := f.ReadFile(t.Context(), "builder", d, "/gcpdeploy")
	want, rerr := os.ReadFile(exe)
	if !bytes.Equal(got, want) || err != nil || rerr != nil {
		t.Errorf("the program: %d bytes of %d, %v, %v", len(got), len(want), err, rerr)
	}
	certs, err := f.ReadFile(t.Context(), "builder", d, "/etc/ssl/certs/ca-certificates.crt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for block, rest := pem.Decode(certs); block != nil; block, rest = pem.Decode(rest) {
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			t.Error(err)
		}
		n++
	}
	if n < 50 || !bytes.Contains(certs, []byte("BEGIN")) {
		t.Errorf("%d roots", n)
	}
	c, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"/gcpdeploy"}, c.Config.Entrypoint); diff != "" || c.OS != "linux" || c.Config.Labels["version"] != "1" {
		t.Errorf("config %+v", c)
	}
	if c.Architecture != runtime.GOARCH {
		t.Errorf("architecture %s", c.Architecture)
	}
}

// program builds a static executable.
func program(t *testing.T, name, source string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	exe := filepath.Join(dir, name)
	build := exec.CommandContext(t.Context(), "go", "build", "-o", exe, "main.go")
	build.Dir, build.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return exe
}

func TestBuilderImageRefuses(t *testing.T) {
	t.Parallel()
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for exe, want := range map[string]string{"/nowhere": "no such file", script: "linux executable"} {
		if _, err := registry.BuilderImage(exe, nil); errs.KindOf(err) != errs.Usage || !strings.Contains(err.Error(), want) || errs.HintOf(err) == "" {
			t.Errorf("%s: %v (%v)", exe, err, errs.KindOf(err))
		}
	}
}

// TestBuilderImageOfADynamicProgram holds that what `go build` makes where there
// is a C compiler works too: it comes with its loader and libraries.
func TestBuilderImageOfADynamicProgram(t *testing.T) {
	t.Parallel()
	if out, err := exec.CommandContext(t.Context(), "ldd", "/bin/sh").CombinedOutput(); err != nil || !strings.Contains(string(out), "libc.so.6") {
		t.Skip("/bin/sh is no dynamic program here")
	}
	img, err := registry.BuilderImage("/bin/sh", nil)
	if err != nil {
		t.Fatal(err)
	}
	files := tar.NewReader(mutate.Extract(img))
	found := map[string]bool{}
	for {
		h, err := files.Next()
		if err != nil {
			break
		}
		found[path.Base(h.Name)] = true
	}
	for _, want := range []string{"gcpdeploy", "libc.so.6", "ca-certificates.crt"} {
		if !found[want] {
			t.Errorf("%s is missing in %v", want, found)
		}
	}
}

func TestPin(t *testing.T) {
	t.Parallel()
	f := ready(t)
	d := f.push(t, "base", "3.12-slim", image(t, nil, map[string]string{"a": "1"}))
	var told atomic.Value
	stranger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a := r.Header.Get("Authorization"); a != "" {
			told.Store(a)
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	defer stranger.Close()
	for ref, want := range map[string]string{
		f.Ref("base", "3.12-slim"):                                       f.Repository() + "/base@" + d,
		f.Ref("base", "nothing"):                                         "",
		"python@sha256:" + strings.Repeat("1", 64):                       "python@sha256:" + strings.Repeat("1", 64),
		strings.TrimPrefix(stranger.URL, "http://") + "/lib/python:3.12": "",
		"127.0.0.1:1/lib/python:3.12":                                    "",
		"no reference":                                                   "",
	} {
		if got := f.Pin(t.Context(), ref); got != want {
			t.Errorf("Pin(%q) = %q, want %q", ref, got, want)
		}
	}
	if told.Load() != nil {
		t.Errorf("a stranger got %q", told.Load())
	}
}

func TestRegistryAway(t *testing.T) {
	t.Parallel()
	f := ready(t)
	d := f.push(t, "wheels", "run-1", image(t, nil, map[string]string{"a": "1"}))
	emulator.Get[*emuregistry.Server](f.server).Faults.Fail("manifests.GET", 100, codes.Unavailable)
	if _, err := f.Labels(t.Context(), "wheels", d); errs.KindOf(err) != errs.Transient {
		t.Errorf("err = %v (%v)", err, errs.KindOf(err))
	}
}

// TestPlain: whatever else two images are, equal first layers and labels give
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
