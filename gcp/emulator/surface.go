package emulator

import (
	"net/http"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// surfaceOf sorts a request to the port by content type and path.
func (s *Server) surfaceOf(r *http.Request) frame.Surface {
	if isGRPC(r) {
		return s.onGRPC()
	}
	for _, svc := range s.services {
		if svc.Web != nil && svc.Web.Has(r.URL.Path) {
			return svc.Web.Surface(r.URL.Path)
		}
	}
	return s.onREST()
}

// surfaceOfHost sorts a request that came through the proxy, where the host
// says whose it is.
func (s *Server) surfaceOfHost(host string, r *http.Request) frame.Surface {
	for _, svc := range s.services {
		if svc.Web == nil || svc.Web.Host != host {
			continue
		}
		if on := svc.Web.Surface(r.URL.Path); on.Handler != nil {
			return on
		}
	}
	if isGRPC(r) {
		return s.onGRPC()
	}
	return s.onREST()
}

// onGRPC is the gRPC services of all.
func (s *Server) onGRPC() frame.Surface {
	return frame.Surface{
		Handler: s.grpc, Refuse: refuseGRPC,
		Takes: func(r *http.Request, _ string) bool { return r.ProtoMajor == 2 && r.Method == http.MethodPost },
	}
}

// onREST is the same services over JSON.
func (s *Server) onREST() frame.Surface {
	return frame.Surface{Handler: s.rest, Takes: frame.JSON, Challenge: frame.Google, Refuse: refuseREST}
}

func isGRPC(r *http.Request) bool {
	t := r.Header.Get("Content-Type")
	return t == "application/grpc" || strings.HasPrefix(t, "application/grpc+") || strings.HasPrefix(t, "application/grpc;")
}

// refuse answers in the surface's own form of errors.
func refuse(w http.ResponseWriter, on frame.Surface, c codes.Code, message string) {
	if c == codes.Unauthenticated && on.Challenge != "" {
		w.Header().Set("WWW-Authenticate", on.Challenge)
	}
	w.Header().Set("Cache-Control", "no-store")
	on.Refuse(w, frame.Refusal{Code: c, Status: fault.HTTPStatus[int32(c)], Message: message})
}

// refuseType refuses a body: 415, which no gRPC code stands for.
func refuseType(w http.ResponseWriter, on frame.Surface) {
	on.Refuse(w, frame.Refusal{Code: codes.InvalidArgument, Status: http.StatusUnsupportedMediaType,
		Message: "the body's Content-Type is missing or not one that is taken here"})
}

func refuseGRPC(w http.ResponseWriter, r frame.Refusal) {
	h := w.Header()
	h.Set("Content-Type", "application/grpc")
	h.Set("Grpc-Status", strconv.Itoa(int(r.Code)))
	h.Set("Grpc-Message", r.Message)
	w.WriteHeader(http.StatusOK)
}

func refuseREST(w http.ResponseWriter, r frame.Refusal) {
	writeStatus(w, int32(r.Code), r.Status, r.Message, nil)
}

// codeName is a code's name on the wire: NOT_FOUND.
func codeName(c int32) string { return code.Code(c).String() }
