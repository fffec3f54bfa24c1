package e2e

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
)

// shelf is the Docker that images are saved from.
type shelf struct{ script *script }

func (s shelf) image(ref string) (v1.Image, error) {
	sp, err := s.script.load(ref)
	if errors.Is(err, fs.ErrNotExist) { // a base image
		sp, err = spec{Labels: map[string]string{}, Files: map[string]string{"etc/base": ref}}, nil
	}
	if err != nil {
		return nil, err
	}
	return sp.image()
}

func (s shelf) InspectImage(_ context.Context, ref string) (docker.Image, bool, error) {
	img, err := s.image(ref)
	if err != nil {
		return docker.Image{}, false, err
	}
	f, err := img.ConfigFile()
	if err != nil {
		return docker.Image{}, false, err
	}
	id, err := img.ConfigName()
	found := docker.Image{ID: id.String()}
	for _, l := range f.RootFS.DiffIDs {
		found.Layers = append(found.Layers, l.String())
	}
	return found, true, err
}

func (s shelf) Get(context.Context, string) error { return nil }

func (s shelf) Save(_ context.Context, ref string, to io.Writer) error {
	img, err := s.image(ref)
	if err != nil {
		return err
	}
	called, err := name.ParseReference(ref)
	if err != nil {
		return err
	}
	return tarball.Write(called, img, to)
}
