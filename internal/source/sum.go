package source

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// bufferSize lets a small file be read with one call.
const bufferSize = 256 << 10

// hashAll fills in the files it is given until there are no more.
func hashAll(ctx context.Context, root string, work <-chan []*item) error {
	buffer := make([]byte, bufferSize)
	for batch := range work {
		for _, i := range batch {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err := i.hash(ctx, root, buffer); err != nil {
				return err
			}
		}
	}
	return nil
}

// hash reads the file once: size, mode, sum, and a look for credentials.
func (i *item) hash(ctx context.Context, root string, buffer []byte) error {
	f, size, exec, err := open(root, i.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	i.Mode = mode(exec)
	head, err := f.Read(buffer)
	if err != nil && !errors.Is(err, io.EOF) {
		return unreadable(i.Path, err)
	}
	i.secret = secret(i.Path, buffer[:head])
	if int64(head) == size {
		i.Size, i.Sum = size, sha256.Sum256(buffer[:head])
		return nil
	}
	h := sha256.New()
	h.Write(buffer[:head])
	n, err := io.CopyBuffer(h, onlyReader{ctx, f}, buffer)
	if err != nil {
		return unreadable(i.Path, err)
	}
	i.Size = int64(head) + n
	h.Sum(i.Sum[:0])
	return nil
}

// open opens a regular file and says what it is now.
func open(root, rel string) (f *os.File, size int64, exec bool, err error) {
	f, err = os.Open(root + string(filepath.Separator) + filepath.FromSlash(rel))
	if err != nil {
		return nil, 0, false, unreadable(rel, err)
	}
	now, err := f.Stat()
	if err == nil && !now.Mode().IsRegular() {
		err = changed(rel)
	}
	if err != nil {
		f.Close()
		return nil, 0, false, err
	}
	return f, now.Size(), now.Mode()&0o100 != 0, nil
}

// onlyReader hides what lets io.Copy go another way, and ends with ctx.
type onlyReader struct {
	ctx context.Context
	r   io.Reader
}

func (o onlyReader) Read(p []byte) (int, error) {
	if o.ctx.Err() != nil {
		return 0, context.Cause(o.ctx)
	}
	return o.r.Read(p)
}
