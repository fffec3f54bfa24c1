package builder_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/layer"
)

// shelf is a registry that has layers, too.
type shelf struct {
	*registry
	mu      sync.Mutex
	layers  map[string]layer.Blob // by digest of their image
	lost    map[string]bool       // digests of layers
	stacked []string              // what the last image was made of
	age     time.Duration
	between func() // what another run does before a tag is created
}

func newShelf() *shelf {
	return &shelf{registry: &registry{tags: map[string]string{}, files: map[string]string{}}, layers: map[string]layer.Blob{}, lost: map[string]bool{}}
}

func (s *shelf) Digest(ctx context.Context, image, tag string) (string, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.registry.Digest(ctx, image, tag)
}

func (s *shelf) CreateTag(ctx context.Context, image, tag, digest string) (string, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.between != nil {
		s.between()
	}
	return s.registry.CreateTag(ctx, image, tag, digest)
}

func (s *shelf) MoveTag(ctx context.Context, image, tag, digest string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.registry.MoveTag(ctx, image, tag, digest)
}

func (s *shelf) Layer(_ context.Context, image, version string) (layer.Blob, map[string]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d, ok := s.tags[image+":"+version]; ok {
		version = d
	}
	b, ok := s.layers[version]
	if !ok {
		return b, nil, errs.New(errs.NotFound, "", "no image")
	}
	return b, nil, nil
}

func (s *shelf) Mount(_ context.Context, _, _ string, l layer.Blob) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost[l.Digest] {
		return errs.New(errs.NotFound, "", "lost")
	}
	return nil
}

func (s *shelf) MountImage(ctx context.Context, from, digest, to string) error {
	return s.Mount(ctx, from, to, layer.Blob{Digest: digest})
}

func (s *shelf) PushLayer(_ context.Context, _ string, l layer.Blob, _ map[string]string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.call("push %s", l.Digest); err != nil {
		return "", err
	}
	delete(s.lost, l.Digest)
	s.layers["image of "+l.Digest] = layer.Blob{Digest: l.Digest, ID: l.ID, Size: l.Size}
	return "image of " + l.Digest, nil
}

func (s *shelf) Stack(_ context.Context, image, digest, to, tag string, layers []layer.Placed, more layer.Ground) (string, error) {
	s.stacked = []string{image + "@" + digest}
	for _, l := range layers {
		where := "new"
		if l.From != "" {
			where = "of " + l.From
		} else if _, err := os.Stat(l.Path); err != nil {
			return "", err
		}
		s.stacked = append(s.stacked, l.What+" "+where)
	}
	s.tags[to+":"+tag] = fmt.Sprint("sha256:", strings.Join(s.stacked, ","), more)
	return s.tags[to+":"+tag], nil
}

func (s *shelf) Uploaded(context.Context, string, string) (time.Time, error) {
	return noon.Add(-s.age), nil
}

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
