package dockerfile_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/dockerfile"
)

// backend makes a wheel with one module, gcpd_branch, that holds word.txt.
const backend = `import os, zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    stem = "gcpd_branch-1.0"
    with zipfile.ZipFile(os.path.join(folder, stem + "-py3-none-any.whl"), "w") as z:
        z.writestr(zipfile.ZipInfo("gcpd_branch.py"), "word = %r\n" % open("word.txt").read().strip())
        z.writestr(zipfile.ZipInfo(stem + ".dist-info/METADATA"), "Metadata-Version: 2.1\nName: gcpd-branch\nVersion: 1.0\n")
        z.writestr(zipfile.ZipInfo(stem + ".dist-info/WHEEL"), "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        z.writestr(zipfile.ZipInfo(stem + ".dist-info/RECORD"), "")
    return stem + "-py3-none-any.whl"
`

// repository is a git repository with a branch main, served over http.
type repository struct {
	t   *testing.T
	dir string
}

func (r repository) git(args ...string) string {
	r.t.Helper()
	c := exec.CommandContext(r.t.Context(), "git", args...)
	c.Dir = r.dir
	c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull,
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	out, err := c.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit puts a word on the branch, and gives the commit.
func (r repository) commit(word string) string {
	r.t.Helper()
	for name, text := range map[string]string{
		"backend.py": backend, "word.txt": word,
		"pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n",
	} {
		if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o644); err != nil {
			r.t.Fatal(err)
		}
	}
	r.git("add", ".")
	r.git("commit", "-qm", word)
	r.git("update-server-info")
	return r.git("rev-parse", "HEAD")
}

// A branch is resolved to a commit when the wheels are built; the wheels image names it.
func TestBranch(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git here to make a repository with")
	}
	i := newImages(t, "hello", dockerfile.Data{}, nil)
	i.on("git")
	repo := repository{t, t.TempDir()}
	repo.git("init", "-q", "-b", "main")
	first := repo.commit("first")
	// A name of its own, or Docker could remember what an earlier run made of the same port.
	path := "/" + rand.Text()
	server := httptest.NewServer(http.StripPrefix(path, http.FileServer(http.Dir(filepath.Join(repo.dir, ".git")))))
	defer server.Close()
	url := "git+" + server.URL + path + "@"
	i.write("requirements.txt", "gcpd-branch @ "+url+"main\n")

	build := func(name string, args ...string) string {
		t.Helper()
		log, err := i.build(name, append([]string{"--target", "wheelhouse"}, args...)...)
		if err != nil {
			t.Fatalf("%v\n%s", err, log)
		}
		var manifest struct{ Packages []struct{ Source string } }
		if err := json.Unmarshal(i.read(name, "/wheelhouse/manifest.json"), &manifest); err != nil || len(manifest.Packages) != 1 {
			t.Fatalf("manifest: %v, %+v", err, manifest)
		}
		return manifest.Packages[0].Source
	}
	if got, want := build("wheels"), url+first; got != want {
		t.Errorf("the wheel is of %s, want %s", got, want)
	}
	if lock := string(i.read("wheels", "/wheelhouse/requirements.lock")); !strings.HasPrefix(lock, "gcpd-branch==1.0 --hash=sha256:") {
		t.Errorf("the lock is %q", lock)
	}

	// The branch moves on: what is there is installed as it is, and a new resolution does not
	// take the old wheel of the same name and version.
	second := repo.commit("second")
	for _, b := range [][]string{{"runtime", "--target", "runtime", "--build-arg", "WHEELS=" + i.ref("wheels")}, {"app", "--build-arg", "RUNTIME=" + i.ref("runtime")}} {
		if log, err := i.build(b[0], b[1:]...); err != nil {
			t.Fatalf("%v\n%s", err, log)
		}
	}
	var out bytes.Buffer
	code, err := i.client.Run(t.Context(), docker.Container{
		Image: i.ref("app"), Entrypoint: []string{"python", "-c", "import gcpd_branch; print(gcpd_branch.word)"}, Network: "none",
	}, &out, &out)
	if err != nil || code != 0 || out.String() != "first\n" {
		t.Errorf("installed: %q, exit %d, %v", out.String(), code, err)
	}
	if got, want := build("again", "--no-cache", "--build-arg", "EARLIER="+i.ref("wheels")), url+second; got != want {
		t.Errorf("resolved again, the wheel is of %s, want %s", got, want)
	}
}

// read gives a file of an image.
func (i *images) read(name, path string) []byte {
	i.t.Helper()
	id, err := i.client.Create(i.t.Context(), docker.Container{Image: i.ref(name), Cmd: []string{"none"}})
	if err != nil {
		i.t.Fatal(err)
	}
	defer func() {
		if err := i.client.Remove(context.WithoutCancel(i.t.Context()), id); err != nil {
			i.t.Error(err)
		}
	}()
	out, err := exec.CommandContext(i.t.Context(), i.docker, "cp", id+":"+path, "-").Output()
	if err != nil {
		i.t.Fatal(err)
	}
	r := tar.NewReader(bytes.NewReader(out))
	if _, err = r.Next(); err != nil {
		i.t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		i.t.Fatal(err)
	}
	return data
}
