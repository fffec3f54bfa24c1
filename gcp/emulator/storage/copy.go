package storage

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
)

// copyObject is objects.copy and objects.rewrite: an object's bytes under another
// name, at once however many they are. Metadata in the body is the copy's; without a
// body it has the source's.
func (s *Store) copyObject(w http.ResponseWriter, r *http.Request, from, to [2]string, rewrite bool) error {
	q := r.URL.Query()
	source := url.Values{"generation": q["sourceGeneration"]}
	for _, name := range []string{"GenerationMatch", "GenerationNotMatch", "MetagenerationMatch", "MetagenerationNotMatch"} {
		source["if"+name] = q["ifSource"+name]
	}
	have, err := s.lookup(source, from[0], from[1])
	if errors.Is(err, errNotModified) {
		err = errPrecondition // the copy is a write
	}
	if err != nil {
		return err
	}
	if err := checkBucket(to[0]); err != nil {
		return err
	}
	if err := s.May(r.Context(), to[0], "storage.objects.create"); err != nil {
		return err
	}
	c, err := parseConditions(q)
	if err != nil {
		return err
	}
	want, hasCRC := have, false
	if r.ContentLength != 0 {
		if want, hasCRC, err = parseMetadata(http.MaxBytesReader(w, r.Body, maxJSON), to[0], nil); err != nil {
			return err
		}
	}
	if want.ContentType == "" {
		want.ContentType = have.ContentType
	}
	want.Bucket, want.Name = to[0], to[1]
	if err := s.precheck(r.Context(), want, c); err != nil {
		return err
	}
	bytes, _, err := s.Open(from[0], from[1], have.Generation)
	if err != nil {
		return err
	}
	defer bytes.Close()
	st, err := s.stage(bytes)
	if err != nil {
		return err
	}
	info, err := s.commit(st, want, hasCRC, c)
	if err != nil {
		return err
	}
	answer := objectJSON(r, info)
	if rewrite {
		size := strconv.FormatInt(info.Size, 10)
		answer = map[string]any{"kind": "storage#rewriteResponse", "done": true, "objectSize": size, "totalBytesRewritten": size, "resource": answer}
	}
	writeBody(w, 200, answer)
	return nil
}
