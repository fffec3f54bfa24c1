package testindex_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/testindex"
)

func Example() {
	var index testindex.Index
	index.Add(testindex.Wheel("Answer", "42.0", nil, map[string][]byte{"answer.py": []byte("ANSWER = 42\n")}))
	server := httptest.NewServer(&index)
	defer server.Close()
	// pip install --index-url $server/simple/ answer
	r, err := http.Get(server.URL + "/simple/answer/")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Body.Close()
	fmt.Println(r.Status)
	// Output: 200 OK
}

func get(t *testing.T, x *testindex.Index, path, accept string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	x.ServeHTTP(w, r)
	return w
}

const accept = "application/vnd.pypi.simple.v1+json, text/html; q=0.1"

func TestServes(t *testing.T) {
	t.Parallel()
	index, err := testindex.Folder(fstest.MapFS{
		"My_Pkg-1.0-py3-none-any.whl": {Data: []byte("wheel")},
		"my-pkg-1.1.tar.gz":           {Data: []byte("sdist")},
		"other-2.0.tar.gz":            {Data: []byte("other")},
		"README.md":                   {Data: []byte("no package")},
	})
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("wheel"))
	hash := hex.EncodeToString(sum[:])
	w := get(t, index, "/simple/my-pkg/", accept)
	var page struct {
		Versions []string
		Files    []struct {
			Filename, URL string
			Hashes        map[string]string
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Header().Get("Content-Type") != "application/vnd.pypi.simple.v1+json" {
		t.Fatal(err, w.Header())
	}
	if len(page.Files) != 2 || page.Files[0].Hashes["sha256"] != hash || !slices.Equal(page.Versions, []string{"1.0", "1.1"}) {
		t.Errorf("page: %+v", page)
	}
	if got := get(t, index, page.Files[0].URL, "").Body.String(); got != "wheel" {
		t.Errorf("file: %q", got)
	}
	if got := get(t, index, "/simple/my-pkg/", "text/html").Body.String(); !strings.Contains(got, `<a href="/files/My_Pkg-1.0-py3-none-any.whl#sha256=`+hash+`">My_Pkg-1.0-py3-none-any.whl</a>`) {
		t.Errorf("HTML: %s", got)
	}
	if got := get(t, index, "/simple/", "text/html").Body.String(); strings.Count(got, "<a ") != 2 {
		t.Errorf("list: %s", got)
	}
	index.Remove("other-2.0.tar.gz")
	for path, code := range map[string]int{"/simple/my-pkg": 301, "/simple/nobody/": 404, "/simple/other/": 404, "/files/../x": 404, "/": 404} {
		if w := get(t, index, path, accept); w.Code != code {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if r := index.Requests(); len(r) != 9 || r[0] != "/simple/my-pkg/" {
		t.Errorf("requests: %v", r)
	}
}

func TestSdistsAreEqualAndWhole(t *testing.T) {
	t.Parallel()
	fsys := os.DirFS("../../testdata/sdists")
	first, err := testindex.Sdists(fsys)
	if err != nil {
		t.Fatal(err)
	}
	second, _ := testindex.Sdists(fsys)
	if diff := cmp.Diff(first, second); diff != "" || len(first) < 2 {
		t.Errorf("%d sdists\n%s", len(first), diff)
	}
	z, err := gzip.NewReader(bytes.NewReader(first["gcpd_yamlcount-1.2.0.tar.gz"]))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
	}
	var want []string
	for _, f := range []string{"PKG-INFO", "backend.py", "pyproject.toml", "yamlcount.c"} {
		want = append(want, "gcpd_yamlcount-1.2.0/"+f)
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	if _, err := testindex.Sdists(fstest.MapFS{"x/pyproject.toml": {}}); err == nil {
		t.Error("a project without a name was packed")
	}
}

func TestWheel(t *testing.T) {
	t.Parallel()
	name, data := testindex.Wheel("My.Pkg", "1.0", []string{"other>=2"}, map[string][]byte{"my_pkg.py": []byte("x = 1\n")})
	_, again := testindex.Wheel("My.Pkg", "1.0", []string{"other>=2"}, map[string][]byte{"my_pkg.py": []byte("x = 1\n")})
	if name != "my_pkg-1.0-py3-none-any.whl" || !bytes.Equal(data, again) {
		t.Errorf("%s, equal %v", name, bytes.Equal(data, again))
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	meta, err := z.Open("my_pkg-1.0.dist-info/METADATA")
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(meta)
	if !strings.Contains(string(text), "Requires-Dist: other>=2\n") {
		t.Errorf("metadata: %s", text)
	}
}

func TestPrivate(t *testing.T) {
	t.Parallel()
	var x testindex.Index
	x.Add(testindex.Wheel("a", "1.0", nil, map[string][]byte{}))
	h := testindex.Private(&x, "u", "p")
	for _, tt := range []struct {
		user, password string
		want           int
	}{{"", "", 401}, {"u", "q", 401}, {"v", "p", 401}, {"u", "p", 200}} {
		r := httptest.NewRequest(http.MethodGet, "/simple/a/", nil)
		if tt.user != "" {
			r.SetBasicAuth(tt.user, tt.password)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != tt.want || (w.Code == 401) != (w.Header().Get("WWW-Authenticate") != "") {
			t.Errorf("%s:%s: %d %v", tt.user, tt.password, w.Code, w.Header())
		}
	}
}
