package e2e

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// spec is an image in our Docker: made here, or pulled.
type spec struct {
	Labels, Files map[string]string
	Report        string // of a wheels image, in a layer of its own
	Pulled        string // digest
}

func (s *script) file(ref string) string {
	sum := sha256.Sum256([]byte(ref))
	return filepath.Join(s.dir, "docker", hex.EncodeToString(sum[:]))
}

func (s *script) load(ref string) (sp spec, err error) {
	data, err := os.ReadFile(s.file(ref))
	if err == nil {
		err = json.Unmarshal(data, &sp)
	}
	return sp, err
}

func (s *script) save(ref string, sp spec) error {
	data, err := json.Marshal(sp)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(s.dir, "docker"), 0o700); err != nil {
		return err
	}
	return os.WriteFile(s.file(ref), data, 0o600)
}

// digest is what a reference in a build argument stands for.
func (s *script) digest(ref string) (string, error) {
	if _, d, ok := strings.Cut(ref, "@"); ok {
		return d, nil
	}
	sp, err := s.load(ref)
	if err != nil || sp.Pulled != "" {
		return sp.Pulled, err
	}
	img, err := sp.image()
	if err != nil {
		return "", err
	}
	h, err := img.Digest()
	return h.String(), err
}

func (sp spec) image() (v1.Image, error) {
	layers := []map[string]string{sp.Files}
	if sp.Report != "" {
		layers = append(layers, map[string]string{"report.json": sp.Report})
	}
	img := empty.Image
	for _, files := range layers {
		layer, err := layerOf(files)
		if err != nil {
			return nil, err
		}
		if img, err = mutate.AppendLayers(img, layer); err != nil {
			return nil, err
		}
	}
	labels := maps.Clone(sp.Labels)
	labels["e2e.text"] = strings.TrimSpace(sp.Files["app/wsgi.py"])
	return mutate.Config(img, v1.Config{Labels: labels})
}

func layerOf(files map[string]string) (v1.Layer, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(files[name]))}); err != nil {
			return nil, err
		}
		if _, err := io.WriteString(w, files[name]); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil })
}

// fileOf reads a file of a layer.
func fileOf(l v1.Layer, name string) (string, error) {
	r, err := l.Uncompressed()
	if err != nil {
		return "", err
	}
	defer r.Close()
	for files := tar.NewReader(r); ; {
		h, err := files.Next()
		if err != nil {
			return "", fmt.Errorf("looking for %s: %w", name, err)
		}
		if h.Name == name {
			data, err := io.ReadAll(files)
			return string(data), err
		}
	}
}

func readJSON(path string, v any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

func writeJSON(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}
