package emulator

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// fresh closes, when a server shuts down, the connections that never brought a
// request: Shutdown alone waits five seconds for those that clients dialled
// ahead.
type fresh struct {
	mu    sync.Mutex
	conns map[net.Conn]bool
}

func (f *fresh) watch(c net.Conn, state http.ConnState) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.conns, c)
	if state == http.StateNew {
		f.conns[c] = true
	}
}

func (f *fresh) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.conns {
		_ = c.Close()
	}
}

// shutdown lets requests end as long as ctx allows.
func shutdown(ctx context.Context, s *http.Server) error {
	if s.Shutdown(ctx) != nil {
		return s.Close()
	}
	return nil
}

// newHTTPServer has the limits that both servers, outside and inside of CONNECT,
// share. Bodies have no deadline: a layer may take its time.
func newHTTPServer(base context.Context, h http.Handler) *http.Server {
	p := &http.Protocols{}
	p.SetHTTP1(true)
	f := &fresh{conns: map[net.Conn]bool{}}
	srv := &http.Server{
		Handler: h, ConnState: f.watch, Protocols: p, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 3 * time.Minute, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return base }, ConnContext: withConn, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	srv.RegisterOnShutdown(f.close)
	return srv
}
