package registry

import (
	"context"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// CopyFrom puts an image of another repository, by digest, into this one under a name,
// without a tag and with the digest that it has. Layers that are here already are not
// sent again, and within one registry none is sent that it can mount. The manifest comes
// last: who finds the image finds all of it.
func (c *Client) CopyFrom(ctx context.Context, other *Client, image, digest, as string) error {
	from, err := other.parse(image, digest)
	if err != nil {
		return err
	}
	get, err := other.images.puller()
	if err != nil {
		return other.failed("Get", err, "reading "+from.String())
	}
	found, err := get.Get(ctx, from)
	if err != nil {
		return other.failed("Get", err, "reading "+from.String())
	}
	doing := "copying " + from.String() + " to " + c.Repository() + "/" + as
	to, err := name.NewDigest(c.Ref(as, digest), name.StrictValidation)
	if err != nil {
		return errs.New(errs.Internal, "", "%s: %w", doing, err)
	}
	put, err := c.images.pusher()
	if err != nil {
		return c.failed("Push", err, doing)
	}
	return c.failed("Push", put.Push(ctx, to, found), doing)
}
