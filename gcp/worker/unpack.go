package worker

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
)

// limits bound what an archive may become.
type limits struct {
	bytes   int64
	entries int
	name    int
}

// sourceLimits are those of a build's source; Cloud Build's own are not known.
var sourceLimits = limits{bytes: 10 << 30, entries: 1_000_000, name: 4096}

// patient reads until its context ends: also within an entry, and what is passed over.
type patient struct {
	ctx context.Context
	r   io.Reader
}

func (p patient) Read(b []byte) (int, error) {
	if p.ctx.Err() != nil {
		return 0, context.Cause(p.ctx)
	}
	return p.r.Read(b)
}

// Unpack reads a build's source archive, a .tar, .tar.gz or .zip of that size, into
// dir, which exists and is empty. Its files get the times and modes that it says.
// Names that lead out of dir, devices, and more than a build can be are errors.
func Unpack(ctx context.Context, archive io.ReadSeeker, size int64, dir string) error {
	return unpack(ctx, archive, size, dir, sourceLimits)
}

// unpack reads a .tar, .tar.gz or .zip of that size into dir, which exists and
// is empty. What it is is told by its first bytes. Names that are absolute or
// have a .. in them, devices, and more than the limits are errors; links are
// kept as they are, and never followed out of dir.
func unpack(ctx context.Context, r io.ReadSeeker, size int64, dir string, l limits) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	u := &unpacker{ctx: ctx, root: root, limits: l, left: l.bytes, dirs: map[string]bool{".": true}}
	head := make([]byte, 4)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return err
	}
	switch head = head[:n]; {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(bufio.NewReaderSize(r, 1<<16))
		if err != nil {
			return err
		}
		return u.tar(z)
	case bytes.HasPrefix(head, []byte("PK")):
		at, ok := r.(io.ReaderAt)
		if !ok {
			return errors.New("a zip archive cannot be read from a stream")
		}
		return u.zip(at, size)
	}
	return u.tar(bufio.NewReaderSize(r, 1<<16))
}

type unpacker struct {
	ctx context.Context
	limits
	root  *os.Root
	left  int64 // bytes
	count int
	dirs  map[string]bool // known to exist
}

func (u *unpacker) tar(r io.Reader) error {
	t := tar.NewReader(patient{u.ctx, r})
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the archive: %w", err)
		}
		mode := fs.FileMode(h.Mode) & fs.ModePerm
		switch h.Typeflag {
		case tar.TypeXGlobalHeader:
			continue
		case tar.TypeDir:
			err = u.dir(h.Name, mode)
		case tar.TypeReg, tar.TypeGNUSparse:
			err = u.file(h.Name, mode, h.ModTime, h.Size, t)
		case tar.TypeSymlink:
			err = u.symlink(h.Name, h.Linkname)
		case tar.TypeLink:
			err = u.link(h.Name, h.Linkname)
		default:
			err = errors.New("is neither a file, a directory nor a link")
		}
		if err != nil {
			return fmt.Errorf("%q: %w", h.Name, err)
		}
	}
}

func (u *unpacker) zip(r io.ReaderAt, size int64) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return fmt.Errorf("reading the archive: %w", err)
	}
	for _, f := range z.File {
		if err := u.zipped(f); err != nil {
			return fmt.Errorf("%q: %w", f.Name, err)
		}
	}
	return nil
}

func (u *unpacker) zipped(f *zip.File) error {
	mode := f.Mode()
	if mode.IsDir() {
		return u.dir(f.Name, mode&fs.ModePerm)
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	switch mode.Type() {
	case 0:
		return u.file(f.Name, mode&fs.ModePerm, f.Modified, int64(min(f.UncompressedSize64, math.MaxInt64)), r)
	case fs.ModeSymlink:
		target, err := io.ReadAll(io.LimitReader(r, int64(u.name)+1))
		if err != nil {
			return err
		}
		return u.symlink(f.Name, string(target))
	}
	return errors.New("is neither a file, a directory nor a link")
}
