package registry

import (
	"context"

	v1 "github.com/google/go-containerregistry/pkg/v1"
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
