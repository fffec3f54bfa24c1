package builder_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	google "github.com/gcpdeploy/gcpdeploy/gcp/registry" // a fake of it has its name
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/dockerfile"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/source"
	"github.com/gcpdeploy/gcpdeploy/templates"
)

// theRegistry is an emulated one, with a repository in it, and its token.
func theRegistry(t *testing.T) (reg *google.Client, token string) {
	t.Helper()
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: s.URL()}, TokenFile: s.TokenFile()})
	t.Cleanup(func() { _ = a.Close() })
	reg = google.New(a, "my-project", "europe-west1", "gcpdeploy")
	if err := reg.EnsureRepository(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(s.TokenFile())
	if err != nil {
		t.Fatal(err)
	}
	return reg, strings.TrimSpace(string(text))
}

// workspace is what a build's steps find of an app's folder: sent, and unpacked. at is
// where in what is sent the app lies. The files of ours are those of both ways to make
// the image.
func workspace(t *testing.T, dir, at string) string {
	t.Helper()
	tree, err := source.Scan(t.Context(), dir, source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ignore, err := os.ReadFile(filepath.Join(dir, ".dockerignore"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	requirements := t.TempDir()
	if err := os.WriteFile(filepath.Join(requirements, "requirements.txt"), []byte("flask==3.0.3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &config.Config{Service: "hello", Python: "3.12", BaseImage: "python:3.12-slim", Entrypoint: []string{"/env/bin/python", "/app/$x.py", `"quoted" \n`, ""}}
	app := plan.App{Config: c, Release: release.Spec{Port: 8080}, Ignore: ignore, Folder: at, Platform: "linux/amd64"}
	if app.Closure, err = closure.Load(requirements, []string{"requirements.txt"}, func(string) (string, bool) { return "", false }); err != nil {
		t.Fatal(err)
	}
	if app.Main, err = dockerfile.Render(templates.FS, templates.Main, dockerfile.Data{BaseImage: c.BaseImage, Entrypoint: c.Entrypoint, Port: 8080, Folder: at}); err != nil {
		t.Fatal(err)
	}
	app.Source.App = at
	facts := plan.Facts{Runtime: "sha256:" + strings.Repeat("1", 64)}
	files := plan.Files(app, plan.Make(app, plan.Place{}, facts))
	templated := *c
	templated.Templates = "/templates" // as Docker makes it
	app.Config = &templated
	for name, data := range plan.Files(app, plan.Make(app, plan.Place{}, facts)) {
		files[name] = data
	}
	var archive bytes.Buffer
	if err := tree.WriteArchive(t.Context(), &archive, files); err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	if err := worker.Unpack(t.Context(), bytes.NewReader(archive.Bytes()), int64(archive.Len()), to); err != nil {
		t.Fatal(err)
	}
	return to
}

// TestImageIsOfItsContent: the same source on the same runtime is the same image, whatever
// was different where it lay.
func TestImageIsOfItsContent(t *testing.T) {
	t.Parallel()
	reg, _ := theRegistry(t)
	below, err := mutate.AppendLayers(mutate.MediaType(empty.Image, types.DockerManifestSchema2), static.NewLayer([]byte("below"), types.DockerLayer))
	if err != nil {
		t.Fatal(err)
	}
	digest, err := reg.Push(t.Context(), plan.Runtime, "key", below)
	if err != nil {
		t.Fatal(err)
	}
	file := func(dir, name, text string, mode os.FileMode, day int) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		when := time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC)
		for at := name; len(at) >= len(dir); at = filepath.Dir(at) {
			if err := os.Chtimes(at, when, when); err != nil {
				t.Fatal(err)
			}
		}
	}
	link := func(to, dir, name string) {
		t.Helper()
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	ours, theirs, checkout := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "checkout")
	file(ours, "b.py", "b", 0o600, 1)
	file(ours, "sub/a.py", "a", 0o755, 2)
	file(ours, ".dockerignore", "b.*\n!b.py\n", 0o644, 3)
	file(ours, "b.txt", "x", 0o644, 4)
	link("sub/a.py", ours, "c.py")
	link("sub/a.py", theirs, "c.py.new")
	file(theirs, ".dockerignore", "b.*\n!b.py\n", 0o664, 7)
	file(theirs, "sub/a.py", "a", 0o700, 6)
	file(theirs, "b.txt", "x", 0o664, 5)
	file(theirs, "b.py", "b", 0o664, 8)
	if err := os.Rename(filepath.Join(theirs, "c.py.new"), filepath.Join(theirs, "c.py")); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"init", "-q", ours}, {"-C", ours, "add", "-A"}, {"-C", ours, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "one"}, {"clone", "-q", ours, checkout},
	} {
		if out, err := exec.CommandContext(t.Context(), "git", args...).CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, out)
		}
	}
	made := map[string]string{}
	for name, dir := range map[string]string{"ours": ours, "theirs": theirs, "checkout": checkout} {
		var out bytes.Buffer
		ref := reg.Ref("hello", name)
		if err := builder.Image(t.Context(), reg, workspace(t, dir, ""), reg.Ref(plan.Runtime, digest), ref, &out); err != nil {
			t.Fatal(err)
		}
		d, ok, err := reg.Digest(t.Context(), "hello", name)
		if err != nil || !ok || !strings.HasPrefix(out.String(), "4 files, ") || !strings.Contains(out.String(), d[len("sha256:"):][:8]) {
			t.Fatalf("%v, it said %s", err, out.String())
		}
		made[name] = d
	}
	if made["ours"] != made["theirs"] || made["ours"] != made["checkout"] {
		t.Errorf("the same source gives %v", made)
	}
	file(theirs, "b.py", "c", 0o664, 8)
	if err := builder.Image(t.Context(), reg, workspace(t, theirs, ""), reg.Ref(plan.Runtime, digest), reg.Ref("hello", "other"), io.Discard); err != nil {
		t.Fatal(err)
	}
	if d, _, err := reg.Digest(t.Context(), "hello", "other"); err != nil || d == made["theirs"] {
		t.Errorf("%v: another source gives the same image", err)
	}
}
