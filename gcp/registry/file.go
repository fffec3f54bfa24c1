package registry

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"path"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// largest is the most that ReadFile gives.
const largest = 64 << 20

// ReadFile gives one file of an image; it is read from the last layer that has
// it, and that layer is verified by its digest as a whole.
func (c *Client) ReadFile(ctx context.Context, image, version, file string) ([]byte, error) {
	doing := "reading " + file + " in " + c.Ref(image, version)
	img, err := c.pull(ctx, image, version)
	if err != nil {
		return nil, err
	}
	layers, err := img.Layers()
	if err != nil {
		return nil, c.failed("Get", err, doing)
	}
	for i := len(layers) - 1; i >= 0; i-- {
		data, found, err := fileIn(layers[i], file)
		if err != nil {
			return nil, c.failed("Get", err, doing)
		}
		if found && data != nil {
			return data, nil
		}
		if found {
			break
		}
	}
	return nil, errs.New(errs.NotFound, "", "%s: the image has no such file", doing)
}

// fileIn looks for a file in a layer. One that the layer deletes is found, and nil.
func fileIn(l v1.Layer, file string) (data []byte, found bool, err error) {
	r, err := l.Uncompressed()
	if err != nil {
		return nil, false, err
	}
	defer func() {
		// The digest is checked at the end of the stream.
		if _, cerr := io.Copy(io.Discard, r); err == nil && cerr != nil {
			data, found, err = nil, false, cerr
		}
		if cerr := r.Close(); err == nil && cerr != nil {
			data, found, err = nil, false, cerr
		}
	}()
	file = clean(file)
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return data, found, nil
		}
		if err != nil {
			return nil, false, err
		}
		switch at := clean(h.Name); {
		case at == file && h.Typeflag == tar.TypeReg:
			if h.Size > largest {
				return nil, false, errs.New(errs.Internal, "", "%s has %d bytes, which is too much", file, h.Size)
			}
			if data, err = io.ReadAll(t); err != nil {
				return nil, false, err
			}
			if data == nil {
				data = []byte{}
			}
			found = true
		case !found && hides(at, file):
			found = true
		}
	}
}

// hides says whether a whiteout entry removes a file of the layers below.
func hides(entry, file string) bool {
	dir, base := path.Split(entry)
	if base == ".wh..wh..opq" {
		return strings.HasPrefix(file, dir)
	}
	gone, ok := strings.CutPrefix(base, ".wh.")
	return ok && (file == dir+gone || strings.HasPrefix(file, dir+gone+"/"))
}

func clean(p string) string { return strings.TrimPrefix(path.Clean("/"+p), "/") }
