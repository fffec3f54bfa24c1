package registry

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// Where distribution keeps what, below its root. The layout is documented with
// its storage paths and has been the same since 2015.
const (
	repositoriesPath = "docker/registry/v2/repositories"
	blobsPath        = "docker/registry/v2/blobs/sha256"
)

func (s *Server) ociPath(oci string) string {
	return filepath.Join(s.ociDir(), repositoriesPath, filepath.FromSlash(oci))
}

// packages lists the packages of a repository that hold an image.
func (s *Server) packages(n name) ([]name, error) {
	root := s.ociPath(n.project + "/" + n.repository)
	var all []name
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if !d.IsDir() || !strings.HasPrefix(d.Name(), "_") {
			return nil
		}
		if d.Name() == "_manifests" {
			rel, err := filepath.Rel(root, filepath.Dir(path))
			if err != nil {
				return err
			}
			p := n
			p.pkg = filepath.ToSlash(rel)
			versions, err := s.versions(p)
			if err != nil {
				return err
			}
			if len(versions) > 0 {
				all = append(all, p)
			}
		}
		return filepath.SkipDir
	})
	slices.SortFunc(all, func(a, b name) int { return strings.Compare(a.pkg, b.pkg) })
	return all, err
}

// version is one manifest of a package: when it came, and its tags.
type version struct {
	name
	uploaded time.Time
	tags     []string
}

// versions lists the manifests of a package by digest.
func (s *Server) versions(n name) ([]version, error) {
	dir := filepath.Join(s.ociPath(n.oci()), "_manifests", "revisions", "sha256")
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	tags, err := s.tags(n)
	if err != nil {
		return nil, err
	}
	byDigest := map[string][]string{}
	for _, t := range tags {
		byDigest[t.version] = append(byDigest[t.version], t.tag)
	}
	var all []version
	for _, e := range entries {
		fi, err := os.Stat(filepath.Join(dir, e.Name(), "link"))
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted
		}
		if err != nil {
			return nil, err
		}
		v := version{name: n, uploaded: fi.ModTime()}
		v.name.version = "sha256:" + e.Name()
		v.tags = byDigest[v.name.version]
		all = append(all, v)
	}
	return all, nil
}

// tags lists a package's tags by name, each with its version.
func (s *Server) tags(n name) ([]name, error) {
	entries, err := os.ReadDir(filepath.Join(s.ociPath(n.oci()), "_manifests", "tags"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var all []name
	for _, e := range entries {
		t := n
		t.tag = e.Name()
		t.version, err = s.current(t)
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted just now
		}
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// current is the digest that a tag points to.
func (s *Server) current(n name) (string, error) {
	data, err := os.ReadFile(filepath.Join(s.ociPath(n.oci()), "_manifests", "tags", n.tag, "current", "link"))
	if err == nil && !digestName.Match(data) {
		err = fs.ErrNotExist
	}
	return string(data), err
}

// stored says whether a manifest is in its package.
func (s *Server) stored(n name) bool {
	_, hex, _ := strings.Cut(n.version, ":")
	_, err := os.Stat(filepath.Join(s.ociPath(n.oci()), "_manifests", "revisions", "sha256", hex, "link"))
	return err == nil
}

// manifest is the part of a manifest or index that the API shows.
type manifest struct {
	MediaType    string
	ArtifactType string
	Config       descriptor
	Layers       []descriptor
	Manifests    []descriptor
}

type descriptor struct {
	MediaType string
	Digest    string
	Size      int64
	Platform  struct{ Architecture, OS, Variant string }
}

// manifest reads a version's manifest.
func (s *Server) manifest(digest string) (manifest, error) {
	_, hex, _ := strings.Cut(digest, ":")
	var m manifest
	path := filepath.Join(s.ociDir(), blobsPath, hex[:2], hex, "data")
	ok, err := frame.ReadState(s.config.Log, path, func(data []byte) error { return json.Unmarshal(data, &m) })
	if err != nil {
		return m, err
	}
	if !ok {
		return m, fs.ErrNotExist // a push brings it back
	}
	if m.MediaType == "" { // optional in OCI's own forms
		m.MediaType = "application/vnd.oci.image.manifest.v1+json"
		if m.Manifests != nil {
			m.MediaType = "application/vnd.oci.image.index.v1+json"
		}
	}
	return m, nil
}

// size is the bytes of an image's config and layers, of an index those of all
// its images.
func (m manifest) size(s *Server) int64 {
	n := m.Config.Size
	for _, l := range m.Layers {
		n += l.Size
	}
	for _, d := range m.Manifests {
		if !digestName.MatchString(d.Digest) {
			continue
		}
		if child, err := s.manifest(d.Digest); err == nil {
			n += child.size(s)
		}
	}
	return n
}
