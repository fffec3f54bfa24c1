package registry

import (
	"context"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Plain puts beside an image one without its last layer, which tells of its run, with
// these labels and no time, history or environment of its own, and gives its digest: the
// same layers, platform and labels give the same digest wherever and whenever. It gets
// no tag. The layers are not sent again.
func (c *Client) Plain(ctx context.Context, image, digest string, labels map[string]string) (plain string, err error) {
	doing := "making a plain image of " + c.Ref(image, digest)
	img, err := c.pull(ctx, image, digest)
	if err != nil {
		return "", err
	}
	made, err := plainOf(img, labels)
	if err != nil {
		return "", c.failed("Push", err, doing)
	}
	return c.pushDigest(ctx, image, made, doing)
}

func plainOf(img v1.Image, labels map[string]string) (v1.Image, error) {
	layers, err := img.Layers()
	if err != nil {
		return nil, err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	if len(layers) > 1 {
		layers = layers[:len(layers)-1]
	}
	manifest, kind := types.DockerManifestSchema2, types.DockerConfigJSON
	if mt, err := img.MediaType(); err == nil && mt == types.OCIManifestSchema1 {
		manifest, kind = types.OCIManifestSchema1, types.OCIConfigJSON
	}
	made, err := mutate.AppendLayers(mutate.ConfigMediaType(mutate.MediaType(empty.Image, manifest), kind), layers...)
	if err != nil {
		return nil, err
	}
	f, err := made.ConfigFile()
	if err != nil {
		return nil, err
	}
	f = f.DeepCopy()
	f.OS, f.Architecture, f.Variant, f.History = config.OS, config.Architecture, config.Variant, nil
	f.Config = v1.Config{Labels: labels}
	return mutate.ConfigFile(made, f)
}
