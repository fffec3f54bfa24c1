package storage

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
)

// maxJSON bounds metadata bodies.
const maxJSON = 1 << 20

// Handler serves the JSON API below /storage/v1/, uploads below /upload/ and
// /resumable/, and the XML API's GET and HEAD of /BUCKET/OBJECT. The operations
// for Faults: buckets.get, buckets.list, buckets.insert, buckets.update, buckets.delete,
// buckets.getIamPolicy, buckets.setIamPolicy, buckets.testIamPermissions, objects.get (metadata),
// objects.list, objects.delete, objects.media (reads), objects.insert (uploads).
func (s *Store) Handler() http.Handler { return http.HandlerFunc(s.serve) }

func (s *Store) serve(w http.ResponseWriter, r *http.Request) {
	op, on, handle, fail := s.route(r)
	err := s.Faults.Take(r.Context(), op)
	if err == nil {
		err = s.permit(r, op, on)
	}
	if err == nil {
		err = handle(w, s.Faults.Cut(op, r))
	}
	if err != nil {
		fail(w, err)
	}
}

type handler func(http.ResponseWriter, *http.Request) error

// route finds the operation. Segments are unescaped one by one, once, so that an
// object's own slashes stay inside its segment.
func (s *Store) route(r *http.Request) (op string, on target, h handler, fail func(http.ResponseWriter, error)) {
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	for i, part := range parts {
		p, err := url.PathUnescape(part)
		if err != nil {
			return "", on, refuse(invalid("Invalid path.")), writeError
		}
		parts[i] = p
	}
	head, n := parts[0], len(parts)
	if head == "resumable" && n > 1 && parts[1] == "upload" || head == "download" {
		parts, n = parts[1:], n-1
		if head == "resumable" {
			parts, n = parts[1:], n-1
		}
	} else if head == "upload" {
		parts, n = parts[1:], n-1
	}
	upload := head == "upload" || head == "resumable"
	api := n >= 3 && parts[0] == "storage" && parts[1] == "v1" && parts[2] == "b"
	switch {
	case api && n >= 4:
		on.bucket = parts[3]
		if n >= 6 && parts[4] == "o" {
			on.object = strings.Join(parts[5:], "/")
		}
	case !api && n >= 2:
		on.bucket, on.object = parts[0], strings.Join(parts[1:], "/")
	}
	get, put := r.Method == http.MethodGet, r.Method == http.MethodPost || r.Method == http.MethodPut
	switch {
	case upload && api && n == 5 && parts[4] == "o" && (put || r.Method == http.MethodDelete):
		return "objects.insert", on, func(w http.ResponseWriter, r *http.Request) error { return s.upload(w, r, parts[3]) }, writeError
	case upload || head == "storage" && !api || head == "download" && !api:
		return "", on, refuse(&Error{404, "notFound", "Not Found"}), writeError
	case api && n == 3 && get:
		return "buckets.list", on, s.listBuckets, writeError
	case api && n == 3 && r.Method == http.MethodPost:
		return "buckets.insert", on, s.insertBucket, writeError
	case api && n == 4 && get:
		return "buckets.get", on, func(w http.ResponseWriter, r *http.Request) error { return s.getBucket(w, r, parts[3]) }, writeError
	case api && n == 4 && r.Method == http.MethodDelete:
		return "buckets.delete", on, func(w http.ResponseWriter, r *http.Request) error { return s.deleteBucket(w, parts[3]) }, writeError
	case api && n == 4 && (r.Method == http.MethodPatch || r.Method == http.MethodPut):
		return "buckets.update", on, func(w http.ResponseWriter, r *http.Request) error { return s.updateBucket(w, r, parts[3]) }, writeError
	case api && n == 5 && parts[4] == "iam" && get:
		return "buckets.getIamPolicy", on, func(w http.ResponseWriter, r *http.Request) error { return s.getPolicy(w, r, parts[3]) }, writeError
	case api && n == 5 && parts[4] == "iam" && r.Method == http.MethodPut:
		return "buckets.setIamPolicy", on, func(w http.ResponseWriter, r *http.Request) error { return s.setPolicy(w, r, parts[3]) }, writeError
	case api && n == 6 && parts[4] == "iam" && parts[5] == "testPermissions" && get:
		return "buckets.testIamPermissions", on, func(w http.ResponseWriter, r *http.Request) error { return s.testPermissions(w, r, parts[3]) }, writeError
	case api && n == 5 && parts[4] == "o" && get:
		return "objects.list", on, func(w http.ResponseWriter, r *http.Request) error { return s.listObjects(w, r, parts[3]) }, writeError
	case api && n == 5 && get && (parts[4] == "managedFolders" || parts[4] == "storageLayout"):
		return "buckets." + parts[4], on, func(w http.ResponseWriter, _ *http.Request) error { return s.folders(w, parts[3], parts[4]) }, writeError
	case api && n >= 6 && parts[4] == "o" && get && (r.URL.Query().Get("alt") == "media" || head == "download"):
		return "objects.media", on, func(w http.ResponseWriter, r *http.Request) error {
			return s.media(w, r, parts[3], on.object)
		}, writeError
	case api && n >= 6 && parts[4] == "o" && get:
		return "objects.get", on, func(w http.ResponseWriter, r *http.Request) error {
			return s.getObject(w, r, parts[3], on.object)
		}, writeError
	case api && n >= 6 && parts[4] == "o" && r.Method == http.MethodDelete:
		return "objects.delete", on, func(w http.ResponseWriter, r *http.Request) error {
			return s.deleteObject(w, r, parts[3], on.object)
		}, writeError
	case api:
		return "", on, refuse(&Error{404, "notImplemented", "The storage emulator does not implement " + r.Method + " of " + r.URL.Path + "."}), writeError
	case n >= 2 && parts[0] != "" && (get || r.Method == http.MethodHead):
		return "objects.media", on, func(w http.ResponseWriter, r *http.Request) error {
			return s.media(w, r, on.bucket, on.object)
		}, writeXMLError
	}
	return "", on, refuse(&Error{404, "notFound", "Not Found"}), writeError
}

func refuse(err error) handler {
	return func(http.ResponseWriter, *http.Request) error { return err }
}

// asError is any error as one with a status; what is no refusal of ours is 500.
func asError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if st, ok := status.FromError(err); ok && st.Code() == codes.PermissionDenied {
		return &Error{403, "accessNotConfigured", st.Message()}
	} else if ok {
		return &Error{fault.HTTPStatus[int32(st.Code())], "backendError", st.Message()}
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &Error{413, "uploadTooLarge", "The request's body is too large."}
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) { // no 5xx: clients would try that again and again
		return &Error{400, "diskFull", "The disk of the local storage is full, free some space: " + err.Error()}
	}
	return &Error{500, "internalError", err.Error()}
}

// writeError answers in the JSON API's form.
func writeError(w http.ResponseWriter, err error) {
	e := asError(err)
	if e.Code == http.StatusNotModified {
		w.WriteHeader(e.Code)
		return
	}
	writeBody(w, e.Code, map[string]any{"error": map[string]any{
		"code": e.Code, "message": e.Message,
		"errors": []any{map[string]any{"message": e.Message, "domain": "global", "reason": e.Reason}},
	}})
}

// xmlCodes are the XML API's names of the refusals it can give here.
var xmlCodes = map[int]string{
	400: "InvalidArgument", 401: "AuthenticationRequired", 403: "AccessDenied", 404: "NoSuchKey", 412: "PreconditionFailed",
	416: "InvalidRange", 500: "InternalError", 503: "ServiceUnavailable",
}

// writeXMLError answers in the XML API's form.
func writeXMLError(w http.ResponseWriter, err error) {
	e := asError(err)
	if e.Code == http.StatusNotModified {
		w.WriteHeader(e.Code)
		return
	}
	code := xmlCodes[e.Code]
	if e == errNoBucket {
		code = "NoSuchBucket"
	}
	body, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Code: code, Message: e.Message})
	if err != nil {
		body = nil
	}
	w.Header().Set("Content-Type", "application/xml; charset=UTF-8")
	w.WriteHeader(e.Code)
	_, _ = w.Write(append([]byte(xml.Header), body...))
}

// writeBody answers v as JSON.
func writeBody(w http.ResponseWriter, code int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		code, data = 500, []byte(`{"error":{"code":500,"message":"internal error"}}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(code)
	_, _ = w.Write(append(data, '\n'))
}
