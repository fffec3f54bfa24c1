package storage

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

var rangeHeader = regexp.MustCompile(`^bytes=(\d*)-(\d*)$`)

// media serves an object's bytes, whole or by range, as far as they are there
// at this moment: a reader of a growing object asks again from where it ended.
func (s *Store) media(w http.ResponseWriter, r *http.Request, bucket, name string) error {
	q := r.URL.Query()
	if xg := r.Header.Get("X-Goog-If-Generation-Match"); xg != "" {
		q.Set("ifGenerationMatch", xg)
	}
	if xg := r.Header.Get("X-Goog-If-Metageneration-Match"); xg != "" {
		q.Set("ifMetagenerationMatch", xg)
	}
	info, err := s.lookup(q, bucket, name)
	if err != nil {
		return err
	}
	body, info, err := s.Open(bucket, name, info.Generation)
	if err != nil {
		return err
	}
	defer body.Close()
	h := w.Header()
	h.Set("Accept-Ranges", "bytes")
	if m := rangeHeader.FindStringSubmatch(r.Header.Get("Range")); m != nil && m[1] != "" {
		if from, err := strconv.ParseInt(m[1], 10, 64); err != nil || from >= info.Size {
			h.Set("Content-Range", "bytes */"+strconv.FormatInt(info.Size, 10))
			return &Error{416, "requestedRangeNotSatisfiable", "The requested range cannot be satisfied."}
		}
	} else if m == nil {
		r = r.Clone(r.Context())
		r.Header.Del("Range") // several ranges at once are no range for Google
	}
	h.Set("Content-Type", info.ContentType)
	for name, v := range map[string]string{"Content-Encoding": info.ContentEncoding, "Content-Disposition": info.ContentDisposition,
		"Content-Language": info.ContentLanguage, "Cache-Control": info.CacheControl} {
		if v != "" {
			h.Set(name, v)
		}
	}
	h.Set("X-Goog-Generation", strconv.FormatInt(info.Generation, 10))
	h.Set("X-Goog-Metageneration", strconv.FormatInt(info.Metageneration, 10))
	h.Set("X-Goog-Stored-Content-Length", strconv.FormatInt(info.Size, 10))
	h.Set("X-Goog-Stored-Content-Encoding", stored(info))
	h.Set("X-Goog-Storage-Class", "STANDARD")
	h.Set("ETag", strconv.Quote(etag(info)))
	for k, v := range info.Metadata {
		h.Set("X-Goog-Meta-"+k, v)
	}
	if info.MD5 != nil {
		h.Add("X-Goog-Hash", "crc32c="+crcText(info.CRC32C))
		h.Add("X-Goog-Hash", "md5="+base64.StdEncoding.EncodeToString(info.MD5))
	}
	modified := info.Updated
	if info.Growing {
		modified = time.Time{} // a date would let If-Range cut a log short
	}
	http.ServeContent(w, r, "", modified, body)
	return nil
}

func stored(o Info) string {
	if o.ContentEncoding != "" {
		return o.ContentEncoding
	}
	return "identity"
}
