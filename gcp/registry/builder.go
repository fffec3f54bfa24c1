package registry

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"encoding/pem"
	"io"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// BuilderImage is this program as an image: the linux executable exe as
// /gcpdeploy, what it is loaded with, and CA roots, on nothing. The roots are those that Mozilla trusts,
// as the Go project publishes them, not this machine's: the same executable
// gives the same image everywhere if it is static, as releases are.
func BuilderImage(exe string, labels map[string]string) (v1.Image, error) {
	arch, err := Architecture(exe)
	if err != nil {
		return nil, err
	}
	libs, err := libraries(exe)
	if err != nil {
		return nil, err
	}
	program, err := os.Open(exe)
	if err != nil {
		return nil, errs.New(errs.Internal, "", "reading the builder's program: %w", err)
	}
	defer program.Close()
	info, err := program.Stat()
	if err != nil {
		return nil, errs.New(errs.Internal, "", "reading the builder's program: %w", err)
	}
	img, err := builder(program, info.Size(), libs, arch, labels)
	if err != nil {
		return nil, errs.New(errs.Internal, "", "making the builder image: %w", err)
	}
	return img, nil
}

// Architecture is what a linux executable runs on.
func Architecture(exe string) (string, error) {
	f, err := elf.Open(exe)
	if err != nil {
		return "", errs.New(errs.Usage, "Use a linux build of gcpdeploy.", "%s cannot be read as a linux executable: %w", exe, err)
	}
	defer f.Close()
	switch f.Machine {
	case elf.EM_X86_64:
		return "amd64", nil
	case elf.EM_AARCH64:
		return "arm64", nil
	}
	return "", errs.New(errs.Usage, "Use gcpdeploy for amd64 or arm64.", "%s cannot be the builder image's program: it is for %v", exe, f.Machine)
}

func builder(program io.Reader, size int64, libs []entry, arch string, labels map[string]string) (v1.Image, error) {
	certs := roots()
	ca, err := newLayer(entry{"etc/ssl/certs/ca-certificates.crt", 0o644, int64(len(certs)), bytes.NewReader(certs)})
	if err != nil {
		return nil, err
	}
	// A folder for temporary files: on scratch there is none.
	exe, err := newLayer(append(libs, entry{"tmp/", 0o1777, 0, nil}, entry{"gcpdeploy", 0o755, size, program})...)
	if err != nil {
		return nil, err
	}
	img, err := mutate.AppendLayers(mutate.MediaType(empty.Image, types.DockerManifestSchema2), ca, exe)
	if err != nil {
		return nil, err
	}
	f, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	f = f.DeepCopy()
	f.OS, f.Architecture = "linux", arch
	f.Config = v1.Config{
		Entrypoint: []string{"/gcpdeploy"},
		Env:        []string{"PATH=/", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"},
		Labels:     labels,
	}
	return mutate.ConfigFile(img, f)
}

// roots are the CA roots without restrictions, as PEM.
func roots() []byte {
	var b bytes.Buffer
	for r := range bundle.Roots() {
		if r.Constraint == nil {
			_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: r.Certificate}) // a Buffer never fails
		}
	}
	return b.Bytes()
}

type entry struct {
	name string
	mode int64
	size int64
	body io.Reader
}

// packed is a compressed layer in memory, made and hashed in one pass.
type packed struct {
	data         []byte
	digest, diff v1.Hash
}

var _ partial.CompressedLayer = (*packed)(nil)

func newLayer(entries ...entry) (v1.Layer, error) {
	var data bytes.Buffer
	diff := sha256.New()
	z, err := gzip.NewWriterLevel(&data, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	t := tar.NewWriter(io.MultiWriter(diff, z))
	for _, e := range entries {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: e.name, Mode: e.mode, Size: e.size, Format: tar.FormatUSTAR}
		if e.body == nil {
			h.Typeflag = tar.TypeDir
		}
		if err := t.WriteHeader(h); err != nil {
			return nil, err
		}
		if e.body != nil {
			if _, err := io.Copy(t, e.body); err != nil {
				return nil, err
			}
		}
	}
	if err := t.Close(); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data.Bytes())
	return partial.CompressedToLayer(&packed{
		data:   data.Bytes(),
		digest: v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])},
		diff:   v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(diff.Sum(nil))},
	})
}

// Digest implements partial.CompressedLayer.
func (l *packed) Digest() (v1.Hash, error) { return l.digest, nil }

// DiffID keeps partial from unpacking the layer to find out.
func (l *packed) DiffID() (v1.Hash, error) { return l.diff, nil }

// Compressed implements partial.CompressedLayer.
func (l *packed) Compressed() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(l.data)), nil
}

// Size implements partial.CompressedLayer.
func (l *packed) Size() (int64, error) { return int64(len(l.data)), nil }

// MediaType implements partial.CompressedLayer.
func (l *packed) MediaType() (types.MediaType, error) { return types.DockerLayer, nil }
