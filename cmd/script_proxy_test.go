package cmd_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
	"github.com/gcpdeploy/gcpdeploy/internal/testindex"
)

// counter is a proxy before the emulators that keeps the paths it was asked.
type counter struct {
	proxy *httputil.ReverseProxy
	mu    sync.Mutex
	paths []string
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.paths = append(c.paths, r.Method+" "+r.URL.Path)
	c.mu.Unlock()
	c.proxy.ServeHTTP(w, r)
}

// countCalls runs gcpdeploy against the emulators, as one would against Google,
// through a proxy, and fails when it makes more calls than so many.
func countCalls(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 1, "calls MOST ARGUMENT…")
	ts.Check(ts.Exec("gcpdeploy", "local", "status", "--json"))
	var st struct {
		TokenFile string `json:"token_file"`
		Endpoints struct{ CloudBuild, Registry string }
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &st))
	to, err := url.Parse(st.Endpoints.CloudBuild)
	ts.Check(err)
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	c := &counter{proxy: &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = to.Host
		},
		Transport:     &http.Transport{Protocols: protocols},
		FlushInterval: -1,
	}}
	s := httptest.NewUnstartedServer(c)
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	defer s.Close()
	for _, name := range []string{"CLOUDBUILD", "STORAGE", "ARTIFACTREGISTRY", "RUN", "LOGGING"} {
		ts.Setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_"+name, s.URL+"/")
	}
	// Image references name the registry: it stays itself.
	ts.Setenv("GCPDEPLOY_REGISTRY", st.Endpoints.Registry)
	ts.Setenv("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", st.TokenFile)
	ts.Check(ts.Exec("gcpdeploy", args[1:]...))
	for _, path := range c.paths {
		ts.Logf("%s", path)
	}
	if n := len(c.paths); n == 0 || !atMost(n, args[0]) {
		ts.Fatalf("%d calls, want 1 to %s", n, args[0])
	}
}

func atMost(n int, most string) bool {
	var m int
	return json.Unmarshal([]byte(most), &m) == nil && n <= m
}

// serveIndex serves the sample sdists as a package index from a container, which
// the containers of builds reach, and keeps its address in the variable.
func serveIndex(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "index VARIABLE")
	root := ts.MkAbs("index-files")
	ts.Check(writeIndex(root))
	ctx := context.Background()
	engine, err := docker.New()
	ts.Check(err)
	id, err := engine.Create(ctx, docker.Container{
		Image: dockertest.Image(), Entrypoint: []string{"python3", "-m", "http.server", "--directory", "/srv", "8000"},
		Binds: []string{root + ":/srv:ro"}, Labels: map[string]string{docker.Label: "test-index"},
	})
	ts.Check(err)
	ts.Defer(func() {
		_ = engine.Remove(context.WithoutCancel(ctx), id)
		_ = engine.Close()
	})
	ts.Check(engine.Start(ctx, id))
	state, err := engine.Inspect(ctx, id)
	ts.Check(err)
	ts.Setenv(args[0], state.IP)
}

// writeIndex writes what testindex serves as files.
func writeIndex(root string) error {
	packed, err := testindex.Sdists(os.DirFS("../testdata/sdists"))
	if err != nil {
		return err
	}
	x := &testindex.Index{}
	for name, data := range packed {
		x.Add(name, data)
	}
	for name := range packed {
		if err := writeProject(x, root, name[:len(name)-len("-1.0.0.tar.gz")], name); err != nil {
			return err
		}
	}
	return nil
}

// writeProject writes a project's page, and files of it.
func writeProject(x *testindex.Index, root, name string, files ...string) error {
	project := "simple/" + testindex.Normal(name)
	written := map[string]string{"/" + project + "/": project + "/index.html"}
	for _, f := range files {
		written["/files/"+f] = "files/" + f
	}
	for path, file := range written {
		w := httptest.NewRecorder()
		x.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		file = filepath.Join(root, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, w.Body.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// publish adds versions of a pure Python project to the index; its module says
// which version it is.
func publish(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 1, "publish NAME VERSION…")
	x := &testindex.Index{}
	var files []string
	for _, version := range args[1:] {
		module := strings.ReplaceAll(args[0], "-", "_") + ".py"
		file, data := testindex.Wheel(args[0], version, nil, map[string][]byte{module: []byte("version = \"" + version + "\"\n")})
		x.Add(file, data)
		files = append(files, file)
	}
	ts.Check(writeProject(x, ts.MkAbs("index-files"), args[0], files...))
}
