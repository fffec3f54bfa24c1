package storage

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// bucketJSON is the JSON API's bucket resource, as far as clients here read it.
// Times and numbers of 64 bits are strings on that wire.
func bucketJSON(r *http.Request, b *bucket) map[string]any {
	created := b.Created.Format("2006-01-02T15:04:05.000Z")
	return map[string]any{
		"kind": "storage#bucket", "id": b.Name, "name": b.Name, "selfLink": selfLink(r, b.Name),
		"projectNumber": frame.ProjectNumber(b.Project), "location": b.Location, "locationType": "region", "storageClass": "STANDARD",
		"timeCreated": created, "updated": created, "generation": strconv.FormatInt(b.Created.UnixMicro(), 10),
		"metageneration": "1", "etag": "CAE=",
		"iamConfiguration": map[string]any{
			"uniformBucketLevelAccess": map[string]any{"enabled": true}, "publicAccessPrevention": "enforced",
		},
	}
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
	var in struct {
		Name, Location, StorageClass string
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxJSON)).Decode(&in); err != nil {
		return &Error{400, "parseError", "Parse Error"}
	}
	b := bucket{Name: in.Name, Project: r.URL.Query().Get("project"), Location: strings.ToUpper(in.Location)}
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
	made, err := s.createBucket(b)
	if err != nil {
		return err
	}
	writeBody(w, 200, bucketJSON(r, made))
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
	if err := os.RemoveAll(filepath.Join(s.dir, "meta", name)); err != nil {
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
