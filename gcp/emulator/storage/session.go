package storage

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

// uploadLife is how long a resumable upload may rest (cloud.google.com/storage/
// docs/resumable-uploads: one week).
const uploadLife = 7 * 24 * time.Hour

// session is a resumable upload. Its bytes are in the data file of its ID.
type session struct {
	ID      string     `json:"id"`
	Want    Info       `json:"want"`
	HasCRC  bool       `json:"has_crc,omitempty"`
	GenIs   *int64     `json:"gen_is,omitempty"`
	GenNot  *int64     `json:"gen_not,omitempty"`
	Total   int64      `json:"total"` // -1: unknown yet
	Started time.Time  `json:"started"`
	Done    *Info      `json:"-"` // answered again when the last chunk is sent twice
	mu      sync.Mutex // one chunk at a time
}

func (s *Store) uploadPath(id string) string { return filepath.Join(s.dir, "uploads", id+".json") }

// loadUploads takes up the uploads that the last process did not end.
func (s *Store) loadUploads(used map[string]bool) error {
	return eachJSON(s, "uploads", func(path string, u *session) error {
		if path != s.uploadPath(u.ID) {
			return errors.New("it names another upload")
		}
		_, err := os.Stat(s.dataPath(u.ID))
		if err != nil || used[u.ID] || s.Clock().Sub(u.Started) > uploadLife { // lost, an object already, too old
			return os.Remove(path)
		}
		used[u.ID] = true
		s.uploads[u.ID] = u
		return nil
	})
}

// begin starts a resumable upload.
func (s *Store) begin(u *session) error {
	u.ID, u.Started = newID(), s.Clock().UTC()
	f, err := os.OpenFile(s.dataPath(u.ID), os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Close(), atomicfile.WriteJSON(s.uploadPath(u.ID), u)); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploads[u.ID] = u
	return nil
}

// session is the upload of that id, or 404.
func (s *Store) session(id string) (*session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.uploads[id]; u != nil {
		return u, nil
	}
	return nil, &Error{404, "notFound", "Upload session not found or expired."}
}

// size is how many bytes have arrived; the caller holds u.mu.
func (s *Store) uploadSize(u *session) (int64, error) {
	fi, err := os.Stat(s.dataPath(u.ID))
	if err != nil {
		return 0, fmt.Errorf("upload %s: %w", u.ID, err)
	}
	return fi.Size(), nil
}

// chunk appends body at offset from; bytes that are there already are skipped,
// as Google does with a chunk that is sent again. The caller holds u.mu.
func (s *Store) chunk(u *session, from int64, body io.Reader) error {
	have, err := s.uploadSize(u)
	if err != nil {
		return err
	}
	if from > have {
		return &Error{503, "backendError", fmt.Sprintf("Invalid request. Upload has %d bytes, the chunk begins at %d.", have, from)}
	}
	if _, err := io.CopyN(io.Discard, body, have-from); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	f, err := os.OpenFile(s.dataPath(u.ID), os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, io.LimitReader(body, s.MaxObject-have+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if have, err = s.uploadSize(u); err == nil && have > s.MaxObject {
		return &Error{400, "uploadTooLarge", "The object is larger than this emulator takes."}
	}
	return err
}

// end makes the uploaded bytes the object; the caller holds u.mu.
func (s *Store) end(u *session) (Info, error) {
	f, err := os.Open(s.dataPath(u.ID))
	if err != nil {
		return Info{}, err
	}
	defer f.Close()
	st := &staged{id: u.ID, sum: newSum()}
	if _, err := io.Copy(&st.sum, f); err != nil {
		return Info{}, err
	}
	if err := f.Sync(); err != nil {
		return Info{}, err
	}
	info, err := s.commit(st, u.Want, u.HasCRC, conditions{genMatch: u.GenIs, genNotMatch: u.GenNot})
	if rerr := os.Remove(s.uploadPath(u.ID)); err == nil && rerr != nil {
		err = rerr
	}
	if err != nil {
		s.forget(u)
		return Info{}, err
	}
	u.Done = &info
	return info, nil
}

// forget ends an upload without an object; the caller holds u.mu.
func (s *Store) forget(u *session) {
	if u.Done != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.uploads, u.ID)
	_ = os.Remove(s.uploadPath(u.ID))
	s.drop(u.ID)
}
