package storage

import (
	"errors"
	"io"
	"os"
	"sync/atomic"

	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

// appender is the one writer of a growing object.
type appender struct {
	store   *Store
	rec     *record
	file    *os.File
	sum     sum
	written atomic.Int64
}

var _ io.WriteCloser = (*appender)(nil)

// Append opens an object that grows: every Write is at once visible to readers,
// with the generation unchanged; Close fixes its checksums. An object that is
// there is continued under a new generation. There is one writer at a time.
func (s *Store) Append(bucket, name string) (io.WriteCloser, error) {
	if err := errors.Join(checkBucket(bucket), checkObject(name)); err != nil {
		return nil, err
	}
	a := &appender{store: s, sum: newSum()}
	next := &record{grow: a, Info: Info{Bucket: bucket, Name: name, ContentType: "text/plain; charset=utf-8", Growing: true}}
	a.rec = next
	var data io.Reader
	old, _, err := s.Open(bucket, name, 0)
	if e := (*Error)(nil); errors.As(err, &e) {
		if e == errNoBucket {
			return nil, err
		}
	} else if err != nil {
		return nil, err
	} else {
		defer old.Close()
		data = old
	}
	s.mu.Lock()
	if r, _ := s.find(bucket, name, 0); r != nil && r.grow != nil {
		s.mu.Unlock()
		return nil, &Error{409, "conflict", "The object is being appended to already."}
	}
	s.mu.Unlock()
	next.Data = newID()
	if a.file, err = os.OpenFile(s.dataPath(next.Data), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
		return nil, err
	}
	if data != nil {
		if _, err := io.Copy(a, data); err != nil {
			return nil, errors.Join(err, a.file.Close())
		}
	}
	if _, err := s.put(next, conditions{}); err != nil {
		s.drop(next.Data)
		return nil, errors.Join(err, a.file.Close())
	}
	return a, nil
}

// Write appends p.
func (a *appender) Write(p []byte) (int, error) {
	n, err := a.file.Write(p)
	_, _ = a.sum.Write(p[:n])
	a.written.Add(int64(n))
	return n, err
}

// Close fixes size and checksums. An object that was replaced or deleted
// meanwhile stays so.
func (a *appender) Close() error {
	if err := errors.Join(a.file.Sync(), a.file.Close()); err != nil {
		return err
	}
	s := a.store
	s.mu.Lock()
	defer s.mu.Unlock()
	done := &record{Info: a.rec.Info, Data: a.rec.Data}
	done.Size, done.CRC32C, done.MD5, done.Growing = a.sum.size, a.sum.crc.Sum32(), a.sum.md5.Sum(nil), false
	done.Updated = s.Clock().UTC()
	if b := s.buckets[done.Bucket]; b == nil || b.objects[done.Name] != a.rec {
		return nil
	}
	if err := atomicfile.KeepJSON(s.metaPath(done.Bucket, done.Name), done); err != nil {
		return err
	}
	s.buckets[done.Bucket].objects[done.Name] = done
	return nil
}

// finish closes the record of an object whose writer was killed.
func (s *Store) finish(r *record) error {
	f, err := os.Open(s.dataPath(r.Data))
	if err != nil {
		return err
	}
	defer f.Close()
	sum := newSum()
	if _, err := io.Copy(&sum, f); err != nil {
		return err
	}
	r.Size, r.CRC32C, r.MD5, r.Growing = sum.size, sum.crc.Sum32(), sum.md5.Sum(nil), false
	return atomicfile.WriteJSON(s.metaPath(r.Bucket, r.Name), r)
}
