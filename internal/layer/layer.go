// Package layer is a layer of an image in a file, and what an image says of itself
// beside its layers. Who writes a layer and who sends it to a registry share these
// values, and nothing else; what is in the layer is for its writer to know.
package layer

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"os"
)

// Blob is a compressed layer in a file. Digests are "sha256:…".
type Blob struct {
	Path   string
	Digest string // of the file
	ID     string // of what is compressed in it, which an image's configuration names
	Size   int64  // of the file, in bytes
}

// Config is what an image's configuration has over that of the image below.
type Config struct {
	WorkDir    string            `json:"workdir,omitempty"` // "" = as below
	Env        map[string]string `json:"env,omitempty"`
	Ports      []int             `json:"ports,omitempty"` // TCP
	Entrypoint []string          `json:"entrypoint"`      // without arguments of the image below
	Labels     map[string]string `json:"labels,omitempty"`
}

// Placed is a layer on its way into an image: a file, or what an image of the repository
// has already.
type Placed struct {
	Blob
	From string // the image that has it; "" = it is a file
	What string // for people: "numpy 2.3.5"
}

// Ground is what the configuration of an image that apps stand on has over that of the
// image below.
type Ground struct {
	WorkDir, User string
	Path          string   // put before PATH
	Env           []string // NAME=VALUE, without PATH
	Labels        map[string]string
}

// Writer compresses a tar into a file, and hashes both on the way: nothing of it is
// held. The same bytes give the same file, wherever and whenever.
type Writer struct {
	file    *os.File
	buffer  *bufio.Writer
	z       *members
	id, sum hash.Hash
	size    int64
}

// Create makes a Writer into a new file of a folder, "" for the system's. Close or
// Discard ends it.
func Create(dir string) (*Writer, error) {
	f, err := os.CreateTemp(dir, "layer-*.tar.gz")
	if err != nil {
		return nil, err
	}
	w := &Writer{file: f, id: sha256.New(), sum: sha256.New()}
	w.buffer = bufio.NewWriterSize(packed{w}, 256<<10)
	w.z = newMembers(w.buffer)
	return w, nil
}

// packed takes what is compressed.
type packed struct{ w *Writer }

func (p packed) Write(b []byte) (int, error) {
	n, err := p.w.file.Write(b)
	p.w.sum.Write(b[:n])
	p.w.size += int64(n)
	return n, err
}

// Write takes some of the tar.
func (w *Writer) Write(b []byte) (int, error) {
	w.id.Write(b)
	return w.z.Write(b)
}

// Close ends the file, which is the caller's to remove.
func (w *Writer) Close() (Blob, error) {
	if err := errors.Join(w.z.Close(), w.buffer.Flush(), w.file.Close()); err != nil {
		return Blob{}, errors.Join(err, os.Remove(w.file.Name()))
	}
	return Blob{Path: w.file.Name(), Digest: text(w.sum), ID: text(w.id), Size: w.size}, nil
}

// Discard ends the file, and removes it.
func (w *Writer) Discard() error {
	_ = w.z.Close()
	return errors.Join(w.file.Close(), os.Remove(w.file.Name()))
}

func text(h hash.Hash) string { return "sha256:" + hex.EncodeToString(h.Sum(nil)) }
