package storage

import (
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// objectJSON is the JSON API's object resource.
func objectJSON(r *http.Request, o Info) map[string]any {
	self := selfLink(r, o.Bucket+"/o/"+url.PathEscape(o.Name))
	gen := strconv.FormatInt(o.Generation, 10)
	m := map[string]any{
		"kind": "storage#object", "id": o.Bucket + "/" + o.Name + "/" + gen, "selfLink": self,
		"mediaLink": strings.Replace(self, "/storage/v1/", "/download/storage/v1/", 1) + "?generation=" + gen + "&alt=media",
		"name":      o.Name, "bucket": o.Bucket, "generation": gen, "metageneration": strconv.FormatInt(o.Metageneration, 10),
		"storageClass": "STANDARD", "size": strconv.FormatInt(o.Size, 10), "etag": etag(o),
		"timeCreated": stamp(o.Created), "updated": stamp(o.Updated), "timeStorageClassUpdated": stamp(o.Created),
	}
	if o.MD5 != nil {
		m["md5Hash"], m["crc32c"] = base64.StdEncoding.EncodeToString(o.MD5), crcText(o.CRC32C)
	}
	for name, v := range map[string]string{"contentType": o.ContentType, "contentEncoding": o.ContentEncoding,
		"contentDisposition": o.ContentDisposition, "contentLanguage": o.ContentLanguage, "cacheControl": o.CacheControl} {
		if v != "" {
			m[name] = v
		}
	}
	if len(o.Metadata) > 0 {
		m["metadata"] = o.Metadata
	}
	return m
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func crcText(crc uint32) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc))
}

func etag(o Info) string {
	b := binary.AppendUvarint(binary.AppendUvarint(nil, uint64(o.Generation)), uint64(o.Metageneration))
	return base64.StdEncoding.EncodeToString(b)
}

// lookup is the object a read names, with the request's conditions held.
func (s *Store) lookup(q url.Values, bucket, name string) (Info, error) {
	if err := checkBucket(bucket); err != nil {
		return Info{}, err
	}
	if err := checkObject(name); err != nil {
		return Info{}, err
	}
	gen, err := generation(q)
	if err != nil {
		return Info{}, err
	}
	c, err := parseConditions(q)
	if err != nil {
		return Info{}, err
	}
	info, err := s.Stat(bucket, name, gen)
	if err != nil {
		return Info{}, err
	}
	return info, c.check(&record{Info: info}, false)
}

func (s *Store) getObject(w http.ResponseWriter, r *http.Request, bucket, name string) error {
	info, err := s.lookup(r.URL.Query(), bucket, name)
	if err != nil {
		return err
	}
	writeBody(w, 200, objectJSON(r, info))
	return nil
}

func (s *Store) deleteObject(w http.ResponseWriter, r *http.Request, bucket, name string) error {
	q := r.URL.Query()
	gen, err := generation(q)
	if err != nil {
		return err
	}
	c, err := parseConditions(q)
	if err != nil {
		return err
	}
	if err := s.remove(bucket, name, gen, c); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// listObjects lists in the order of names, folded at the delimiter.
func (s *Store) listObjects(w http.ResponseWriter, r *http.Request, name string) error {
	if err := checkBucket(name); err != nil {
		return err
	}
	q := r.URL.Query()
	if q.Get("matchGlob") != "" || q.Get("softDeleted") == "true" {
		return &Error{400, "notImplemented", "The storage emulator lists by prefix and delimiter only."}
	}
	prefix, delim := q.Get("prefix"), q.Get("delimiter")
	infos, folders := map[string]Info{}, map[string]bool{}
	s.mu.Lock()
	b := s.buckets[name]
	if b != nil {
		for n, o := range b.objects {
			if end := q.Get("endOffset"); !strings.HasPrefix(n, prefix) || n < q.Get("startOffset") || end != "" && n >= end {
				continue
			}
			if delim != "" {
				if head, _, cut := strings.Cut(n[len(prefix):], delim); cut {
					folders[prefix+head+delim] = true
					continue
				}
			}
			infos[n] = o.now()
		}
	}
	s.mu.Unlock()
	if b == nil {
		return errNoBucket
	}
	names := make([]string, 0, len(infos)+len(folders))
	for n := range infos {
		names = append(names, n)
	}
	for n := range folders {
		if _, both := infos[n]; !both {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	names, next, err := page(q, names)
	if err != nil {
		return err
	}
	answer := map[string]any{"kind": "storage#objects"}
	var items, prefixes []any
	for _, n := range names {
		if o, ok := infos[n]; ok {
			items = append(items, objectJSON(r, o))
		}
		if folders[n] {
			prefixes = append(prefixes, n)
		}
	}
	if items != nil {
		answer["items"] = items
	}
	if prefixes != nil {
		answer["prefixes"] = prefixes
	}
	if next != "" {
		answer["nextPageToken"] = next
	}
	writeBody(w, 200, answer)
	return nil
}

// page cuts sorted names to the page that the query asks for. A page token is
// the last name given out.
func page(q url.Values, names []string) (cut []string, next string, err error) {
	size := int64(1000)
	if n, err := parseInt(q, "maxResults"); err != nil {
		return nil, "", err
	} else if n != nil {
		if *n < 0 {
			return nil, "", invalid("Invalid value for maxResults: '%d'", *n)
		}
		if *n > 0 {
			size = min(*n, 1000)
		}
	}
	if token := q.Get("pageToken"); token != "" {
		last, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			return nil, "", invalid("Invalid value for pageToken: '%.80s'", token)
		}
		i, found := slices.BinarySearch(names, string(last))
		if found {
			i++
		}
		names = names[i:]
	}
	if int64(len(names)) > size {
		names = names[:size]
		next = base64.RawURLEncoding.EncodeToString([]byte(names[size-1]))
	}
	return names, next, nil
}
