package testindex

import (
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"
)

// Tunnel is a proxy that connects to nobody: whatever host is asked for over TLS,
// it answers itself, with the certificate.
func Tunnel(index http.Handler, cert tls.Certificate) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			http.Error(w, "this host speaks TLS alone", http.StatusBadRequest)
			return
		}
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		if _, err := c.Write([]byte("HTTP/1.1 200 OK\r\n\r\n")); err != nil {
			_ = c.Close()
			return
		}
		inner := &http.Server{Handler: index, ReadHeaderTimeout: readHeader}
		_ = inner.Serve(&single{Conn: tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})})
	})
}

// readHeader is how long a client may take to say what it wants.
const readHeader = 10 * time.Second

// single listens on a connection that is there already.
type single struct {
	net.Conn
	once sync.Once
}

// Accept gives the connection, once, and then says that there is no more.
func (s *single) Accept() (c net.Conn, err error) {
	err = net.ErrClosed
	s.once.Do(func() { c, err = s.Conn, nil })
	return c, err
}

// Addr implements net.Listener.
func (s *single) Addr() net.Addr { return s.LocalAddr() }

// Close leaves the connection to who serves it.
func (s *single) Close() error { return nil }

var _ net.Listener = (*single)(nil)
