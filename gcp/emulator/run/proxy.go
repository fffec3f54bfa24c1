package run

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

var (
	quiet      = log.New(io.Discard, "", 0)
	errTimeout = errors.New("the request took longer than the service's timeout")
	errGone    = errors.New("the container has ended")
)

// listen opens the service's own port: the one it had, or a free one.
func (svc *service) listen() error {
	var lc net.ListenConfig // no context: the listener outlives the call that made the service
	ln, err := lc.Listen(context.Background(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(svc.port)))
	if err != nil && svc.port != 0 {
		svc.srv.cfg.Log.Warn("the port of a service is taken, it gets another", "service", svc.id, "port", svc.port, "error", err)
		ln, err = lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	}
	if err != nil {
		return err
	}
	if port := ln.Addr().(*net.TCPAddr).Port; port != svc.port {
		moved := svc.port != 0
		svc.port = port
		if moved {
			svc.setURLs()
			svc.srv.save(svc)
		}
	}
	svc.http = &http.Server{Handler: svc, ReadHeaderTimeout: time.Minute, ErrorLog: quiet, Protocols: new(http.Protocols)}
	svc.http.Protocols.SetHTTP1(true)
	svc.http.Protocols.SetUnencryptedHTTP2(true)
	svc.srv.host.Go(func() { _ = svc.http.Serve(ln) }) // ends with stopListening
	return nil
}

// stopListening closes the port; requests under way go on.
func (svc *service) stopListening() {
	if svc.srv.host.Context().Err() != nil || svc.srv.closed {
		_ = svc.http.Close()
		return
	}
	go func() { _ = svc.http.Shutdown(svc.srv.host.Context()) }()
}

// ServeHTTP answers on the service's own port, for its own names only.
func (svc *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host := hostname(r.Host)
	if ip := net.ParseIP(host); host == "localhost" || ip.IsLoopback() {
		svc.serve(w, r, "")
		return
	}
	if tag, ok := svc.names(host); ok {
		svc.serve(w, r, tag)
		return
	}
	frame.NotServed(w)
}

// names says whether host is SERVICE.localhost or TAG---SERVICE.localhost.
func (svc *service) names(host string) (tag string, ok bool) {
	label, ok := strings.CutSuffix(host, ".localhost")
	if !ok {
		return "", false
	}
	if label == svc.id {
		return "", true
	}
	tag, ok = strings.CutSuffix(label, "---"+svc.id)
	return tag, ok && tag != ""
}

// App is the service of a name under localhost, for the main port; nil where
// there is none. Of services of the same name in several places it is the newest.
func (s *Server) App(host string) http.Handler {
	var found *service
	var tag string
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, svc := range s.services {
		if t, ok := svc.names(hostname(host)); ok && (found == nil || svc.pb.GetCreateTime().AsTime().After(found.pb.GetCreateTime().AsTime())) {
			found, tag = svc, t
		}
	}
	if found == nil {
		return nil
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { found.serve(w, r, tag) })
}

func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// serve passes one request, of who may call, to the revision whose turn it is.
func (svc *service) serve(w http.ResponseWriter, r *http.Request, tag string) {
	var rev *revision
	w, done := container.Asked(w, r, svc.srv.cfg.Now)
	defer func() { // also where the container breaks off, which panics
		if rev == nil {
			return
		}
		began, asked := done()
		if err := svc.srv.logOf(svc, rev.id()).AddRequest(began, asked); err != nil {
			svc.srv.cfg.Log.Warn("a request is not logged", "service", svc.id, "error", err)
		}
	}()
	admitted := svc.admit(w, r)
	for {
		switch rev = svc.pick(tag, r); {
		case !admitted:
			return
		case rev == nil && tag != "":
			frame.NotServed(w)
			return
		case rev == nil || svc.still():
			http.Error(w, "Service Unavailable", http.StatusServiceUnavailable)
			return
		case rev.serve(w, r):
			return
		}
	}
}

// serve passes a request to the revision's container; false when the traffic
// has just moved away from it, and nothing is answered yet.
func (r *revision) serve(w http.ResponseWriter, req *http.Request) bool {
	ctx, cancel := context.WithTimeoutCause(req.Context(), r.template.GetTimeout().AsDuration(), errTimeout)
	defer cancel()
	req = req.WithContext(ctx)
	served, err := r.hand(w, req)
	if err == nil && !served { // once more: one that ends again and again keeps nobody waiting
		if served, err = r.hand(w, req); err == nil && !served {
			err = errGone
		}
	}
	switch {
	case err == nil:
	case errors.Is(err, container.ErrRetired) && r.svc.srv.host.Context().Err() == nil && ctx.Err() == nil:
		return false
	default:
		upstreamError(w, req, err)
	}
	return true
}

// hand gives a request to the container that runs, or is started for it.
func (r *revision) hand(w http.ResponseWriter, req *http.Request) (served bool, err error) {
	b, err := r.inst.Acquire(req.Context())
	if err != nil {
		return false, err
	}
	defer r.inst.Release(b)
	r.stick(w)
	return r.inst.Serve(b, w, req), nil
}

// pick gives the revision of a tag, or that the caller's session is with, or by
// percentage: of any hundred requests in a row each revision gets exactly its share, well
// mixed.
func (svc *service) pick(tag string, r *http.Request) *revision {
	rt := svc.route.Load()
	if tag != "" {
		return rt.tags[tag]
	}
	if len(rt.slots) == 0 {
		return nil
	}
	if rev := rt.session(r); rev != nil {
		return rev
	}
	return rt.slots[svc.turn.Add(1)*37%uint64(len(rt.slots))]
}

// upstreamError answers as Cloud Run does when the container does not.
func upstreamError(w http.ResponseWriter, r *http.Request, _ error) {
	if errors.Is(context.Cause(r.Context()), errTimeout) {
		http.Error(w, "upstream request timeout", http.StatusGatewayTimeout)
		return
	}
	http.Error(w, "The request failed because either the HTTP response was malformed or connection to the instance had an error.", http.StatusServiceUnavailable)
}
