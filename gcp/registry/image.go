package registry

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	api "cloud.google.com/go/artifactregistry/apiv1"
	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

// Image is what the repository holds under one digest.
type Image struct {
	Name     string // package: "wheels"
	Digest   string
	Tags     []string // by name
	Size     int64    // bytes of its layers, which other images may share
	Uploaded time.Time
	Parts    []string // digests of what an index is made of; none for a plain image
}

// Images gives every image of the repository, the newest first; none where there
// is no such repository. It is one call for a thousand of them.
func (c *Client) Images(ctx context.Context) ([]Image, error) {
	var found []Image
	err := c.retry(ctx, "listing the images of "+c.Repository(), func(ctx context.Context, r *api.Client) error {
		found = nil
		it := r.ListDockerImages(ctx, &artifactregistrypb.ListDockerImagesRequest{
			Parent: c.resource(), PageSize: 1000,
		}, gcp.Once)
		for {
			i, err := it.Next()
			if errors.Is(err, iterator.Done) {
				return nil
			}
			if err != nil {
				return err
			}
			found = append(found, imageOf(i))
		}
	})
	if gcp.Code(err) == codes.NotFound {
		return nil, nil
	}
	slices.SortFunc(found, func(a, b Image) int {
		return cmp.Or(b.Uploaded.Compare(a.Uploaded), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Digest, b.Digest))
	})
	return found, err
}

func imageOf(i *artifactregistrypb.DockerImage) Image {
	escaped, digest, _ := strings.Cut(last(i.GetName()), "@")
	name, err := url.PathUnescape(escaped)
	if err != nil {
		name = escaped
	}
	image := Image{Name: name, Digest: digest, Tags: slices.Sorted(slices.Values(i.GetTags())), Size: i.GetImageSizeBytes(), Uploaded: i.GetUploadTime().AsTime()}
	for _, m := range i.GetImageManifests() {
		image.Parts = append(image.Parts, m.GetDigest())
	}
	return image
}

// Tagged gives the tags of an image as they are now; ok is false where there is
// no such image any more.
func (c *Client) Tagged(ctx context.Context, image, digest string) (tags []string, ok bool, err error) {
	var v *artifactregistrypb.Version
	err = c.retry(ctx, "looking up "+c.Ref(image, digest), func(ctx context.Context, r *api.Client) (err error) {
		v, err = r.GetVersion(ctx, &artifactregistrypb.GetVersionRequest{
			Name: c.version(image, digest), View: artifactregistrypb.VersionView_FULL,
		}, gcp.Once)
		return err
	})
	if gcp.Code(err) == codes.NotFound {
		return nil, false, nil
	}
	for _, t := range v.GetRelatedTags() {
		tags = append(tags, last(t.GetName()))
	}
	slices.Sort(tags)
	return tags, err == nil, err
}

// Uploaded is when an image came to be what it is: pushed, or pushed again.
func (c *Client) Uploaded(ctx context.Context, image, digest string) (time.Time, error) {
	v, err := c.look(ctx, image, digest)
	return v.GetUpdateTime().AsTime(), err
}

// Created is when an image was pushed first.
func (c *Client) Created(ctx context.Context, image, digest string) (time.Time, error) {
	v, err := c.look(ctx, image, digest)
	return v.GetCreateTime().AsTime(), err
}

// look reads an image's record.
func (c *Client) look(ctx context.Context, image, digest string) (v *artifactregistrypb.Version, err error) {
	err = c.retry(ctx, "looking up "+c.Ref(image, digest), func(ctx context.Context, r *api.Client) (err error) {
		v, err = r.GetVersion(ctx, &artifactregistrypb.GetVersionRequest{Name: c.version(image, digest)}, gcp.Once)
		return err
	})
	return v, err
}

// DeleteImage removes an image with the tags that point to it, and waits until it
// is gone. One that is not there is no error; deleted is false for one that stays
// because an index is made of it.
func (c *Client) DeleteImage(ctx context.Context, image, digest string) (deleted bool, err error) {
	doing := "deleting " + c.Ref(image, digest)
	var op *api.DeleteVersionOperation
	var get gcp.GetOperation
	err = c.retry(ctx, doing, func(ctx context.Context, r *api.Client) (err error) {
		get = r.GetOperation
		op, err = r.DeleteVersion(ctx, &artifactregistrypb.DeleteVersionRequest{Name: c.version(image, digest), Force: true}, gcp.Once)
		return err
	})
	switch {
	case err != nil:
	case op.Done(): // most often; asking again would be a call more
		err = c.access.Error(op.Wait(ctx), c.endpoint(), doing)
	default:
		done, werr := c.access.Wait(ctx, c.endpoint(), doing, op.Name(), get, nil)
		if err = werr; err == nil {
			err = c.access.Error(gcp.Failed(done), c.endpoint(), doing)
		}
	}
	switch gcp.Code(err) {
	case codes.NotFound:
		return true, nil
	case codes.FailedPrecondition:
		return false, nil
	}
	return err == nil, err
}

// version is the resource name of an image by digest.
func (c *Client) version(image, digest string) string {
	return c.image(image) + "/versions/" + digest
}
