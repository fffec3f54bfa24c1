package registry

import (
	"context"
	"errors"

	api "cloud.google.com/go/artifactregistry/apiv1"
	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// CreateTag points a new tag to a digest. A tag that is there already stays as
// it is and its digest is adopted: created says which of the two happened.
func (c *Client) CreateTag(ctx context.Context, image, tag, digest string) (adopted string, created bool, err error) {
	doing := "creating the tag " + c.Ref(image, tag)
	err = c.retry(ctx, doing, func(ctx context.Context, r *api.Client) error {
		_, err := r.CreateTag(ctx, &artifactregistrypb.CreateTagRequest{
			Parent: c.image(image), TagId: tag, Tag: c.tag(image, tag, digest),
		}, gcp.Once)
		return err
	})
	if err == nil {
		return digest, true, nil
	}
	if gcp.Code(err) != codes.AlreadyExists {
		return "", false, err
	}
	adopted, ok, err := c.Digest(ctx, image, tag)
	if err == nil && !ok {
		err = errs.New(errs.Transient, "Run again.", "%s: it was there, and now it is not", doing)
	}
	return adopted, false, err
}

// MoveTag points a tag to a digest, wherever it pointed before, and makes it
// where there is none. The move is one call: whoever reads the tag meanwhile gets
// the old digest or the new one. A digest that is not there moves nothing.
func (c *Client) MoveTag(ctx context.Context, image, tag, digest string) error {
	move := func(ctx context.Context, r *api.Client) error {
		_, err := r.UpdateTag(ctx, &artifactregistrypb.UpdateTagRequest{
			Tag: c.tag(image, tag, digest), UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"version"}},
		}, gcp.Once)
		return err
	}
	doing := "moving the tag " + c.Ref(image, tag)
	err := c.retry(ctx, doing, move)
	if gcp.Code(err) != codes.NotFound {
		return err
	}
	// Nobody has the tag, or there is no such digest; creating it tells.
	now, _, err := c.CreateTag(ctx, image, tag, digest)
	if err == nil && now != digest { // another one created it in the meantime
		err = c.retry(ctx, doing, move)
	}
	return err
}

func (c *Client) tag(image, tag, digest string) *artifactregistrypb.Tag {
	return &artifactregistrypb.Tag{Name: c.image(image) + "/tags/" + tag, Version: c.version(image, digest)}
}

// DeleteTag removes a tag and leaves its image. One that is not there is no error.
func (c *Client) DeleteTag(ctx context.Context, image, tag string) error {
	err := c.retry(ctx, "deleting the tag "+c.Ref(image, tag), func(ctx context.Context, r *api.Client) error {
		return r.DeleteTag(ctx, &artifactregistrypb.DeleteTagRequest{Name: c.image(image) + "/tags/" + tag}, gcp.Once)
	})
	if gcp.Code(err) == codes.NotFound {
		return nil
	}
	return err
}

// Tags gives an image's tags with their digests; none where there is no such image.
func (c *Client) Tags(ctx context.Context, image string) (map[string]string, error) {
	var tags map[string]string
	err := c.retry(ctx, "listing the tags of "+c.Repository()+"/"+image, func(ctx context.Context, r *api.Client) error {
		tags = map[string]string{}
		it := r.ListTags(ctx, &artifactregistrypb.ListTagsRequest{Parent: c.image(image), PageSize: 1000}, gcp.Once)
		for {
			t, err := it.Next()
			if errors.Is(err, iterator.Done) {
				return nil
			}
			if err != nil {
				return err
			}
			tags[last(t.GetName())] = last(t.GetVersion())
		}
	})
	if gcp.Code(err) == codes.NotFound {
		return map[string]string{}, nil
	}
	return tags, err
}
