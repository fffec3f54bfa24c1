package emulator

import (
	"net/http"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/registry"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/storage"
)

// surface is which kind of API a request is for: it decides which bodies are
// taken, who answers, and the form of refusals.
type surface int

const (
	onGRPC   surface = iota
	onREST           // Google APIs over JSON
	onOCI            // the docker registry
	onJSON           // storage's JSON API
	onUpload         // storage's uploads
	onXML            // storage's XML API
)

// surfaceOf sorts a request to the port by content type and path.
func surfaceOf(r *http.Request) surface {
	path := r.URL.Path
	if isGRPC(r) {
		return onGRPC
	}
	switch first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/"); {
	case first == "v2" && !apiPath(path):
		return onOCI
	case first == "v1" || first == "v2" || first == "apis":
		return onREST
	default:
		return storageSurface(first)
	}
}

func isGRPC(r *http.Request) bool {
	t := r.Header.Get("Content-Type")
	return t == "application/grpc" || strings.HasPrefix(t, "application/grpc+") || strings.HasPrefix(t, "application/grpc;")
}

// apiPath tells Google's v2 APIs from the registry, whose paths begin with /v2/
// too. No project of the registry can be called "projects", and no name can have
// a colon.
func apiPath(path string) bool {
	return strings.HasPrefix(path, "/v2/projects/") || path == "/v2/entries:list"
}

func storageSurface(first string) surface {
	switch first {
	case "upload", "resumable":
		return onUpload
	case "storage", "download", "batch", "":
		return onJSON
	}
	return onXML
}

// surfaceOfHost sorts a request that came through the proxy, where the host
// says whose it is.
func surfaceOfHost(host string, r *http.Request) surface {
	switch first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); {
	case host == "storage.googleapis.com":
		return storageSurface(first)
	case isGRPC(r):
		return onGRPC
	}
	return onREST
}

// dispatch hands a request that passed the guards to who answers it.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request, on surface) {
	switch on {
	case onGRPC:
		s.grpc.ServeHTTP(w, r)
	case onREST:
		s.rest.ServeHTTP(w, r)
	case onOCI:
		s.Registry.Handler().ServeHTTP(w, r)
	default:
		s.Storage.Handler().ServeHTTP(w, r)
	}
}

// refuse answers in the surface's own form of errors.
func refuse(w http.ResponseWriter, on surface, c codes.Code, message string) {
	status := fault.HTTPStatus[int32(c)]
	if c == codes.Unauthenticated && on != onGRPC {
		realm := `Bearer realm="https://accounts.google.com/"`
		if on == onOCI {
			realm = `Basic realm="gcpdeploy"`
		}
		w.Header().Set("WWW-Authenticate", realm)
	}
	w.Header().Set("Cache-Control", "no-store")
	write(w, on, c, status, message)
}

// refuseType refuses a body: 415, which no gRPC code stands for.
func refuseType(w http.ResponseWriter, on surface) {
	write(w, on, codes.InvalidArgument, http.StatusUnsupportedMediaType, "the body's Content-Type is missing or not one that is taken here")
}

func write(w http.ResponseWriter, on surface, c codes.Code, status int, message string) {
	switch on {
	case onGRPC:
		h := w.Header()
		h.Set("Content-Type", "application/grpc")
		h.Set("Grpc-Status", strconv.Itoa(int(c)))
		h.Set("Grpc-Message", message)
		w.WriteHeader(http.StatusOK)
	case onOCI:
		name := map[codes.Code]string{codes.Unauthenticated: "UNAUTHORIZED", codes.InvalidArgument: "NAME_INVALID"}[c]
		if name == "" {
			name = "DENIED"
		}
		if status == http.StatusUnsupportedMediaType {
			name = "UNSUPPORTED"
		}
		registry.WriteError(w, status, name, message)
	case onXML:
		storage.WriteXMLError(w, &storage.Error{Code: status, Message: message})
	case onJSON, onUpload:
		reason := map[codes.Code]string{codes.Unauthenticated: "authError", codes.PermissionDenied: "forbidden"}[c]
		if reason == "" {
			reason = "badContent"
		}
		storage.WriteError(w, &storage.Error{Code: status, Reason: reason, Message: message})
	default:
		writeStatus(w, int32(c), status, message, nil)
	}
}

// codeName is a code's name on the wire: NOT_FOUND.
func codeName(c int32) string { return code.Code(c).String() }
