package storage

import (
	"net/http"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
)

// Service is Cloud Storage for the frame.
func Service(f frame.Frame) (frame.Service, error) {
	policies, err := frame.Find[*rights.Store](f.Beside)
	if err != nil {
		return frame.Service{}, err
	}
	constraints, err := frame.Find[Constraints](f.Beside)
	if err != nil {
		return frame.Service{}, err
	}
	s, err := Open(f.Dir, f.Log)
	if err != nil {
		return frame.Service{}, err
	}
	s.Clock, s.Policies, s.Constraints, s.Allow = f.Now, policies, constraints, f.Allow
	for _, b := range s.buckets {
		s.adopt(b)
	}
	return frame.Service{
		Server: s, APIs: []string{"storage"},
		Web: &frame.Web{Host: "storage.googleapis.com", Has: func(path string) bool { return !frame.REST(path) }, Surface: s.surface},
	}, nil
}

// surface tells the three APIs by their paths. What is none of the JSON API's is
// the bucket of an object.
func (s *Store) surface(path string) frame.Surface {
	on := frame.Surface{Handler: s.Handler(), Takes: frame.JSON, Challenge: frame.Google, Refuse: refuseJSON}
	switch frame.First(path) {
	case "upload", "resumable":
		on.Takes = takesUpload
	case "storage", "download", "batch", "":
	default:
		on.Refuse = refuseXML
	}
	return on
}

// takesUpload wants to hear the type of an object, and knows that a form is one
// that a page could send.
func takesUpload(r *http.Request, mediaType string) bool {
	q := r.URL.Query()
	switch {
	case frame.Reads(r):
		return frame.JSON(r, mediaType)
	case q.Get("uploadType") == "multipart":
		return mediaType == "multipart/related"
	case q.Get("uploadType") == "media" || q.Has("upload_id"):
		return mediaType != "" && mediaType != "application/x-www-form-urlencoded" && mediaType != "multipart/form-data"
	}
	return frame.JSON(r, mediaType)
}

// refuseJSON answers for the frame, in the JSON API's form.
func refuseJSON(w http.ResponseWriter, r frame.Refusal) {
	reason := map[codes.Code]string{codes.Unauthenticated: "authError", codes.PermissionDenied: "forbidden"}[r.Code]
	if reason == "" {
		reason = "badContent"
	}
	writeError(w, &Error{Code: r.Status, Reason: reason, Message: r.Message})
}

// refuseXML answers for the frame, in the XML API's form.
func refuseXML(w http.ResponseWriter, r frame.Refusal) {
	writeXMLError(w, &Error{Code: r.Status, Message: r.Message})
}
