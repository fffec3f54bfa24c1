package frame

import (
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"
)

// Web is an API that is no gRPC: Cloud Storage's, a docker registry's.
type Web struct {
	Host    string                    // Google's name of its host, where * may begin it; "" = none that the proxy leads to
	Has     func(path string) bool    // whether a path on the port is its
	Surface func(path string) Surface // which kind a path is of; without a handler on its own host: JSON of a gRPC service
}

// On says whether a host of Google's is its.
func (w *Web) On(host string) bool {
	if end, ok := strings.CutPrefix(w.Host, "*"); ok {
		return strings.HasSuffix(host, end)
	}
	return w.Host != "" && w.Host == host
}

// Surface is a kind of API: who answers a request, which bodies are taken, and
// the form of refusals.
type Surface struct {
	Handler   http.Handler
	Takes     func(r *http.Request, mediaType string) bool // whether a body is of a type that it has
	Challenge string                                       // WWW-Authenticate for a call without the token; "" = none
	Refuse    func(w http.ResponseWriter, r Refusal)
}

// Refusal is why the frame does not let a request through to its service.
type Refusal struct {
	Code    codes.Code
	Status  int // HTTP's
	Message string
}

// Google is the challenge of Google's APIs.
const Google = `Bearer realm="https://accounts.google.com/"`

// JSON takes JSON, and no body where the method has none.
func JSON(r *http.Request, mediaType string) bool {
	return mediaType == "application/json" || Reads(r) && r.ContentLength == 0
}

// Reads says whether the request's method has no body.
func Reads(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodDelete
}

// First is the first segment of a path.
func First(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first
}

// REST says whether a path may be one of a Google API over JSON. A docker
// registry's begin with /v2/ too.
func REST(path string) bool {
	switch First(path) {
	case "v1", "v1beta", "v1beta1", "v1beta2", "v2", "v3", "apis":
		return true
	}
	return false
}

// NotServed answers a request to an app that is not there, as Google's front end
// does.
func NotServed(w http.ResponseWriter) {
	http.Error(w, "Error: Page not found\n\nThe requested URL was not found on this server.", http.StatusNotFound)
}
