package source

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// batch is a run of entries that one goroutine reads while another batch is
// compressed. A file too large for that is a batch of its own, and streamed.
type batch struct {
	entries []entry
	data    [][]byte
	ready   chan struct{}
}

// batchBytes bounds a batch's content; twice the cores, and two, are held.
const batchBytes = 512 << 10

func (e entry) streamed() bool { return e.file != nil && e.data == nil && e.file.Size > batchBytes }

// split cuts the entries into batches.
func split(entries []entry) (list []*batch) {
	begin, size := 0, int64(0)
	cut := func(end int) {
		if end > begin {
			list = append(list, &batch{entries: entries[begin:end], ready: make(chan struct{})})
		}
		begin, size = end, 0
	}
	for i, e := range entries {
		if e.file != nil {
			size += e.file.Size
		}
		if size > batchBytes || i-begin >= 256 {
			cut(i)
			if e.streamed() {
				cut(i + 1)
			} else if e.file != nil {
				size = e.file.Size
			}
		}
	}
	cut(len(entries))
	return list
}

// write sends the entries in order, reading ahead on the other cores.
func (t *Tree) write(ctx context.Context, out *tar.Writer, entries []entry) error {
	batches := split(entries)
	g, ctx := errgroup.WithContext(ctx)
	ahead := make(chan struct{}, 2*runtime.GOMAXPROCS(0)+2)
	g.Go(func() error {
		for _, b := range batches {
			select {
			case ahead <- struct{}{}:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			g.Go(func() error {
				if err := b.load(ctx, t.root); err != nil {
					return err
				}
				close(b.ready)
				return nil
			})
		}
		return nil
	})
	g.Go(func() error {
		for _, b := range batches {
			select {
			case <-b.ready:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			for i, e := range b.entries {
				if err := t.send(ctx, out, e, b.data[i]); err != nil {
					return err
				}
			}
			b.data = nil
			<-ahead
		}
		return nil
	})
	return g.Wait()
}

// load reads and checks the batch's files.
func (b *batch) load(ctx context.Context, root string) error {
	b.data = make([][]byte, len(b.entries))
	var size int64
	for _, e := range b.entries {
		if e.file != nil && !e.streamed() {
			size += e.file.Size
		}
	}
	buffer := make([]byte, size)
	for i, e := range b.entries {
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case e.file == nil || e.data != nil:
			b.data[i] = e.data
		case e.file.Mode&fs.ModeSymlink != 0:
			now, err := os.Readlink(filepath.Join(root, filepath.FromSlash(e.name)))
			if err != nil || now != e.file.Link {
				return changed(e.name)
			}
		case !e.streamed():
			n := e.file.Size
			if err := e.file.read(root, buffer[:n]); err != nil {
				return err
			}
			b.data[i], buffer = buffer[:n:n], buffer[n:]
		}
	}
	return nil
}

// read fills p with the file's content and checks that it is what Scan saw.
func (f *File) read(root string, p []byte) error {
	now, err := f.reopen(root)
	if err != nil {
		return err
	}
	defer now.Close()
	if _, err := io.ReadFull(now, p); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			return changed(f.Path)
		}
		return unreadable(f.Path, err)
	}
	if sha256.Sum256(p) != f.Sum {
		return changed(f.Path)
	}
	return nil
}

func (f *File) reopen(root string) (*os.File, error) {
	now, size, exec, err := open(root, f.Path)
	if err != nil {
		return nil, err
	}
	if size != f.Size || mode(exec) != f.Mode {
		now.Close()
		return nil, changed(f.Path)
	}
	return now, nil
}

// send writes one entry; a large file is read only now.
func (t *Tree) send(ctx context.Context, out *tar.Writer, e entry, data []byte) error {
	if !e.streamed() {
		return put(out, e, data)
	}
	now, err := e.file.reopen(t.root)
	if err != nil {
		return err
	}
	defer now.Close()
	if err := put(out, e, nil); err != nil {
		return err
	}
	h := sha256.New()
	n, err := io.CopyBuffer(io.MultiWriter(out, h), onlyReader{ctx, io.LimitReader(now, e.file.Size)}, make([]byte, bufferSize))
	if err != nil {
		return fmt.Errorf("sending %s: %w", e.name, err)
	}
	if n != e.file.Size || [32]byte(h.Sum(nil)) != e.file.Sum {
		return changed(e.name)
	}
	return nil
}
