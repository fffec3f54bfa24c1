package inbuild

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/lease"
)

// runLabel marks the containers of what a process runs; its value is the place's id.
const runLabel = "dev.gcpdeploy.run"

// lockSuffix is that of the file beside a place that is locked as long as its process
// lives. A lock ends with its process, however that does.
const lockSuffix = ".lock"

// place is a folder of this process alone, and how its containers are known.
type place struct {
	id, dir string
	lock    *flock.Flock
}

// settle gives this process's place.
func (b *Builds) settle() (*place, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.place != nil {
		return b.place, nil
	}
	p, err := newPlace(b.Machine.Dir)
	if err != nil {
		return nil, fmt.Errorf("making a folder for builds: %w", err)
	}
	b.place = p
	return p, nil
}

func newPlace(parent string) (*place, error) {
	id := strings.ToLower(rand.Text())[:16]
	p := &place{id: id, dir: filepath.Join(parent, id)}
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return nil, err
	}
	// It is locked before it has the name by which others look for what was left.
	p.lock = flock.New(p.dir + ".new")
	if ok, err := p.lock.TryLock(); err != nil || !ok {
		return nil, errors.Join(err, os.Remove(p.dir))
	}
	return p, os.Rename(p.dir+".new", p.dir+lockSuffix)
}

// leave removes the place, and with the last one what all were in.
func (p *place) leave() error {
	err := os.RemoveAll(p.dir)
	if err == nil {
		err = os.Remove(p.dir + lockSuffix) // while it is locked: nobody takes it for one that was left
	}
	_ = p.lock.Unlock()
	_ = os.Remove(filepath.Dir(p.dir)) // unless there are others
	return err
}

// TidyUp removes what processes left that were killed: their containers, their leases
// and their folders. What cannot be removed is left to the next one. Without anything
// left it asks nobody.
func (b *Builds) TidyUp(ctx context.Context) {
	found, err := filepath.Glob(filepath.Join(b.Machine.Dir, "*"+lockSuffix))
	if err != nil {
		return // the pattern is right
	}
	for _, path := range found {
		l := flock.New(path)
		if ok, err := l.TryLock(); err != nil || !ok {
			continue
		}
		left := place{id: strings.TrimSuffix(filepath.Base(path), lockSuffix), dir: strings.TrimSuffix(path, lockSuffix), lock: l}
		o := worker.Options{Docker: b.Machine.Docker, Labels: map[string]string{runLabel: left.id}, Mounts: b.Machine.Mounts}
		err := errors.Join(b.endLeases(ctx, left.dir), worker.Clean(ctx, o, left.dir, nil))
		if err == nil {
			err = left.leave()
		}
		if err != nil {
			b.warn("removing what an earlier run left: " + err.Error())
			_ = l.Unlock()
		}
	}
}

// endLeases ends those of the builds that a place had.
func (b *Builds) endLeases(ctx context.Context, dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || b.Options.Leases == nil {
		return nil
	}
	for _, e := range entries {
		if e.IsDir() {
			err = errors.Join(err, lease.End(ctx, b.Options.Leases, e.Name()))
		}
	}
	return err
}
