// Package storage emulates Google Cloud Storage on disk: the few endpoints of
// its JSON, XML and upload APIs that the Go client and gcloud use to send
// source archives and to read build logs. It is strict where Google is, knows
// nothing of builds, tokens or projects' rights (the frame guards it), and keeps
// every object as one data file and one record that appears by a rename, so a
// kill at any moment leaves the old object or the new one and never half of one.
package storage

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

// Store is the state of all buckets. Its methods are safe for concurrent use.
type Store struct {
	// Faults makes the HTTP surface misbehave for tests; see Handler for the
	// names of the operations.
	Faults fault.Set
	// Clock is where times and generations come from; set it before first use.
	Clock func() time.Time
	// Policies keeps who may do what with buckets; set it before first use.
	Policies *rights.Store
	// Allow decides on a request to this API; nil: on none. It is not asked by Open,
	// Append and Stat.
	Allow frame.Allow
	// Constraints is what the organization wants of buckets; nil: nothing.
	Constraints Constraints
	// MaxObject bounds one object's bytes.
	MaxObject int64

	dir     string
	log     *slog.Logger
	mu      sync.Mutex
	buckets map[string]*bucket
	uploads map[string]*session
	last    int64 // the newest generation given out
}

// bucket is one bucket's record and its live objects by name.
type bucket struct {
	Name     string    `json:"name"`
	Project  string    `json:"project,omitempty"` // empty: owned by the service itself, in nobody's list
	Location string    `json:"location"`
	Created  time.Time `json:"created"`
	Updated  time.Time `json:"updated,omitzero"` // zero: it was never changed
	Changes  int64     `json:"changes,omitempty"`
	Settings settings  `json:"settings,omitempty"`
	objects  map[string]*record
}

// Info is what is known of one object. MD5 is nil and CRC32C zero while the
// object grows.
type Info struct {
	Bucket             string            `json:"bucket"`
	Name               string            `json:"name"`
	Generation         int64             `json:"generation"`
	Metageneration     int64             `json:"metageneration"`
	Size               int64             `json:"size"`
	CRC32C             uint32            `json:"crc32c"`
	MD5                []byte            `json:"md5,omitempty"`
	ContentType        string            `json:"content_type,omitempty"`
	ContentEncoding    string            `json:"content_encoding,omitempty"`
	ContentDisposition string            `json:"content_disposition,omitempty"`
	ContentLanguage    string            `json:"content_language,omitempty"`
	CacheControl       string            `json:"cache_control,omitempty"`
	Metadata           map[string]string `json:"metadata,omitempty"`
	Created            time.Time         `json:"created"`
	Updated            time.Time         `json:"updated"`
	Growing            bool              `json:"growing,omitempty"`
}

// record is an object as it is on disk: Data names the file of its bytes.
type record struct {
	Info
	Data string `json:"data"`
	grow *appender
}

// Open reads the state under dir, which it makes if needed, and removes what a
// killed process left behind. One process may have a dir open at a time; the
// frame sees to that. A nil log is none.
func Open(dir string, log *slog.Logger) (*Store, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Store{dir: dir, log: log, Clock: time.Now, MaxObject: 5 << 30, Policies: rights.Memory(),
		buckets: map[string]*bucket{}, uploads: map[string]*session{}}
	if err := s.open(); err != nil {
		return nil, fmt.Errorf("opening the storage emulator: %w", err)
	}
	return s, nil
}

func (s *Store) open() error {
	for _, d := range []string{"buckets", "meta", "data", "uploads"} {
		if err := os.MkdirAll(filepath.Join(s.dir, d), 0o700); err != nil {
			return err
		}
	}
	err := eachJSON(s, "buckets", func(path string, b *bucket) error {
		if path != s.bucketPath(b.Name) {
			return errors.New("it names another bucket")
		}
		b.objects = map[string]*record{}
		s.buckets[b.Name] = b
		return nil
	})
	if err != nil {
		return err
	}
	used, err := s.loadObjects()
	if err != nil {
		return err
	}
	if err := s.loadUploads(used); err != nil {
		return err
	}
	return s.sweep(used)
}

func (s *Store) bucketPath(name string) string { return filepath.Join(s.dir, "buckets", name+".json") }

// adopt says under whose policy a bucket is; those of the service itself are under
// nobody's.
func (s *Store) adopt(b *bucket) {
	if b.Project != "" {
		s.Policies.Adopt(resource(b.Name), "projects/"+b.Project)
	}
}

// EnsureBucket makes a bucket that belongs to no project, as the bucket of
// build logs that Google owns; a bucket that exists is left as it is.
func (s *Store) EnsureBucket(name string) error {
	if err := checkBucket(name); err != nil {
		return err
	}
	_, err := s.createBucket(bucket{Name: name, Location: "US"})
	if e := (*Error)(nil); errors.As(err, &e) && e.Code == 409 {
		return nil
	}
	return err
}

// createBucket stores a bucket, or answers 409 if the name is taken.
func (s *Store) createBucket(b bucket) (*bucket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.buckets[b.Name]; old != nil {
		if old.Project == b.Project {
			return nil, &Error{409, "conflict", "Your previous request to create the named bucket succeeded and you already own it."}
		}
		return nil, &Error{409, "conflict", "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again."}
	}
	b.Created = s.Clock().UTC()
	// It may have objects: where the bucket's own record was damaged, theirs are left.
	var err error
	if b.objects, err = s.objectsOf(b.Name); err != nil {
		return nil, err
	}
	if err := atomicfile.KeepJSON(s.bucketPath(b.Name), b); err != nil {
		return nil, err
	}
	s.buckets[b.Name] = &b
	s.adopt(&b)
	return &b, nil
}
