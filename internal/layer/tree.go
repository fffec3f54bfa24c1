package layer

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// epoch is the time of all files of a layer: the oldest that a zip file can hold, as in
// the wheelhouse.
var epoch = time.Unix(315532800, 0).UTC()

// Tree is a tar of files, in a file, of whose folders layers are made. It is read where
// it lies: no more of it is held than its list.
type Tree struct {
	file   *os.File
	files  map[string]node
	sorted []string
}

// node is an entry of the tar: what it says, and where in the tar its content begins.
type node struct {
	tar.Header
	at int64
}

// OpenTree lists a tar. Close ends it.
func OpenTree(file string) (*Tree, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	t := &Tree{file: f, files: map[string]node{}}
	if err := t.list(); err != nil {
		return nil, errors.Join(fmt.Errorf("reading %s: %w", file, err), f.Close())
	}
	return t, nil
}

func (t *Tree) list() error {
	r := tar.NewReader(t.file) // which reads no more than it gives, of a file
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		at, err := t.file.Seek(0, io.SeekCurrent)
		if err != nil {
			return err
		}
		name := clean(h.Name)
		if _, twice := t.files[name]; !twice {
			t.sorted = append(t.sorted, name)
		}
		t.files[name] = node{*h, at}
	}
	slices.Sort(t.sorted)
	return nil
}

// Close ends the Tree.
func (t *Tree) Close() error { return t.file.Close() }

// Has says whether there is a folder of that name, with something in it.
func (t *Tree) Has(folder string) bool {
	i, _ := slices.BinarySearch(t.sorted, folder+"/")
	return i < len(t.sorted) && strings.HasPrefix(t.sorted[i], folder+"/")
}

// ReadFile gives a small file.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	n, ok := t.files[name]
	if !ok || n.Typeflag != tar.TypeReg {
		return nil, fmt.Errorf("%s: there is no file %s", t.file.Name(), name)
	}
	return io.ReadAll(t.content(n))
}

func (t *Tree) content(n node) io.Reader { return io.NewSectionReader(t.file, n.at, n.Size) }

// Layer writes what is below a folder into a new file in dir, as a layer. It has one
// order and one time whatever the tar's are, so that equal files are an equal layer.
func (t *Tree) Layer(ctx context.Context, folder, dir string) (b Blob, err error) {
	w, err := Create(dir)
	if err != nil {
		return Blob{}, err
	}
	if err = t.write(ctx, folder, w); err != nil {
		return Blob{}, errors.Join(err, w.Discard())
	}
	return w.Close()
}

func (t *Tree) write(ctx context.Context, folder string, to io.Writer) error {
	w := tar.NewWriter(to)
	first, _ := slices.BinarySearch(t.sorted, folder+"/")
	for _, name := range t.sorted[first:] {
		below, ok := strings.CutPrefix(name, folder+"/")
		if !ok {
			break
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := t.writeFile(w, t.files[name], below); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return w.Close()
}

func (t *Tree) writeFile(w *tar.Writer, n node, name string) error {
	if n.Typeflag == tar.TypeLink { // to what may be in another layer
		target, ok := t.files[clean(n.Linkname)]
		if !ok || target.Typeflag != tar.TypeReg {
			return fmt.Errorf("it is a link to %s, which is not there", n.Linkname)
		}
		n = target
	}
	h := &tar.Header{Typeflag: n.Typeflag, Name: name, Mode: n.Mode & 0o7777, Uid: n.Uid, Gid: n.Gid, ModTime: epoch}
	switch n.Typeflag {
	case tar.TypeDir:
		h.Name += "/"
	case tar.TypeSymlink:
		h.Linkname, h.Mode = n.Linkname, 0o777
	case tar.TypeReg:
		h.Size = n.Size
	default:
		return errors.New("it is neither a file nor a folder nor a link")
	}
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err := io.Copy(w, t.content(node{tar.Header{Size: h.Size}, n.at}))
	return err
}

func clean(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }
