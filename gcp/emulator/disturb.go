package emulator

import (
	"context"
	"io"
	"net"
	"net/http"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// Disturb has f say of each call that passes the guards what goes wrong with it;
// nil ends that. f is called for several calls at once.
func (s *Server) Disturb(f func(Call) fault.Trouble) { s.disturb.Store(&f) }

// disturbed answers a request that something goes wrong with.
func (s *Server) disturbed(w http.ResponseWriter, r *http.Request, on frame.Surface) bool {
	f := s.disturb.Load()
	if f == nil || *f == nil {
		return false
	}
	switch (*f)(callOf(r)) {
	case fault.Throttled:
		refuse(w, on, codes.ResourceExhausted, "Quota exceeded, as asked")
	case fault.Unavailable:
		refuse(w, on, codes.Unavailable, "The service is currently unavailable, as asked")
	case fault.Expired:
		refuse(w, on, codes.Unauthenticated, "Request had invalid authentication credentials, as asked")
	case fault.Reset:
		reset(r)
	case fault.Stalled:
		_, _ = io.Copy(io.Discard, r.Body) // else nobody sees that the caller goes
		<-r.Context().Done()
	case fault.Lost:
		on.Handler.ServeHTTP(unheard{http.Header{}}, r)
		reset(r)
	default:
		return false
	}
	return true
}

// connKey is where a request's context has its connection.
type connKey struct{}

func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// reset ends a request's connection as a peer does that has gone.
func reset(r *http.Request) {
	if c, ok := r.Context().Value(connKey{}).(net.Conn); ok {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = c.Close()
	}
	panic(http.ErrAbortHandler)
}

// unheard takes an answer that nobody gets.
type unheard struct{ header http.Header }

func (u unheard) Header() http.Header         { return u.header }
func (u unheard) Write(b []byte) (int, error) { return len(b), nil }
func (u unheard) WriteHeader(int)             {}

// Flush lets gRPC stream into nothing.
func (u unheard) Flush() {}
