package git

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

// Store keeps which folder stands for which remote, over a restart. Its methods
// are safe for concurrent use. Remotes are canonical.
type Store struct {
	file string
	log  *slog.Logger

	mu   sync.Mutex
	ties map[string]tie
}

// tie is a remote's folder, and where its branches and tags were when they were
// last pushed.
type tie struct {
	Folder string            `json:"folder"`
	Refs   map[string]string `json:"refs"`
}

// Service is the store for the frame.
func Service(f frame.Frame) (frame.Service, error) {
	s, err := NewStore(f.Dir, f.Log)
	return frame.Service{Server: s}, err
}

// NewStore opens what is kept in a folder, which is made when missing.
func NewStore(dir string, log *slog.Logger) (*Store, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Store{file: filepath.Join(dir, "remotes.json"), log: log, ties: map[string]tie{}}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	_, err := frame.ReadState(log, s.file, func(data []byte) error { return json.Unmarshal(data, &s.ties) })
	if s.ties == nil {
		s.ties = map[string]tie{}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return s, err
}

// Tie says which folder stands for a remote. Where that is new, its branches and tags
// count as pushed as they are.
func (s *Store) Tie(ctx context.Context, remote, folder string) (r Repository, isNew bool, err error) {
	r, err = Open(ctx, folder)
	if err != nil {
		return r, false, err
	}
	s.mu.Lock()
	have, known := s.ties[remote]
	s.mu.Unlock()
	if known && have.Folder == folder {
		return r, false, nil
	}
	refs, err := r.Refs(ctx)
	if err != nil {
		return r, false, err
	}
	return r, true, s.change(remote, func(t *tie) { t.Folder, t.Refs = folder, refs })
}

// Pushed notes where a ref is now; "" = it is gone.
func (s *Store) Pushed(remote, ref, commit string) error {
	return s.change(remote, func(t *tie) {
		if t.Refs = maps.Clone(t.Refs); t.Refs == nil {
			t.Refs = map[string]string{}
		}
		if t.Refs[ref] = commit; commit == "" {
			delete(t.Refs, ref)
		}
	})
}

func (s *Store) change(remote string, f func(*tie)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := maps.Clone(s.ties)
	t := next[remote]
	f(&t)
	next[remote] = t
	data, err := json.Marshal(next)
	if err == nil {
		err = atomicfile.Keep(s.file, data, 0o600)
	}
	if err == nil {
		s.ties = next
	}
	return err
}

// Last is where a ref was when it was last pushed; "" = it was not.
func (s *Store) Last(remote, ref string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ties[remote].Refs[ref]
}

// Known says whether a folder stands for a remote.
func (s *Store) Known(remote string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.ties[remote]
	return ok
}

// Find opens the repository that stands for a remote; ErrNoRepository, where none does.
func (s *Store) Find(ctx context.Context, remote string) (Repository, error) {
	s.mu.Lock()
	t, ok := s.ties[remote]
	s.mu.Unlock()
	if !ok {
		return Repository{}, ErrNoRepository
	}
	return Open(ctx, t.Folder)
}

// Remotes are all that a folder stands for, sorted.
func (s *Store) Remotes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.ties))
}

// Folder is the folder that stands for a remote; "" = none.
func (s *Store) Folder(remote string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ties[remote].Folder
}
