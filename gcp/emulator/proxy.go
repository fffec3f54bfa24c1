package emulator

import (
	"bufio"
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
)

// googleHost is what the proxy connects to: itself, in Google's name.
var googleHost = regexp.MustCompile(`^[a-z0-9-]+\.googleapis\.com$`)

// proxy terminates the TLS of CONNECT tunnels. gcloud reads build logs from
// storage.googleapis.com whatever its endpoints are set to, so it must be told
// that this is the way there (gcloud.go).
type proxy struct {
	http      *http.Server
	authority *authority
	conns     chan net.Conn
	done      chan struct{}
	once      sync.Once
	keeping   sync.WaitGroup
}

var _ net.Listener = (*proxy)(nil)

// newProxy makes the certificate, with an authority of its own under dir, and
// serves what comes through tunnels with h.
func newProxy(dir string, now func() time.Time, log *slog.Logger, h http.Handler) (*proxy, error) {
	a, err := newAuthority(dir, now)
	if err != nil {
		return nil, err
	}
	p := &proxy{authority: a, conns: make(chan net.Conn), done: make(chan struct{}), http: newHTTPServer(context.Background(), h)}
	p.http.Protocols.SetHTTP2(true)
	p.http.TLSConfig = &tls.Config{GetCertificate: a.certificate, MinVersion: tls.VersionTLS12}
	p.keeping.Go(func() { a.keep(p.done, log) })
	go func() { _ = p.http.ServeTLS(p, "", "") }()
	return p, nil
}

// Accept gives the next tunnel.
func (p *proxy) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept, and the care for the certificate.
func (p *proxy) Close() error {
	p.once.Do(func() { close(p.done) })
	p.keeping.Wait()
	return nil
}

// Addr is nowhere: tunnels come from the port's own connections.
func (p *proxy) Addr() net.Addr { return &net.TCPAddr{} }

// tunnel is a hijacked connection with what was read ahead of it.
type tunnel struct {
	net.Conn
	ahead *bufio.Reader
}

func (t tunnel) Read(b []byte) (int, error) { return t.ahead.Read(b) }

// connect answers CONNECT to Google's hosts with a tunnel to ourselves, and
// refuses all others: this is no way out to the network. What is inside is
// guarded as everything else.
func (s *Server) connect(w http.ResponseWriter, r *http.Request) {
	host, port, err := net.SplitHostPort(r.Host)
	if _, origin := r.Header["Origin"]; err != nil || origin || port != "443" || !googleHost.MatchString(host) {
		refuse(w, s.onREST(), codes.PermissionDenied, "this proxy leads to *.googleapis.com:443 only")
		return
	}
	// Clients read the authority's file about now: the last moment to renew it.
	if err := s.proxy.authority.refresh(); err != nil {
		s.log.Warn("renewing the proxy's certificate", "error", err) // the one there is may do
	}
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		refuse(w, s.onREST(), codes.InvalidArgument, "CONNECT needs HTTP/1.1")
		return
	}
	if _, err := conn.Write([]byte("HTTP/1.1 200 Connection Established\r\n\r\n")); err != nil {
		_ = conn.Close()
		return
	}
	select {
	case s.proxy.conns <- tunnel{conn, rw.Reader}:
	case <-s.proxy.done:
		_ = conn.Close()
	}
}

// serveProxied serves a request from inside a tunnel.
func (s *Server) serveProxied(w http.ResponseWriter, r *http.Request) {
	host := strings.TrimSuffix(r.Host, ":443")
	on := s.surfaceOfHost(host, r)
	if !googleHost.MatchString(host) || r.TLS == nil || r.TLS.ServerName != host {
		refuse(w, on, codes.PermissionDenied, "the Host header is not the host that the tunnel leads to")
		return
	}
	s.guarded(w, r, on)
}
