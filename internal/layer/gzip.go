package layer

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// level is a compromise for what is sent once and read seldom: see the archive's.
const level = 5

// piece is how much of a tar is compressed by itself, as a member of the gzip file: less
// is for more cores at once, more makes the file a little smaller. Other pieces are other
// bytes, and so other digests.
const piece = 2 << 20

// members compresses on all cores. What comes out depends on what was written alone, not
// on how many there are; no more of it is held than they work on.
type members struct {
	to      io.Writer
	filling []byte
	order   chan chan member // as the pieces were written
	free    chan struct{}    // one for each core
	done    chan error
	failed  error
}

// writers are those that no member needs now: each has tables of a megabyte.
var writers = sync.Pool{New: func() any {
	z, err := gzip.NewWriterLevel(nil, level)
	if err != nil {
		panic(err) // of a level that there is not
	}
	return z
}}

// member is a piece, compressed.
type member struct {
	data []byte
	err  error
}

func newMembers(to io.Writer) *members {
	cores := runtime.GOMAXPROCS(0)
	m := &members{to: to, order: make(chan chan member, cores), free: make(chan struct{}, cores), done: make(chan error, 1)}
	go func() {
		var failed error
		for ready := range m.order {
			one := <-ready
			if failed = errors.Join(failed, one.err); failed == nil {
				_, failed = m.to.Write(one.data)
			}
		}
		m.done <- failed
	}()
	return m
}

// Write takes some of the tar.
func (m *members) Write(b []byte) (n int, err error) {
	for len(b) > 0 {
		k := min(len(b), piece-len(m.filling))
		m.filling = append(m.filling, b[:k]...)
		n, b = n+k, b[k:]
		if len(m.filling) == piece {
			m.compress()
		}
	}
	return n, nil
}

func (m *members) compress() {
	data, ready := m.filling, make(chan member, 1)
	m.filling = nil
	m.free <- struct{}{}
	m.order <- ready
	go func() {
		var packed bytes.Buffer
		z := writers.Get().(*gzip.Writer)
		z.Reset(&packed)
		_, err := z.Write(data)
		err = errors.Join(err, z.Close())
		writers.Put(z)
		ready <- member{packed.Bytes(), err}
		<-m.free
	}()
}

// Close ends the file. Even without a piece it has a member: no bytes are no gzip file.
func (m *members) Close() error {
	if m.order == nil {
		return m.failed
	}
	m.compress()
	close(m.order)
	m.order, m.failed = nil, <-m.done
	return m.failed
}
