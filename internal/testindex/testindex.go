// Package testindex is a package index for tests: it serves sdists and wheels
// as the simple repository API (PEP 503 and 691), and makes small ones without
// any Python tool. It knows nothing of what installs them.
package testindex

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

const jsonType = "application/vnd.pypi.simple.v1+json"

// Index is an index in memory; the zero value is empty and ready. It may be
// added to while it serves.
type Index struct {
	mu       sync.Mutex
	files    map[string][]byte
	requests []string
}

var _ http.Handler = (*Index)(nil)

// Folder is an index of the sdists and wheels that lie in fsys.
func Folder(fsys fs.FS) (*Index, error) {
	x := &Index{}
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("reading the index: %w", err)
	}
	for _, e := range entries {
		if _, ok := project(e.Name()); !ok || e.IsDir() {
			continue
		}
		data, err := fs.ReadFile(fsys, e.Name())
		if err != nil {
			return nil, fmt.Errorf("reading the index: %w", err)
		}
		x.Add(e.Name(), data)
	}
	return x, nil
}

// Add puts a file into the index, or replaces it. The name is that of an sdist
// or a wheel; Add panics on any other.
func (x *Index) Add(name string, data []byte) {
	if _, ok := project(name); !ok {
		panic("testindex: " + name + " is the name of no sdist and no wheel")
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.files == nil {
		x.files = map[string][]byte{}
	}
	x.files[name] = data
}

// Remove takes a file out.
func (x *Index) Remove(name string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.files, name)
}

// Requests are the paths asked for so far, in order.
func (x *Index) Requests() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.requests)
}

// ServeHTTP serves /simple/, /simple/NAME/ and /files/FILE.
func (x *Index) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.requests = append(x.requests, r.URL.Path)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	dir, name := path.Split(strings.TrimSuffix(r.URL.Path, "/"))
	switch {
	case r.URL.Path == "/simple/":
		x.list(w, r)
	case dir == "/simple/" && !strings.HasSuffix(r.URL.Path, "/"):
		http.Redirect(w, r, r.URL.Path+"/", http.StatusMovedPermanently)
	case dir == "/simple/":
		x.page(w, r, name)
	case dir == "/files/" && x.files[name] != nil:
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(x.files[name])
	default:
		http.NotFound(w, r)
	}
}

func (x *Index) list(w http.ResponseWriter, r *http.Request) {
	type entry struct {
		Name string `json:"name"`
	}
	entries := []entry{}
	for _, file := range slices.Sorted(maps.Keys(x.files)) {
		name, _ := project(file)
		if e := (entry{name}); !slices.Contains(entries, e) {
			entries = append(entries, e)
		}
	}
	if wantsJSON(w, r) {
		_ = json.NewEncoder(w).Encode(map[string]any{"meta": meta, "projects": entries})
		return
	}
	_, _ = fmt.Fprint(w, "<!DOCTYPE html>\n")
	for _, e := range entries {
		_, _ = fmt.Fprintf(w, "<a href=\"/simple/%s/\">%[1]s</a>\n", html.EscapeString(e.Name))
	}
}

func (x *Index) page(w http.ResponseWriter, r *http.Request, name string) {
	type entry struct {
		Filename string            `json:"filename"`
		URL      string            `json:"url"`
		Hashes   map[string]string `json:"hashes"`
		Size     int               `json:"size"`
	}
	entries := []entry{}
	versions := []string{}
	for _, file := range slices.Sorted(maps.Keys(x.files)) {
		if p, _ := project(file); p != name {
			continue
		}
		sum := sha256.Sum256(x.files[file])
		entries = append(entries, entry{file, "/files/" + file, map[string]string{"sha256": hex.EncodeToString(sum[:])}, len(x.files[file])})
		versions = append(versions, version(file))
	}
	if len(entries) == 0 {
		http.NotFound(w, r)
		return
	}
	if wantsJSON(w, r) {
		_ = json.NewEncoder(w).Encode(map[string]any{"meta": meta, "name": name, "versions": slices.Compact(versions), "files": entries})
		return
	}
	_, _ = fmt.Fprint(w, "<!DOCTYPE html>\n")
	for _, e := range entries {
		_, _ = fmt.Fprintf(w, "<a href=\"%s#sha256=%s\">%s</a>\n", html.EscapeString(e.URL), e.Hashes["sha256"], html.EscapeString(e.Filename))
	}
}

var meta = map[string]string{"api-version": "1.1"}

// wantsJSON chooses the form, and says it in the answer.
func wantsJSON(w http.ResponseWriter, r *http.Request) bool {
	if strings.Contains(r.Header.Get("Accept"), jsonType) {
		w.Header().Set("Content-Type", jsonType)
		return true
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	return false
}

var separators = regexp.MustCompile(`[-_.]+`)

// Normal is a project's name as PEP 503 writes it.
func Normal(name string) string {
	return strings.ToLower(separators.ReplaceAllString(name, "-"))
}

// project is the normal name of the project that a file belongs to.
func project(file string) (string, bool) {
	if base, ok := strings.CutSuffix(file, ".whl"); ok {
		name, _, ok := strings.Cut(base, "-")
		return Normal(name), ok
	}
	base, ok := strings.CutSuffix(file, ".tar.gz")
	i := strings.LastIndexByte(base, '-')
	if !ok || i < 1 {
		return "", false
	}
	return Normal(base[:i]), true
}

func version(file string) string {
	if base, ok := strings.CutSuffix(file, ".whl"); ok {
		return strings.Split(base, "-")[1]
	}
	base := strings.TrimSuffix(file, ".tar.gz")
	return base[strings.LastIndexByte(base, '-')+1:]
}
