package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// load reads one bucket's records and finishes objects that were growing when
// the last process ended.
func (s *Store) load(b *bucket, used map[string]bool) error {
	return eachJSON(filepath.Join(s.dir, "meta", b.Name), func(path string, data []byte) error {
		r := &record{}
		if err := json.Unmarshal(data, r); err != nil {
			return err
		}
		if _, err := os.Stat(s.dataPath(r.Data)); errors.Is(err, fs.ErrNotExist) {
			return os.Remove(path) // its overwriting or deletion was cut short
		}
		if r.Growing {
			if err := s.finish(r); err != nil {
				return err
			}
		}
		used[r.Data] = true
		b.objects[r.Name] = r
		s.last = max(s.last, r.Generation)
		return nil
	})
}

// sweep removes data files that no record names: uploads that never ended.
func (s *Store) sweep(used map[string]bool) error {
	entries, err := os.ReadDir(filepath.Join(s.dir, "data"))
	if err != nil {
		return fmt.Errorf("opening the storage emulator: %w", err)
	}
	for _, e := range entries {
		if !used[e.Name()] {
			if err := os.Remove(s.dataPath(e.Name())); err != nil {
				return fmt.Errorf("opening the storage emulator: %w", err)
			}
		}
	}
	return nil
}

// dataPath is the file of an object's bytes.
func (s *Store) dataPath(id string) string { return filepath.Join(s.dir, "data", id) }

// eachJSON calls f with every .json file of a folder, and removes the temporary
// files that a kill left there. A folder that is not there is empty.
func eachJSON(dir string, f func(path string, data []byte) error) error {
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
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := f(path, data); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}
