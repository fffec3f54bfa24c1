package registry

import (
	"context"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Push puts an image under a tag and gives its digest. Layers that the
// repository has already are not sent again.
func (c *Client) Push(ctx context.Context, image, tag string, img v1.Image) (digest string, err error) {
	doing := "pushing " + c.Ref(image, tag)
	ref, err := c.parse(image, tag)
	if err != nil {
		return "", err
	}
	h, err := img.Digest()
	if err != nil {
		return "", c.failed("Push", err, doing)
	}
	p, err := c.images.pusher()
	if err != nil {
		return "", c.failed("Push", err, doing)
	}
	return h.String(), c.failed("Push", p.Push(ctx, ref, img), doing)
}

// Copy puts an image that anybody may read under a tag of the repository: of an
// index of several platforms the one for linux on amd64.
func (c *Client) Copy(ctx context.Context, from, image, tag string) error {
	doing := "reading " + from
	ref, err := name.ParseReference(from, name.StrictValidation)
	if err != nil {
		return errs.New(errs.Internal, "", "the image reference %s: %w", from, err)
	}
	p, err := c.images.puller()
	if err != nil {
		return gcp.Error(err, doing)
	}
	d, err := p.Get(ctx, ref)
	if err != nil {
		return gcp.Error(err, doing)
	}
	img, err := d.Image()
	if err != nil {
		return gcp.Error(err, doing)
	}
	_, err = c.Push(ctx, image, tag, img)
	return err
}
