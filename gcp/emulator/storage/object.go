package storage

import (
	"bytes"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// staged is an object's bytes on their way in; nobody sees them until commit.
type staged struct {
	id   string
	file *os.File
	sum
}

// sum counts and hashes what passes through it.
type sum struct {
	size int64
	crc  hash.Hash32
	md5  hash.Hash
}

func newSum() sum {
	return sum{crc: crc32.New(castagnoli), md5: md5.New()}
}

func (s *sum) Write(p []byte) (int, error) {
	s.size += int64(len(p))
	_, _ = s.crc.Write(p) // hashes never fail
	_, _ = s.md5.Write(p)
	return len(p), nil
}

func newID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// stage copies r to a new data file. What fails leaves nothing.
func (s *Store) stage(r io.Reader) (*staged, error) {
	st := &staged{id: newID(), sum: newSum()}
	var err error
	if st.file, err = os.OpenFile(s.dataPath(st.id), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err != nil {
		return nil, err
	}
	_, err = io.Copy(io.MultiWriter(st.file, &st.sum), io.LimitReader(r, s.MaxObject+1))
	if err == nil && st.size > s.MaxObject {
		err = &Error{400, "uploadTooLarge", "The object is larger than this emulator takes."}
	}
	if err == nil {
		err = st.file.Sync()
	}
	if err = errors.Join(err, st.file.Close()); err != nil {
		s.drop(st.id)
		return nil, err
	}
	return st, nil
}

// drop removes a data file that no record names.
func (s *Store) drop(id string) { _ = os.Remove(s.dataPath(id)) }

// commit makes staged bytes the live object, if the conditions hold and want's
// checksums, where given, are those of the bytes.
func (s *Store) commit(st *staged, want Info, hasCRC bool, c conditions) (Info, error) {
	if hasCRC && want.CRC32C != st.crc.Sum32() || want.MD5 != nil && !bytes.Equal(want.MD5, st.md5.Sum(nil)) {
		s.drop(st.id)
		return Info{}, invalid("Provided checksum doesn't match calculated checksum of the %d bytes received.", st.size)
	}
	want.Size, want.CRC32C, want.MD5 = st.size, st.crc.Sum32(), st.md5.Sum(nil)
	info, err := s.put(&record{Info: want, Data: st.id}, c)
	if err != nil {
		s.drop(st.id)
	}
	return info, err
}

// put replaces the live object by r, on disk first.
func (s *Store) put(r *record, c conditions) (Info, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.buckets[r.Bucket]
	if b == nil {
		return Info{}, errNoBucket
	}
	old := b.objects[r.Name]
	if err := c.check(old, true); err != nil {
		return Info{}, err
	}
	now := s.Clock().UTC()
	s.last = max(s.last+1, now.UnixMicro())
	r.Generation, r.Metageneration, r.Created, r.Updated = s.last, 1, now, now
	if err := atomicfile.KeepJSON(s.metaPath(r.Bucket, r.Name), r); err != nil {
		return Info{}, err
	}
	b.objects[r.Name] = r
	if old != nil {
		s.drop(old.Data)
	}
	return r.now(), nil
}

// metaPath is the file of an object's record. Names are hashed: they may be
// longer than a file name, and one may be another's folder.
func (s *Store) metaPath(bucket, name string) string {
	h := sha256.Sum256([]byte(name))
	return filepath.Join(s.dir, "meta", bucket, hex.EncodeToString(h[:])+".json")
}

// now is the record's Info with the size of this moment.
func (r *record) now() Info {
	info := r.Info
	if r.grow != nil {
		info.Size = r.grow.written.Load()
		info.Updated = info.Created
	}
	return info
}

// find is the live record; the caller holds the lock. Generation 0 means live.
func (s *Store) find(bucket, name string, generation int64) (*record, error) {
	b := s.buckets[bucket]
	if b == nil {
		return nil, errNoBucket
	}
	r := b.objects[name]
	if r == nil || generation != 0 && generation != r.Generation {
		return nil, noObject(bucket, name)
	}
	return r, nil
}

// Stat is an object's Info; generation 0 means the live one.
func (s *Store) Stat(bucket, name string, generation int64) (Info, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(bucket, name, generation)
	if err != nil {
		return Info{}, err
	}
	return r.now(), nil
}

// content reads the bytes that were there when it was opened.
type content struct {
	*io.SectionReader
	io.Closer
}

// Open opens an object for reading; generation 0 means the live one. The reader
// ends where the object ended when it was opened, and stays readable when the
// object is replaced or deleted.
func (s *Store) Open(bucket, name string, generation int64) (io.ReadSeekCloser, Info, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(bucket, name, generation)
	if err != nil {
		return nil, Info{}, err
	}
	f, err := os.Open(s.dataPath(r.Data))
	if err != nil {
		return nil, Info{}, err
	}
	info := r.now()
	return content{io.NewSectionReader(f, 0, info.Size), f}, info, nil
}

// remove deletes an object, its record first.
func (s *Store) remove(bucket, name string, generation int64, c conditions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.find(bucket, name, generation)
	if err != nil {
		return err
	}
	if err := c.check(r, true); err != nil {
		return err
	}
	if err := os.Remove(s.metaPath(bucket, name)); err != nil {
		return err
	}
	delete(s.buckets[bucket].objects, name)
	s.drop(r.Data)
	return nil
}
