package dockerfile_test

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
	"github.com/gcpdeploy/gcpdeploy/internal/dockerfile"
	"github.com/gcpdeploy/gcpdeploy/internal/testindex"
)

// bench is an index of sdists that need a compiler, and an image that has one.
type bench struct {
	*images
	index testindex.Index
	url   string
	salt  string      // new in each run, so that no machine has built these before
	hold  atomic.Bool // builds of three, four and five wait until they are killed
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{salt: rand.Text()}
	mux := http.NewServeMux()
	mux.Handle("/", &b.index)
	mux.HandleFunc("/hold", func(_ http.ResponseWriter, r *http.Request) {
		if b.hold.Load() {
			<-r.Context().Done()
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	b.url = server.URL
	b.images = newImages(t, "hello", dockerfile.Data{}, nil)
	b.on(dockertest.Compilers...)
	return b
}

// sdist adds a C extension of a weight, the size of its sdist; code is C besides.
func (b *bench) sdist(name, version string, weight int, hold bool, code string) {
	b.t.Helper()
	read := func(path string) string {
		data, err := os.ReadFile(filepath.Join("../../testdata/sdists", path))
		if err != nil {
			b.t.Fatal(err)
		}
		return string(data)
	}
	backend := read("backend.py")
	if hold {
		backend = strings.Replace(backend, "    source, = ", "    import urllib.request\n    urllib.request.urlopen('"+b.url+"/hold').close()\n    source, = ", 1)
	}
	filler := make([]byte, weight)
	_, _ = rand.Read(filler)
	b.index.Add(testindex.Sdist(name, version, map[string][]byte{
		"backend.py":     []byte(backend),
		"ext.c":          []byte("/* " + b.salt + " */\n" + code + strings.ReplaceAll(read("gcpd-popcount/popcount.c"), "gcpd_popcount", strings.ReplaceAll(name, "-", "_"))),
		"filler":         filler,
		"pyproject.toml": []byte("[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n[project]\nname = \"" + name + "\"\nversion = \"" + version + "\"\n"),
	}))
}

func (b *bench) require(pins ...string) {
	b.t.Helper()
	b.write("requirements.txt", "--index-url "+b.url+"/simple/\n"+strings.Join(pins, "\n")+"\n")
}

// wheels builds the wheelhouse under a name, and gives its log.
func (b *bench) wheels(name, store string, args ...string) string {
	b.t.Helper()
	b.store = store
	if ok, _ := b.client.HasImage(b.t.Context(), b.ref(name)); ok { // or it would stay without a name
		if err := b.client.RemoveImage(b.t.Context(), b.ref(name)); err != nil {
			b.t.Fatal(err)
		}
	}
	log, err := b.build(name, append([]string{"--target", "wheelhouse"}, args...)...)
	if err != nil {
		b.t.Fatalf("%v\n%s", err, log)
	}
	return log
}

// did fails the test unless the log says so of exactly these packages.
func did(t *testing.T, log, word string, want ...string) {
	t.Helper()
	got := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)\b`+word+` gcpd-([a-z]+) [0-9.]+ (?:in|\()`).FindAllStringSubmatch(log, -1) {
		got[m[1]] = true
	}
	for _, name := range want {
		if !got[name] {
			t.Errorf("%s was not %s", name, word)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("%s besides: %v", word, got)
	}
	if t.Failed() {
		t.Log(log)
	}
}

// killed starts a build of the wheels and kills it when it has said all of lines.
func (b *bench) killed(store string, lines ...string) {
	b.t.Helper()
	b.store = store
	c := b.command("wheels", "--target", "wheelhouse")
	out, err := c.StderrPipe()
	if err == nil {
		c.Stdout = c.Stderr
		err = c.Start()
	}
	if err != nil {
		b.t.Fatal(err)
	}
	var log strings.Builder
	seen := map[string]bool{}
	for s := bufio.NewScanner(out); s.Scan(); {
		log.WriteString(s.Text() + "\n")
		for _, line := range lines {
			if strings.Contains(s.Text(), line) {
				seen[line] = true
			}
		}
		if len(seen) == len(lines) {
			break
		}
	}
	_ = c.Process.Kill()
	_ = c.Wait()
	b.free(store)
	if len(seen) != len(lines) {
		b.t.Fatalf("the build ended before it was killed:\n%s", log.String())
	}
}

// free waits until no build holds a store. BuildKit lets two builds share one, unless a
// third of whatever has come with --no-cache in between: then the later build would
// find the store locked, and get an empty one.
func (b *bench) free(store string) {
	b.t.Helper()
	c := exec.CommandContext(b.t.Context(), b.docker, "build", "-q", "-")
	c.Env = append(os.Environ(), "DOCKER_BUILDKIT=1")
	c.Stdin = strings.NewReader("FROM " + b.data.BaseImage + "\nRUN --mount=type=cache,id=" + store + ",target=/mnt,sharing=locked : " + rand.Text() + "\n")
	id, err := c.Output()
	if err == nil {
		err = b.client.RemoveImage(b.t.Context(), strings.TrimSpace(string(id)))
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// spoil makes an image of the wheels: the first named is corrupted, the second
// truncated, the third has another build key.
func (b *bench) spoil(corrupted, truncated, other string) {
	b.t.Helper()
	dir := b.t.TempDir()
	program := fmt.Sprintf(`
import json, pathlib
at = pathlib.Path("/wheelhouse")
w = lambda name: next(at.glob(name + "-*.whl"))
w(%q).write_bytes(w(%[1]q).read_bytes()[:-9] + b"corrupted")
w(%q).write_bytes(w(%[2]q).read_bytes()[:99])
m = json.loads((at / "manifest.json").read_text())
for p in m["packages"]:
    if p["file"] == w(%q).name:
        p["build_key"] = p["build_key"][::-1]
(at / "manifest.json").write_text(json.dumps(m))
`, corrupted, truncated, other)
	for name, text := range map[string]string{"spoil.py": program, "Dockerfile": "FROM " + b.ref("wheels") + " AS wheels\nFROM " + b.data.BaseImage +
		"\nCOPY --from=wheels / /\nRUN --mount=target=/mnt [\"python3\", \"/mnt/spoil.py\"]\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			b.t.Fatal(err)
		}
	}
	c := exec.CommandContext(b.t.Context(), b.docker, "build", "-t", b.ref("spoilt"), dir)
	c.Env = append(os.Environ(), "DOCKER_BUILDKIT=1")
	if out, err := c.CombinedOutput(); err != nil {
		b.t.Fatalf("%v\n%s", err, out)
	}
}
