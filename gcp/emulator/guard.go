package emulator

import (
	"crypto/subtle"
	"mime"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// What is refused, and why. A page in the owner's browser can send requests to
// loopback, with its own Origin, under a name that it made resolve here; other
// users of the machine can reach the port; and the services run code. So:
//   - only 127.0.0.1 is listened on (the metadata server of builds has guards of its
//     own, see cloudbuild/machine.go);
//   - the Host must be ours, so a name that was rebound to loopback is refused;
//   - any Origin is refused: no browser has business here;
//   - every API call carries the token, which only the owner can read, or one
//     that was made of it for another identity;
//   - a body must say that it is JSON, gRPC or an upload's, which a page cannot
//     without a preflight, and a preflight carries an Origin;
//   - names with dot segments, control characters or doubly encoded slashes never
//     reach a service.
//
// The hosts of services (SERVICE.localhost) are the owner's own web apps, meant
// for browsers. Their requests go to the app's container and to nothing else, so
// there any Origin and body is the app's own affair, as it is on Cloud Run. Who may
// call a service is for its policy to say.

// serviceHost is SERVICE.localhost or TAG---SERVICE.localhost.
var serviceHost = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*\.localhost$`)

// serve is the outer handler of the port.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodConnect {
		s.connect(w, r)
		return
	}
	// Go's REST clients put their paths, which begin with a slash, behind an
	// endpoint, which ends with one.
	if path, ok := strings.CutPrefix(r.URL.Path, "//"); ok {
		r.URL.Path, r.URL.RawPath = "/"+path, strings.TrimPrefix(r.URL.RawPath, "/")
	}
	host, port, err := net.SplitHostPort(r.Host)
	_, own, _ := net.SplitHostPort(s.state.addr)
	switch {
	case err == nil && port == own && (host == "127.0.0.1" || host == "localhost"):
		s.guarded(w, r, s.surfaceOf(r))
	case err == nil && port == own && serviceHost.MatchString(host):
		s.serveApp(w, r)
	default:
		refuse(w, s.surfaceOf(r), codes.PermissionDenied, "this is the emulators' port: the Host header must be "+s.state.addr)
	}
}

// serveApp serves a request to a service's app, by its host.
func (s *Server) serveApp(w http.ResponseWriter, r *http.Request) {
	for _, svc := range s.services {
		if svc.App == nil {
			continue
		}
		if app := svc.App(r.Host); app != nil {
			app.ServeHTTP(w, r)
			return
		}
	}
	frame.NotServed(w)
}

// guarded serves a request to an API.
func (s *Server) guarded(w http.ResponseWriter, r *http.Request, on frame.Surface) {
	if _, ok := r.Header["Origin"]; ok {
		refuse(w, on, codes.PermissionDenied, "requests of web pages are refused")
		return
	}
	if !cleanPath(r.URL) {
		refuse(w, on, codes.InvalidArgument, "the path has a dot segment, an empty one, a control character or a hidden slash")
		return
	}
	member, ok := s.caller(r)
	if !ok {
		refuse(w, on, codes.Unauthenticated, "Request had invalid authentication credentials. Expected the token of "+s.TokenFile())
		return
	}
	if !takes(on, r) {
		refuseType(w, on)
		return
	}
	for name := range r.Header {
		if name == "Forwarded" || strings.HasPrefix(name, "X-Forwarded-") {
			r.Header.Del(name) // there is no proxy before us; distribution would believe in one
		}
	}
	s.calls.add(r)
	ctx := frame.WithCaller(r.Context(), member)
	if project := r.Header.Get("X-Goog-User-Project"); project != "" {
		ctx = frame.WithQuotaProject(ctx, project)
	}
	if !s.disturbed(w, r, on) {
		on.Handler.ServeHTTP(w, r.WithContext(ctx))
	}
}

// caller is who sends the request, by its token: a bearer token, or as docker
// sends it. The owner is "".
func (s *Server) caller(r *http.Request) (member string, ok bool) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		var user string
		if user, token, ok = r.BasicAuth(); !ok || user != frame.TokenUser {
			return "", false
		}
	}
	if subtle.ConstantTimeCompare([]byte(token), []byte(s.state.token)) == 1 {
		return "", true
	}
	member, expired := s.tokens.Member(token)
	return member, member != "" && !expired
}

// cleanPath says that a path names what it seems to name. It is looked at
// unescaped once and twice, as some servers do the second too.
func cleanPath(u *url.URL) bool {
	once := u.Path
	if once == "*" || !strings.HasPrefix(once, "/") {
		return false
	}
	if strings.Contains(strings.ToLower(once), "%2f") { // was %252F
		return false
	}
	for _, path := range []string{once, strings.NewReplacer("%2e", ".", "%2E", ".").Replace(once)} {
		if strings.ContainsFunc(path, unicode.IsControl) || strings.Contains(path, `\`) {
			return false
		}
		parts := strings.Split(path[1:], "/")
		for i, part := range parts {
			if part == "." || part == ".." || part == "" && i < len(parts)-1 {
				return false
			}
		}
	}
	return true
}

// takes says that the body, if there is one, is of a type this surface has.
func takes(on frame.Surface, r *http.Request) bool {
	text := r.Header.Get("Content-Type")
	if text == "" && (r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0) {
		return true
	}
	mediaType, _, err := mime.ParseMediaType(text)
	if err != nil && text != "" { // gcloud's boundary is not as the RFC wants it
		mediaType, _, _ = strings.Cut(strings.ToLower(text), ";")
		mediaType = strings.TrimSpace(mediaType)
	}
	return on.Takes(r, mediaType)
}
