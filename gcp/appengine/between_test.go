package appengine

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// between stands between a target and the emulator. What it does at a call, counted
// from 1, is for each test to say.
type between struct {
	url string // of the emulator
	mu  sync.Mutex
	n   int
	// at is asked before a call and again after it, before the answer goes back. true
	// says that it has answered, or that nobody is to.
	at func(n int, after bool, w http.ResponseWriter, r *http.Request) bool
}

// target gives another target on the same emulator with something in between.
func (s stage) target(t *testing.T, b *between) Target {
	t.Helper()
	to, err := url.Parse(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		b.n++
		n := b.n
		b.mu.Unlock()
		if b.at == nil {
			proxy.ServeHTTP(w, r)
			return
		}
		if b.at(n, false, w, r) {
			return
		}
		answer := httptest.NewRecorder()
		proxy.ServeHTTP(answer, r)
		if b.at(n, true, w, r) {
			return
		}
		for k, v := range answer.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	}))
	t.Cleanup(web.Close)
	a := gcp.New(gcp.Config{
		Endpoints: gcp.Endpoints{Base: s.URL(), At: map[gcp.API]string{gcp.AppEngine: web.URL}}, TokenFile: s.TokenFile(),
		Poll: poll.Backoff{Initial: 2 * time.Second}, Clock: poll.NewJumping(time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)),
	})
	t.Cleanup(func() { _ = a.Close() })
	return NewTarget(a).(Target)
}

// lose ends the connection without an answer.
func lose(w http.ResponseWriter) bool {
	if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
		_ = c.Close()
	}
	return true
}

// refuse answers with an error of Google's.
func refuse(w http.ResponseWriter, code int, status, text string) bool {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	fmt.Fprintf(w, `{"error":{"code":%d,"status":%q,"message":%q}}`, code, status, text)
	return true
}

// running are the versions of a service that are billed.
func (s stage) running(ctx context.Context, t *testing.T, service string) (ids []string) {
	t.Helper()
	now, err := s.look(ctx, shop(service))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range now.versions {
		if !v.stopped() {
			ids = append(ids, v.ID)
		}
	}
	return ids
}
