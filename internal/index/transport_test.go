package index_test

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/index"
)

// TestBound: what does not answer is left out when the time is over, and the
// requests are many, but not more than sixteen, at once.
func TestBound(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	var now, most atomic.Int32
	full := make(chan struct{})
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/quick/" {
			w.Header().Set("Content-Type", jsonType)
			_, _ = w.Write([]byte(`{"files":[{"filename":"quick-1.tar.gz"}]}`))
			return
		}
		n := now.Add(1)
		defer now.Add(-1)
		if n > most.Load() {
			most.Store(n)
		}
		if n == 16 {
			close(full)
		}
		<-r.Context().Done()
	}))
	go func() {
		<-full
		cancel(errors.New("the time is over"))
	}()
	projects := []string{"quick"}
	for i := range 100 {
		projects = append(projects, fmt.Sprint("slow-", i))
	}
	files := index.Client{}.Files(ctx, []string{url}, projects)
	if len(files) != 1 || len(files["quick"]) != 1 {
		t.Errorf("files: %v", files)
	}
	if n := most.Load(); n != 16 {
		t.Errorf("%d requests at once, want 16", n)
	}
}

// TestUnreachable: an index that cannot be reached is given up, not asked a
// hundred times.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	_ = l.Close()
	var asked atomic.Int32
	count := func(next http.RoundTripper) http.RoundTripper {
		return transport(func(r *http.Request) (*http.Response, error) {
			asked.Add(1)
			return next.RoundTrip(r)
		})
	}
	projects := make([]string, 1000)
	for i := range projects {
		projects[i] = fmt.Sprint("p", i)
	}
	if files := (index.Client{Wrap: count}).Files(t.Context(), []string{url}, projects); len(files) > 0 {
		t.Errorf("files: %v", files)
	}
	if n := asked.Load(); n == 0 || n > 100 {
		t.Errorf("%d requests", n)
	}
}

// transport is a function as a transport.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestRequest: what an index sees of us.
func TestRequest(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got []string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.URL.Path, r.UserAgent(), r.Header.Get("Authorization"), r.Header.Get("Accept"))
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of the client that does not trust it
	server.StartTLS()
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	bundle := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, bundle, 0o600); err != nil {
		t.Fatal(err)
	}
	login := func(next http.RoundTripper) http.RoundTripper {
		return transport(func(r *http.Request) (*http.Response, error) {
			r = r.Clone(r.Context())
			r.SetBasicAuth("me", "secret")
			return next.RoundTrip(r)
		})
	}
	ask := func(c index.Client) []string {
		mu.Lock()
		got = nil
		mu.Unlock()
		c.Files(t.Context(), []string{strings.Replace(server.URL, "://", "://user:token@", 1) + "/simple"}, []string{"flask"})
		return got
	}
	accept := jsonType + ", application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
	for _, tt := range []struct {
		name   string
		client index.Client
		want   []string
	}{
		{"the URL's credentials are not used", index.Client{CAFile: ca, UserAgent: "x/1"}, []string{"/simple/flask/", "x/1", "", accept}},
		{"others are", index.Client{CAFile: ca, UserAgent: "x/1", Wrap: login}, []string{"/simple/flask/", "x/1", "Basic bWU6c2VjcmV0", accept}},
		{"an unknown CA", index.Client{}, nil},
		{"no bundle", index.Client{CAFile: ca + ".gone"}, nil},
	} {
		if diff := cmp.Diff(tt.want, ask(tt.client)); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", tt.name, diff)
		}
	}
}
