package storage

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// upload is objects.insert in its three forms, and the chunks of the third.
func (s *Store) upload(w http.ResponseWriter, r *http.Request, bucket string) error {
	q := r.URL.Query()
	if id := q.Get("upload_id"); id != "" {
		return s.resume(w, r, id)
	}
	if r.Method != http.MethodPost {
		return &Error{404, "notFound", "Not Found"}
	}
	if err := checkBucket(bucket); err != nil {
		return err
	}
	s.mu.Lock()
	b := s.buckets[bucket]
	s.mu.Unlock()
	if b == nil {
		return errNoBucket
	}
	c, err := parseConditions(q)
	if err != nil {
		return err
	}
	switch q.Get("uploadType") {
	case "media":
		want := Info{Bucket: bucket, Name: q.Get("name"), ContentType: r.Header.Get("Content-Type"), ContentEncoding: q.Get("contentEncoding")}
		return s.receive(w, r, r.Body, want, false, c)
	case "multipart":
		return s.multipart(w, r, bucket, c)
	case "resumable":
		want, hasCRC, err := parseMetadata(http.MaxBytesReader(w, r.Body, maxJSON), bucket, q)
		if err != nil {
			return err
		}
		return s.start(w, r, want, hasCRC, c)
	}
	return invalid("Invalid value for uploadType: '%.40s'", q.Get("uploadType"))
}

// receive stores body as the object want, unless a condition is known to fail.
func (s *Store) receive(w http.ResponseWriter, r *http.Request, body io.Reader, want Info, hasCRC bool, c conditions) error {
	if err := s.precheck(r.Context(), want, c); err != nil {
		return err
	}
	st, err := s.stage(body)
	if err != nil {
		if asError(err).Code == 500 { // the client went away or sent nonsense; a full disk says so in its text
			return &Error{503, "backendError", err.Error()}
		}
		return err
	}
	info, err := s.commit(st, want, hasCRC, c)
	if err != nil {
		return err
	}
	writeBody(w, 200, objectJSON(r, info))
	return nil
}

// precheck refuses, before bytes are sent, what commit would refuse after.
func (s *Store) precheck(ctx context.Context, want Info, c conditions) error {
	if err := checkObject(want.Name); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.buckets[want.Bucket]
	if b == nil {
		return errNoBucket
	}
	if b.objects[want.Name] != nil && s.Allow != nil { // it is deleted by the new one
		if err := s.may(ctx, b, "storage.objects.delete", true); err != nil {
			return err
		}
	}
	return c.check(b.objects[want.Name], true)
}

// boundary reads what mime refuses: gcloud writes boundary='==1==', in quotes
// that are none and with characters that need some.
var boundary = regexp.MustCompile(`(?i)^multipart/related\s*;.*\bboundary=["']?([^"';]+)["']?`)

// multipart is an upload of metadata and bytes in one body.
func (s *Store) multipart(w http.ResponseWriter, r *http.Request, bucket string, c conditions) error {
	m := boundary.FindStringSubmatch(r.Header.Get("Content-Type"))
	if m == nil {
		return invalid("A multipart upload must be multipart/related with a boundary.")
	}
	parts := multipart.NewReader(r.Body, m[1])
	meta, err := parts.NextRawPart()
	if err != nil {
		return invalid("Malformed multipart body.")
	}
	if !strings.HasPrefix(meta.Header.Get("Content-Type"), "application/json") {
		return invalid("The first part of a multipart upload must be application/json.")
	}
	want, hasCRC, err := parseMetadata(io.LimitReader(meta, maxJSON), bucket, r.URL.Query())
	if err != nil {
		return err
	}
	media, err := parts.NextRawPart()
	if err != nil {
		return invalid("Malformed multipart body.")
	}
	if want.ContentType == "" {
		want.ContentType = media.Header.Get("Content-Type")
	}
	return s.receive(w, r, &wholePart{parts, media}, want, hasCRC, c)
}

// wholePart reads the last part of a multipart body and holds that the body
// ends with its closing boundary: a cut connection is not the end of an object.
type wholePart struct {
	parts *multipart.Reader
	last  io.Reader
}

func (p *wholePart) Read(b []byte) (int, error) {
	n, err := p.last.Read(b)
	if errors.Is(err, io.EOF) {
		if _, next := p.parts.NextRawPart(); !errors.Is(next, io.EOF) {
			return n, invalid("Malformed multipart body.")
		}
	}
	return n, err
}

// parseMetadata reads an object resource; the query's name wins.
func parseMetadata(body io.Reader, bucket string, q url.Values) (Info, bool, error) {
	var in struct {
		Name, Bucket, ContentType, ContentEncoding, ContentDisposition, ContentLanguage, CacheControl string
		Metadata                                                                                      map[string]string
		MD5Hash, CRC32C                                                                               string
	}
	if err := json.NewDecoder(body).Decode(&in); err != nil && !errors.Is(err, io.EOF) {
		return Info{}, false, &Error{400, "parseError", "Parse Error"}
	}
	if in.Bucket != "" && in.Bucket != bucket {
		return Info{}, false, invalid("Value '%.80s' in content does not agree with value '%s'.", in.Bucket, bucket)
	}
	o := Info{Bucket: bucket, Name: in.Name, ContentType: in.ContentType, ContentEncoding: in.ContentEncoding, Metadata: in.Metadata,
		ContentDisposition: in.ContentDisposition, ContentLanguage: in.ContentLanguage, CacheControl: in.CacheControl}
	if n := q.Get("name"); n != "" {
		o.Name = n
	}
	if in.MD5Hash != "" {
		sum, err := base64.StdEncoding.DecodeString(in.MD5Hash)
		if err != nil || len(sum) != 16 {
			return Info{}, false, invalid("Invalid value for md5Hash: '%.40s'", in.MD5Hash)
		}
		o.MD5 = sum
	}
	if in.CRC32C != "" {
		crc, err := parseCRC(in.CRC32C)
		if err != nil {
			return Info{}, false, err
		}
		o.CRC32C = crc
	}
	return o, in.CRC32C != "", nil
}

func parseCRC(text string) (uint32, error) {
	sum, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(sum) != 4 {
		return 0, invalid("Invalid value for crc32c: '%.40s'", text)
	}
	return binary.BigEndian.Uint32(sum), nil
}
