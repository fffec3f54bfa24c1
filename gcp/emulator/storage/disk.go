package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// loadObjects gives every bucket its objects, and says which data files are used:
// by objects whose bucket's record is lost, too, which may be made again.
func (s *Store) loadObjects() (used map[string]bool, err error) {
	used = map[string]bool{}
	entries, err := os.ReadDir(filepath.Join(s.dir, "meta"))
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		objects, err := s.objectsOf(e.Name())
		if err != nil {
			return nil, err
		}
		for _, r := range objects {
			used[r.Data] = true
		}
		if b := s.buckets[e.Name()]; b != nil {
			b.objects = objects
		}
	}
	return used, nil
}

// objectsOf reads the records of a bucket's objects, and finishes those that were
// growing when the last process ended.
func (s *Store) objectsOf(bucket string) (map[string]*record, error) {
	objects := map[string]*record{}
	return objects, eachJSON(s, filepath.Join("meta", bucket), func(path string, r *record) error {
		if path != s.metaPath(r.Bucket, r.Name) || r.Data == "" {
			return errors.New("it names another object")
		}
		info, err := os.Stat(s.dataPath(r.Data))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return os.Remove(path) // its overwriting or deletion was cut short
		case err != nil:
			return err
		case r.Growing:
			if err := s.finish(r); err != nil {
				return err
			}
		case info.Size() != r.Size:
			return fmt.Errorf("%d bytes are left of %d", info.Size(), r.Size)
		}
		objects[r.Name] = r
		s.last = max(s.last, r.Generation)
		return nil
	})
}

// sweep removes data files that no record names: uploads that never ended.
func (s *Store) sweep(used map[string]bool) error {
	entries, err := os.ReadDir(filepath.Join(s.dir, "data"))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !used[e.Name()] {
			if err := os.Remove(s.dataPath(e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// dataPath is the file of an object's bytes.
func (s *Store) dataPath(id string) string { return filepath.Join(s.dir, "data", id) }

// eachJSON calls f with the value of every .json file of a folder, and removes the
// temporary files that a kill left there. What is damaged, f says so too, is set
// aside. A folder that is not there is empty.
func eachJSON[T any](s *Store, folder string, f func(path string, v *T) error) error {
	dir := filepath.Join(s.dir, folder)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if strings.HasPrefix(e.Name(), ".tmp-") {
			if err := os.Remove(path); err != nil {
				return err
			}
			continue
		}
		if filepath.Ext(path) != ".json" {
			continue
		}
		_, err := frame.ReadState(s.log, path, func(data []byte) error {
			v := new(T)
			if err := json.Unmarshal(data, v); err != nil {
				return err
			}
			return f(path, v)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
