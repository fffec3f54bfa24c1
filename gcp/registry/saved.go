package registry

import (
	"context"
	"errors"
	"io"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/layer"
)

// PushSaved puts an image under a tag that lies in a file, as docker save writes it, and
// gives the digest: the same image gives the same one, whichever Docker has saved it. Its
// layers are compressed on all cores, beside the file; those that known has, images of the
// package by digest, are not even read.
func (c *Client) PushSaved(ctx context.Context, file, image, tag string, known ...string) (digest string, err error) {
	doing := "pushing " + c.Ref(image, tag)
	saved, err := tarball.ImageFromPath(file, nil)
	if err != nil {
		return "", errs.New(errs.Internal, "", "%s: reading what Docker saved: %w", doing, err)
	}
	have := map[string]Layer{}
	for _, digest := range known {
		_, layers, err := c.Content(ctx, image, digest)
		if err != nil {
			return "", err
		}
		for _, l := range layers {
			have[l.ID] = l
		}
	}
	layers, err := saved.Layers()
	if err != nil {
		return "", errs.New(errs.Internal, "", "%s: reading what Docker saved: %w", doing, err)
	}
	var packed []v1.Layer
	for _, l := range layers {
		p, err := c.pack(ctx, image, l, have, filepath.Dir(file))
		if err != nil {
			return "", c.failed("Get", err, doing)
		}
		packed = append(packed, p)
	}
	img, err := repacked(saved, packed)
	if err != nil {
		return "", errs.New(errs.Internal, "", "%s: %w", doing, err)
	}
	return c.put(ctx, image, tag, img, doing)
}

// pack gives a layer as a registry takes it.
func (c *Client) pack(ctx context.Context, image string, l v1.Layer, have map[string]Layer, dir string) (v1.Layer, error) {
	id, err := l.DiffID()
	if err != nil {
		return nil, err
	}
	if h, ok := have[id.String()]; ok {
		return c.mountable(ctx, image, layer.Blob{Digest: h.Blob, ID: h.ID, Size: h.Size}, types.DockerLayer)
	}
	from, err := l.Uncompressed()
	if err != nil {
		return nil, err
	}
	defer from.Close()
	w, err := layer.Create(dir)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(w, from); err != nil {
		return nil, errors.Join(err, w.Discard())
	}
	b, err := w.Close()
	if err != nil {
		return nil, err
	}
	return partial.CompressedToLayer(blob{Blob: b, kind: types.DockerLayer})
}

// repacked is an image with its layers as they are packed.
func repacked(saved v1.Image, packed []v1.Layer) (v1.Image, error) {
	config, err := saved.ConfigFile()
	if err != nil {
		return nil, err
	}
	img, err := mutate.AppendLayers(mutate.MediaType(empty.Image, types.DockerManifestSchema2), packed...)
	if err != nil {
		return nil, err
	}
	return mutate.ConfigFile(img, config.DeepCopy())
}
