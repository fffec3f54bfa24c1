package storage

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// chunkUnit is what every chunk but the last must be a multiple of.
const chunkUnit = 256 << 10

// start opens a resumable upload and answers where its bytes go.
func (s *Store) start(w http.ResponseWriter, r *http.Request, want Info, hasCRC bool, c conditions) error {
	if want.ContentType == "" {
		want.ContentType = r.Header.Get("X-Upload-Content-Type")
	}
	u := &session{Want: want, HasCRC: hasCRC, GenIs: c.genMatch, GenNot: c.genNotMatch, Total: -1}
	if text := r.Header.Get("X-Upload-Content-Length"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return invalid("Invalid value for X-Upload-Content-Length: '%.40s'", text)
		}
		u.Total = n
	}
	if u.Total > s.MaxObject {
		return &Error{400, "uploadTooLarge", "The object is larger than this emulator takes."}
	}
	if err := s.precheck(r.Context(), want, c); err != nil {
		return err
	}
	if err := s.begin(u); err != nil {
		return err
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	h := w.Header()
	h.Set("Location", scheme+r.Host+"/upload/storage/v1/b/"+url.PathEscape(want.Bucket)+"/o?uploadType=resumable&upload_id="+u.ID)
	h.Set("X-GUploader-UploadID", u.ID)
	w.WriteHeader(http.StatusOK)
	return nil
}

var contentRange = regexp.MustCompile(`^bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)$`)

// resume takes one chunk, answers how far an upload is, or cancels it.
func (s *Store) resume(w http.ResponseWriter, r *http.Request, id string) error {
	u, err := s.session(id)
	if err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if r.Method == http.MethodDelete {
		s.forget(u)
		w.WriteHeader(499) // Google's answer to a cancelled upload
		return nil
	}
	if u.Done != nil {
		writeBody(w, 200, objectJSON(r, *u.Done))
		return nil
	}
	var from int64
	text := r.Header.Get("Content-Range")
	m := contentRange.FindStringSubmatch(text)
	query := m != nil && m[1] == ""
	switch {
	case text == "":
		u.Total = r.ContentLength // one request with everything; -1 where the client does not know
	case m == nil:
		return invalid("Invalid Content-Range: '%.80s'", text)
	default:
		if m[3] != "*" {
			if u.Total, err = strconv.ParseInt(m[3], 10, 64); err != nil {
				return invalid("Invalid Content-Range: '%.80s'", text)
			}
		}
		if !query {
			from, _ = strconv.ParseInt(m[1], 10, 64)
			to, _ := strconv.ParseInt(m[2], 10, 64)
			if length := to - from + 1; length <= 0 || r.ContentLength >= 0 && r.ContentLength != length || u.Total >= 0 && to >= u.Total {
				return invalid("Invalid Content-Range: '%.80s' for a body of %d bytes.", text, r.ContentLength)
			} else if m[3] == "*" && length%chunkUnit != 0 {
				return invalid("Invalid request. The number of bytes uploaded is required to be equal or greater than 262144, except for the final request. The received request contained %d bytes.", length)
			}
		}
	}
	if !query {
		if err := s.chunk(u, from, r.Body); err != nil {
			if asError(err).Code == 500 {
				return &Error{503, "backendError", err.Error()}
			}
			return err
		}
	}
	return s.progress(w, r, u, text == "")
}

// progress answers after a chunk: the object when all is there, else how far.
func (s *Store) progress(w http.ResponseWriter, r *http.Request, u *session, last bool) error {
	have, err := s.uploadSize(u)
	if err != nil {
		return err
	}
	if last && u.Total < 0 {
		u.Total = have
	}
	if u.Total >= 0 && have > u.Total {
		s.forget(u)
		return invalid("The upload has %d bytes where %d were announced.", have, u.Total)
	}
	if u.Total == have {
		if crc, ok := strings.CutPrefix(r.Header.Get("X-Goog-Hash"), "crc32c="); ok {
			if u.Want.CRC32C, err = parseCRC(crc); err != nil {
				return err
			}
			u.HasCRC = true
		}
		info, err := s.end(u)
		if err != nil {
			return err
		}
		writeBody(w, 200, objectJSON(r, info))
		return nil
	}
	if have > 0 {
		w.Header().Set("Range", fmt.Sprintf("bytes=0-%d", have-1))
	}
	if r.Header.Get("X-GUploader-No-308") == "yes" { // the Go client's wish: 308 means something else in HTTP now
		w.Header().Set("X-Http-Status-Code-Override", "308")
		w.WriteHeader(http.StatusOK)
		return nil
	}
	w.WriteHeader(http.StatusPermanentRedirect)
	return nil
}
