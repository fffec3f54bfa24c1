package index_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/index"
	"github.com/gcpdeploy/gcpdeploy/internal/python/wheel"
	"github.com/gcpdeploy/gcpdeploy/internal/testindex"
)

func Example() {
	var packages testindex.Index
	packages.Add(testindex.Wheel("Answer", "42.0", nil, map[string][]byte{}))
	server := httptest.NewServer(&packages)
	defer server.Close()
	files := index.Client{}.Files(context.Background(), []string{server.URL + "/simple"}, []string{"answer", "question"})
	fmt.Println(len(files), files["answer"][0].Name)
	// Output: 1 answer-42.0-py3-none-any.whl
}

// serve starts a server and gives its URL.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// answer serves one page for every project.
func answer(status int, kind, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})
}

const jsonType = "application/vnd.pypi.simple.v1+json"

func TestForms(t *testing.T) {
	t.Parallel()
	want := []wheel.File{
		{Name: "a-1.0-py3-none-any.whl", SHA256: "ab", RequiresPython: ">=3.9,<4"},
		{Name: "a-1.0.tar.gz"},
		{Name: "a-0.9.tar.gz", Yanked: true},
		{Name: "a-0.8+x.tar.gz", Yanked: true},
	}
	jsonPage := `{"meta":{"api-version":"1.3"},"name":"a","files":[
		{"filename":"a-1.0-py3-none-any.whl","url":"x","hashes":{"sha256":"AB"},"requires-python":">=3.9,<4","yanked":false,"size":1},
		{"filename":"a-1.0.tar.gz","url":"x","hashes":{},"requires-python":null},
		{"filename":"a-0.9.tar.gz","url":"x","hashes":{},"yanked":"it is broken"},
		{"filename":"a-0.8+x.tar.gz","url":"x","hashes":{},"yanked":true}]}`
	htmlPage := `<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.0"><title>a</title></head><body>
		<a href="../../f/a-1.0-py3-none-any.whl#sha256=AB" data-requires-python="&gt;=3.9,&lt;4">a-1.0-py3-none-any.whl</a><br>
		<A HREF="https://h/f/a-1.0.tar.gz?token=1#md5=00">the sdist</A>
		<a href="a-0.9.tar.gz" data-yanked="it is broken">a-0.9</a>
		<a href="/f/a-0.8%2Bx.tar.gz" data-yanked>a-0.8</a><a name="no link">x</a></body></html>`
	for _, tt := range []struct {
		name, kind, body string
		want             []wheel.File
	}{
		{"JSON", jsonType, jsonPage, want},
		{"plain JSON", "application/json", jsonPage, want},
		{"HTML", "text/html; charset=utf-8", htmlPage, want},
		{"HTML of PEP 691", "application/vnd.pypi.simple.v1+html", htmlPage, want},
		{"cut JSON", jsonType, jsonPage[:200], nil},
		{"other JSON", jsonType, `{"message":"log in"}`, nil},
		{"another form", "text/plain", htmlPage, nil},
		{"no form", "", htmlPage, nil},
		{"endless HTML", "text/html", `<a href="a-1.0.tar.gz">x</a>` + strings.Repeat(" ", 32<<20), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := serve(t, answer(http.StatusOK, tt.kind, tt.body))
			got := index.Client{}.Files(t.Context(), []string{url}, []string{"a"})
			if diff := cmp.Diff(tt.want, got["a"]); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

// TestIndexes: a project's files are those of all indexes, or not known.
func TestIndexes(t *testing.T) {
	t.Parallel()
	var main, extra testindex.Index
	main.Add("both-1.0.tar.gz", []byte("x"))
	main.Add("main-1.0.tar.gz", []byte("x"))
	extra.Add("both-1.0-py3-none-any.whl", []byte("x"))
	good := []string{serve(t, &main) + "/simple", serve(t, htmlOnly(&extra)) + "/simple/"}
	projects := []string{"both", "main", "neither"}
	for _, tt := range []struct {
		name    string
		indexes []string
		want    map[string]int
	}{
		{"one", good[:1], map[string]int{"both": 1, "main": 1}},
		{"two", good, map[string]int{"both": 2, "main": 1}},
		{"one is locked", append(good[:1:1], serve(t, answer(http.StatusUnauthorized, "text/html", ""))), map[string]int{}},
		{"one is broken", append(good[:1:1], serve(t, answer(http.StatusBadGateway, "text/html", ""))), map[string]int{}},
		{"one is a folder", append(good[:1:1], "file:///srv/simple"), map[string]int{}},
		{"one is no URL", append(good[:1:1], "https://${TOKEN}@h/simple"), map[string]int{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := map[string]int{}
			for name, files := range (index.Client{}).Files(t.Context(), tt.indexes, projects) {
				got[name] = len(files)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("files of each (-want +got):\n%s", diff)
			}
		})
	}
}

// htmlOnly is an index from before PEP 691.
func htmlOnly(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Accept", "text/html")
		h.ServeHTTP(w, r)
	})
}
