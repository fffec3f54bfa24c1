package registry

import (
	"context"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// PushNote pushes an image that has labels and no files, under a tag or, with "",
// by its digest alone, and gives the digest. The same labels give the same one.
func (c *Client) PushNote(ctx context.Context, image, tag string, labels map[string]string) (digest string, err error) {
	doing := "pushing a note to " + c.Repository() + "/" + image
	img, err := note(labels)
	if err != nil {
		return "", errs.New(errs.Internal, "", "%s: %w", doing, err)
	}
	if tag != "" {
		return c.Push(ctx, image, tag, img)
	}
	return c.pushDigest(ctx, image, img, doing)
}

// note makes the image. It has one layer, an empty one: there are registries that
// take no image without.
func note(labels map[string]string) (v1.Image, error) {
	l, err := newLayer()
	if err != nil {
		return nil, err
	}
	img, err := mutate.AppendLayers(mutate.MediaType(empty.Image, types.DockerManifestSchema2), l)
	if err != nil {
		return nil, err
	}
	f, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	f = f.DeepCopy()
	f.OS, f.Architecture, f.Config = "linux", "amd64", v1.Config{Labels: labels}
	return mutate.ConfigFile(img, f)
}
