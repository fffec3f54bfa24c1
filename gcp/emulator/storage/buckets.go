package storage

import (
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

// bucketJSON is the JSON API's bucket resource, as far as clients here read it.
// Times and numbers of 64 bits are strings on that wire.
func bucketJSON(r *http.Request, b *bucket) map[string]any {
	created := b.Created.Format("2006-01-02T15:04:05.000Z")
	updated := created
	if !b.Updated.IsZero() {
		updated = b.Updated.Format("2006-01-02T15:04:05.000Z")
	}
	return merge(b.Settings.shown(), map[string]any{
		"kind": "storage#bucket", "id": b.Name, "name": b.Name, "selfLink": selfLink(r, b.Name),
		"projectNumber": frame.ProjectNumber(b.Project), "location": b.Location, "locationType": locationType(b.Location),
		"timeCreated": created, "updated": updated, "generation": strconv.FormatInt(b.Created.UnixMicro(), 10),
		"metageneration": strconv.FormatInt(1+b.Changes, 10), "etag": base64.StdEncoding.EncodeToString([]byte{8, byte(1 + b.Changes)}),
	})
}

func selfLink(r *http.Request, path string) string {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + r.Host + "/storage/v1/b/" + path
}

func (s *Store) getBucket(w http.ResponseWriter, r *http.Request, name string) error {
	if err := checkBucket(name); err != nil {
		return err
	}
	s.mu.Lock()
	b := s.buckets[name]
	s.mu.Unlock()
	if b == nil {
		return errNoBucket
	}
	writeBody(w, 200, bucketJSON(r, b))
	return nil
}

// listBuckets lists the buckets of one project, whose name is required.
func (s *Store) listBuckets(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	project := q.Get("project")
	if project == "" {
		return &Error{400, "required", "Required parameter: project"}
	}
	var names []string
	s.mu.Lock()
	for name, b := range s.buckets {
		if b.Project == project && strings.HasPrefix(name, q.Get("prefix")) {
			names = append(names, name)
		}
	}
	s.mu.Unlock()
	slices.Sort(names)
	names, next, err := page(q, names)
	if err != nil {
		return err
	}
	answer := map[string]any{"kind": "storage#buckets"}
	var items []any
	s.mu.Lock()
	for _, name := range names {
		items = append(items, bucketJSON(r, s.buckets[name]))
	}
	s.mu.Unlock()
	if items != nil {
		answer["items"] = items
	}
	if next != "" {
		answer["nextPageToken"] = next
	}
	writeBody(w, 200, answer)
	return nil
}

// insertBucket makes a bucket in a project.
func (s *Store) insertBucket(w http.ResponseWriter, r *http.Request) error {
	in, err := readBucket(w, r)
	if err != nil {
		return err
	}
	name, _ := in["name"].(string)
	location, _ := in["location"].(string)
	b := bucket{Name: name, Project: r.URL.Query().Get("project"), Location: strings.ToUpper(location), Settings: merge(nil, kept(in))}
	if b.Project == "" {
		return &Error{400, "required", "Required parameter: project"}
	}
	if b.Name == "" {
		return &Error{400, "required", "Required"}
	}
	if err := checkNewBucket(b.Name); err != nil {
		return err
	}
	if b.Location == "" {
		b.Location = "US"
	}
	if !locationForm.MatchString(b.Location) {
		return invalid("The specified location constraint is not valid.")
	}
	if err := errors.Join(b.Settings.check(), s.held(&b)); err != nil {
		return err
	}
	made, err := s.createBucket(b)
	if err != nil {
		return err
	}
	writeBody(w, 200, bucketJSON(r, made))
	return nil
}

// updateBucket changes a bucket: what a PATCH names, or with PUT all that can be.
func (s *Store) updateBucket(w http.ResponseWriter, r *http.Request, name string) error {
	in, err := readBucket(w, r)
	if err != nil {
		return err
	}
	c, err := parseConditions(r.URL.Query())
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.buckets[name]
	if old == nil {
		return errNoBucket
	}
	if m := 1 + old.Changes; c.metaMatch != nil && *c.metaMatch != m || c.metaNotMatch != nil && *c.metaNotMatch == m {
		return errPrecondition
	}
	b := *old
	if r.Method == http.MethodPut {
		b.Settings = nil
	}
	b.Settings, b.Updated, b.Changes = merge(b.Settings, kept(in)), s.Clock().UTC(), b.Changes+1
	if err := errors.Join(b.Settings.check(), s.held(&b)); err != nil {
		return err
	}
	if err := atomicfile.KeepJSON(s.bucketPath(name), b); err != nil {
		return err
	}
	s.buckets[name] = &b
	writeBody(w, 200, bucketJSON(r, &b))
	return nil
}

// deleteBucket removes a bucket that has no objects, its record first.
func (s *Store) deleteBucket(w http.ResponseWriter, name string) error {
	if err := checkBucket(name); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.buckets[name]
	if b == nil {
		return errNoBucket
	}
	if len(b.objects) > 0 {
		return &Error{409, "conflict", "The bucket you tried to delete is not empty."}
	}
	if err := os.Remove(filepath.Join(s.dir, "buckets", name+".json")); err != nil {
		return err
	}
	delete(s.buckets, name)
	if err := errors.Join(os.RemoveAll(filepath.Join(s.dir, "meta", name)), s.Policies.Forget(resource(name))); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// HasBucket says whether there is a bucket of that name.
func (s *Store) HasBucket(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buckets[name] != nil
}

// folders says what gcloud asks before it removes a bucket: it has no folders of
// its own kind, only objects with slashes in their names.
func (s *Store) folders(w http.ResponseWriter, bucket, resource string) error {
	if !s.HasBucket(bucket) {
		return errNoBucket
	}
	answer := map[string]any{"kind": "storage#" + resource}
	if resource == "storageLayout" {
		answer["bucket"], answer["hierarchicalNamespace"] = bucket, map[string]any{"enabled": false}
	}
	writeBody(w, 200, answer)
	return nil
}
