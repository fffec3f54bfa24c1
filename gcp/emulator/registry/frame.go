package registry

import (
	"net/http"
	"regexp"
	"strings"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
)

// Service is Artifact Registry for the frame: Google's API, and the docker
// registry beside it.
func Service(f frame.Frame) (frame.Service, error) {
	policies, err := frame.Find[*rights.Store](f.Beside)
	if err != nil {
		return frame.Service{}, err
	}
	s, err := New(Config{Dir: f.Dir, Now: f.Now, Log: f.Log, Policies: policies, Allow: f.Allow})
	if err != nil {
		return frame.Service{}, err
	}
	oci := frame.Surface{Handler: s.Handler(), Takes: takes, Challenge: `Basic realm="gcpdeploy"`, Refuse: refuse}
	return frame.Service{
		Server: s, APIs: []string{"artifactregistry", "registry"}, Register: s.Register, Operation: s.Operation, Locations: s.locations, Close: s.Close,
		Web: &frame.Web{Has: isOCI, Surface: func(string) frame.Surface { return oci }},
	}, nil
}

// apiPath is a path of Google's v2 APIs, which begin with /v2/ too. No project of
// the registry can be called "projects", and no name can have a colon.
var apiPath = regexp.MustCompile(`^/v2/(projects/|[A-Za-z]+:[A-Za-z]+$)`)

func isOCI(path string) bool { return frame.First(path) == "v2" && !apiPath.MatchString(path) }

// takes knows that docker says nothing of a blob's type, and that a page cannot
// PATCH or PUT.
func takes(r *http.Request, mediaType string) bool {
	switch {
	case frame.Reads(r):
		return frame.JSON(r, mediaType)
	case r.Method == http.MethodPost:
		return mediaType == "application/octet-stream" || r.ContentLength == 0 // some say JSON of no body
	case strings.Contains(r.URL.Path, "/manifests/"):
		return strings.HasPrefix(mediaType, "application/vnd.")
	}
	return mediaType == "" || mediaType == "application/octet-stream"
}

// refuse answers for the frame, in the OCI API's form.
func refuse(w http.ResponseWriter, r frame.Refusal) {
	name := map[codes.Code]string{
		codes.Unauthenticated: "UNAUTHORIZED", codes.InvalidArgument: "NAME_INVALID",
		codes.ResourceExhausted: "TOOMANYREQUESTS", codes.Unavailable: "UNAVAILABLE",
	}[r.Code]
	if name == "" {
		name = "DENIED"
	}
	if r.Status == http.StatusUnsupportedMediaType {
		name = "UNSUPPORTED"
	}
	writeError(w, r.Status, name, r.Message)
}
