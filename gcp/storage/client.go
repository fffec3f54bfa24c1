// Package storage makes the few calls to Cloud Storage that a deploy needs: the
// bucket of source archives, one upload that happens at most once, and reads of
// a log that grows. What is in the objects it does not know.
package storage

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"

	gcs "cloud.google.com/go/storage"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Client talks to Cloud Storage. It may be shared.
type Client struct {
	access *gcp.Access
	client func() (*gcs.Client, error)
}

// New makes a Client, which connects when it is first used.
func New(a *gcp.Access) *Client {
	return &Client{access: a, client: sync.OnceValues(func() (*gcs.Client, error) {
		opts, err := a.HTTP(a.Endpoint(gcp.Storage), "/storage/v1/")
		if err != nil {
			return nil, err
		}
		c, err := gcs.NewClient(context.Background(), append(opts, gcs.WithJSONReads())...)
		if err != nil {
			return nil, gcp.Error(err, "connecting to Cloud Storage")
		}
		c.SetRetry(gcs.WithPolicy(gcs.RetryNever))
		return c, nil
	})}
}

// retry makes a call that may be made twice.
func (c *Client) retry(ctx context.Context, doing string, call func(context.Context, *gcs.Client) error) error {
	g, err := c.client()
	if err != nil {
		return err
	}
	at := c.access.Endpoint(gcp.Storage)
	return c.access.Retry(ctx, at, doing, c.access.Patience(at), func(ctx context.Context) error { return call(ctx, g) })
}

// EnsureBucket makes a project's bucket where there is none (location "" =
// Google's default). A bucket of that name which belongs to somebody else is
// refused: whoever made it first would get the sources.
func (c *Client) EnsureBucket(ctx context.Context, project, bucket, location string) error {
	// One call when all is as it was: our own buckets with that name.
	ours, err := c.ours(ctx, project, bucket)
	if err != nil || ours {
		return err
	}
	doing := "creating the bucket " + bucket
	err = c.retry(ctx, doing, func(ctx context.Context, g *gcs.Client) error {
		err := g.Bucket(bucket).Create(ctx, project, &gcs.BucketAttrs{
			Location:                 location,
			UniformBucketLevelAccess: gcs.UniformBucketLevelAccess{Enabled: true},
			PublicAccessPrevention:   gcs.PublicAccessPreventionEnforced,
		})
		return gcp.Called(err, "storage.Create", "projects/"+project)
	})
	if err == nil || gcp.Code(err) != codes.AlreadyExists {
		return err
	}
	// It came into being since, or was there all the time and is not ours.
	if ours, err = c.ours(ctx, project, bucket); err != nil || ours {
		return err
	}
	return strangers(bucket)
}

// ours says whether the project has the bucket.
func (c *Client) ours(ctx context.Context, project, bucket string) (bool, error) {
	all, err := c.Buckets(ctx, project, bucket)
	_, ok := all[bucket]
	return ok, err
}

// Exists says whether an object is there, whole.
func (c *Client) Exists(ctx context.Context, bucket, object string) (bool, error) {
	err := c.retry(ctx, "looking for gs://"+bucket+"/"+object, func(ctx context.Context, g *gcs.Client) error {
		_, err := g.Bucket(bucket).Object(object).Attrs(ctx)
		return gcp.Called(err, "storage.Attrs", "buckets/"+bucket)
	})
	if missing(err) {
		return false, nil
	}
	return err == nil, err
}

// missing says whether an error means that the bucket or the object is not there.
func missing(err error) bool {
	return errors.Is(err, gcs.ErrObjectNotExist) || errors.Is(err, gcs.ErrBucketNotExist) || gcp.Code(err) == codes.NotFound
}

// ReadFrom reads an object's bytes from an offset on, those that are there now.
// An object that is as long as the offset gives no bytes; one that is not there
// is an error of kind NotFound.
func (c *Client) ReadFrom(ctx context.Context, bucket, object string, offset int64) (io.ReadCloser, error) {
	doing := "reading gs://" + bucket + "/" + object
	g, err := c.client()
	if err != nil {
		return nil, err
	}
	r, err := g.Bucket(bucket).Object(object).NewRangeReader(ctx, offset, -1)
	switch {
	case err == nil && r.Remain() == 0:
		// The library's reader of nothing is shared by all who read nothing.
		return http.NoBody, r.Close()
	case err == nil:
		return r, nil
	case gcp.Code(err) == codes.OutOfRange:
		return http.NoBody, nil
	case missing(err):
		return nil, errs.New(errs.NotFound, "", "%s: %w", doing, err)
	}
	return nil, c.access.Error(gcp.Called(err, "storage.NewRangeReader", "buckets/"+bucket), c.access.Endpoint(gcp.Storage), doing)
}
