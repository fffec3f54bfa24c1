// Package visit lets a browser visit a service that is private: a proxy on this
// machine says who asks. It refuses to know how that is said, and lets in the one
// browser that it opened, so that no other page or user of the machine comes in by it.
package visit

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Proxy passes what its visitor asks on to a service.
type Proxy struct {
	// URL is where to come in. Who has it may visit.
	URL string

	key, cookie string
	who         func(context.Context) (release.Header, error)
	now         func() time.Time
	next        *httputil.ReverseProxy
	server      *http.Server
	listener    net.Listener

	mu      sync.Mutex
	current release.Header
	until   time.Time // when to ask again who asks
}

// fresh is for how long what says who asks is used: identity tokens live for an hour.
const fresh = 30 * time.Minute

// enter is the path that a visitor comes in by.
const enter = "/.gcpdeploy/enter/"

// New opens a port of this machine for a service. who gives the header that says who
// asks, and is asked again before an hour has passed.
func New(ctx context.Context, service string, who func(context.Context) (release.Header, error), now func() time.Time) (*Proxy, error) {
	to, err := url.Parse(service)
	if err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	p := &Proxy{
		// Browsers share cookies between the ports of a host.
		key: rand.Text(), cookie: "gcpdeploy-" + port, who: who, listener: l, now: now,
	}
	p.URL = "http://" + l.Addr().String() + enter + p.key
	p.next = &httputil.ReverseProxy{
		FlushInterval: -1, ErrorLog: log.New(io.Discard, "", 0),
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = to.Host
			withoutCookie(r.Out, p.cookie)
			if o := r.Out.Header.Get("Origin"); o == "http://"+l.Addr().String() {
				r.Out.Header.Set("Origin", to.Scheme+"://"+to.Host) // it is the app's own
			}
		},
		ModifyResponse: func(r *http.Response) error {
			if at, err := r.Location(); err == nil && at.Host == to.Host { // stay here
				r.Header.Set("Location", (&url.URL{Path: at.Path, RawPath: at.RawPath, RawQuery: at.RawQuery, Fragment: at.Fragment}).String())
			}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, "asking the service: "+err.Error(), http.StatusBadGateway)
		},
	}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	return p, nil
}

// Serve serves until ctx ends.
func (p *Proxy) Serve(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { _ = p.server.Close() })()
	if err := p.server.Serve(p.listener); ctx.Err() == nil {
		return err
	}
	return nil
}

// ServeHTTP implements http.Handler.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// A name that leads here is somebody else's, and so is a page on another port, to
	// which a browser gives the cookie, too.
	own, site := p.listener.Addr().String(), r.Header.Get("Sec-Fetch-Site")
	if o := r.Header.Get("Origin"); r.Host != own || o != "" && o != "http://"+own || site == "same-site" || site == "cross-site" {
		http.Error(w, "Requests of other pages are refused.", http.StatusForbidden)
		return
	}
	if key, ok := strings.CutPrefix(r.URL.Path, enter); ok && p.knows(key) {
		http.SetCookie(w, &http.Cookie{Name: p.cookie, Value: p.key, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
		// Not a redirect: a browser sends a strict cookie only where its own page leads.
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Referrer-Policy", "no-referrer")
		fmt.Fprintln(w, `<!doctype html><meta http-equiv="refresh" content="0; url=/"><a href="/">to the app</a>`)
		return
	}
	if c, err := r.Cookie(p.cookie); err != nil || !p.knows(c.Value) {
		http.Error(w, "Come in by the address that `gcpdeploy open` printed.", http.StatusForbidden)
		return
	}
	header, err := p.says(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	r = r.Clone(r.Context())
	r.Header.Set(header.Name, header.Value)
	p.next.ServeHTTP(w, r)
}

func (p *Proxy) knows(key string) bool {
	return subtle.ConstantTimeCompare([]byte(key), []byte(p.key)) == 1
}

// says is the header that says who asks.
func (p *Proxy) says(ctx context.Context) (release.Header, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := p.now(); !now.Before(p.until) {
		h, err := p.who(ctx)
		if err != nil {
			return h, err
		}
		p.current, p.until = h, now.Add(fresh)
	}
	return p.current, nil
}

// withoutCookie takes our own cookie out of a request: it is not the app's.
func withoutCookie(r *http.Request, name string) {
	all := slices.DeleteFunc(r.Cookies(), func(c *http.Cookie) bool { return c.Name == name })
	r.Header.Del("Cookie")
	for _, c := range all {
		r.AddCookie(c)
	}
}
