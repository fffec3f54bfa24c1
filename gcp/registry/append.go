package registry

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/gcpdeploy/gcpdeploy/internal/layer"
)

// Append puts an image and one layer more under a tag of another one, and gives the
// digest. The layers below are not read, and sent only where the registry cannot take
// them from the image that has them. There is no time in it but that of the image
// below: the same image, layer and configuration give the same digest wherever and
// whenever. The tag is written last.
func (c *Client) Append(ctx context.Context, image, digest, to, tag string, l layer.Blob, more layer.Config) (appended string, err error) {
	below, err := c.pull(ctx, image, digest)
	if err != nil {
		return "", err
	}
	img, err := appendTo(below, l, more)
	if err != nil {
		return "", c.failed("Get", err, "adding a layer to "+c.Ref(image, digest))
	}
	return c.Push(ctx, to, tag, img)
}

func appendTo(below v1.Image, l layer.Blob, more layer.Config) (v1.Image, error) {
	b := blob{Blob: l, kind: types.DockerLayer}
	if mt, err := below.MediaType(); err == nil && mt == types.OCIManifestSchema1 {
		b.kind = types.OCILayer
	}
	added, err := partial.CompressedToLayer(b)
	if err != nil {
		return nil, err
	}
	config, err := below.ConfigFile()
	if err != nil {
		return nil, err
	}
	img, err := mutate.Append(below, mutate.Addendum{
		Layer: added, MediaType: b.kind, History: v1.History{Created: config.Created, CreatedBy: "gcpdeploy: add the app"},
	})
	if err != nil {
		return nil, err
	}
	if config, err = img.ConfigFile(); err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	configure(&config.Config, more)
	return mutate.ConfigFile(img, config)
}

// configure changes an image's configuration as the lines of a Dockerfile do.
func configure(c *v1.Config, more layer.Config) {
	if more.WorkDir != "" {
		c.WorkingDir = more.WorkDir
	}
	for _, name := range slices.Sorted(maps.Keys(more.Env)) {
		setEnv(c, name, more.Env[name])
	}
	for _, port := range more.Ports {
		if c.ExposedPorts == nil {
			c.ExposedPorts = map[string]struct{}{}
		}
		c.ExposedPorts[fmt.Sprintf("%d/tcp", port)] = struct{}{}
	}
	c.Entrypoint, c.Cmd, c.ArgsEscaped = more.Entrypoint, nil, true // in exec form
	if c.Labels == nil && len(more.Labels) > 0 {
		c.Labels = map[string]string{}
	}
	maps.Copy(c.Labels, more.Labels)
}

func setEnv(c *v1.Config, name, value string) {
	line := name + "=" + value
	if i := slices.IndexFunc(c.Env, func(old string) bool { return strings.HasPrefix(old, name+"=") }); i >= 0 {
		c.Env[i] = line
	} else {
		c.Env = append(c.Env, line)
	}
}

// blob is a compressed layer in a file.
type blob struct {
	layer.Blob
	kind types.MediaType
}

var _ partial.CompressedLayer = blob{}

// Digest implements partial.CompressedLayer.
func (b blob) Digest() (v1.Hash, error) { return v1.NewHash(b.Blob.Digest) }

// DiffID keeps partial from unpacking the layer to find out.
func (b blob) DiffID() (v1.Hash, error) { return v1.NewHash(b.ID) }

// Compressed implements partial.CompressedLayer.
func (b blob) Compressed() (io.ReadCloser, error) { return os.Open(b.Path) }

// Size implements partial.CompressedLayer.
func (b blob) Size() (int64, error) { return b.Blob.Size, nil }

// MediaType implements partial.CompressedLayer.
func (b blob) MediaType() (types.MediaType, error) { return b.kind, nil }
