package storage

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	gcs "cloud.google.com/go/storage"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

// chunk is how much of an upload is held in memory. What is smaller goes in one
// request.
const chunk = 8 << 20

// retries is how often an upload's requests are sent again, all together. With
// the pauses between them it is about as patient as gcp.Access is; the library
// itself would try for ever.
const retries = 8

// slower is how much longer than a call one chunk may take before it is sent again.
const slower = 6

// Upload makes an object of what write writes, as it is written. The name is
// the content's, so an object that is there already is success; when write
// fails, or ctx ends, no object appears.
func (c *Client) Upload(ctx context.Context, bucket, object string, write func(io.Writer) error) error {
	g, err := c.client()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := g.Bucket(bucket).Object(object).
		If(gcs.Conditions{DoesNotExist: true}).
		Retryer(gcs.WithPolicy(gcs.RetryIdempotent), gcs.WithBackoff(c.backoff()), gcs.WithErrorFunc(budget(retries))).
		NewWriter(ctx)
	w.ChunkSize = chunk
	w.ChunkTransferTimeout = slower * c.access.Limit()
	w.ChunkRetryDeadline = c.access.Patience(c.access.Endpoint(gcp.Storage))
	w.ContentType = "application/x-tar"
	out := &watched{w: w}
	if err := write(out); err != nil {
		cancel() // before Close, which would make the object of what there is
		if out.began {
			_ = w.Close() // waits for the request to end
		}
		if out.err == nil {
			return err
		}
		return c.uploaded(out.err, bucket, object)
	}
	return c.uploaded(w.Close(), bucket, object)
}

// budget says which errors to send a request again for, n times at most. To the
// library's judgement it adds a connection that broke before the answer: the
// precondition makes a second try harmless.
func budget(n int64) func(error) bool {
	var used atomic.Int64
	return func(err error) bool {
		again := gcs.ShouldRetry(err) || gcp.Broken(err) && !errors.Is(err, context.Canceled) || gcp.Expired(err) && used.Load() == 0
		return again && used.Add(1) <= n
	}
}

// backoff is how the uploader pauses before it sends again.
func (c *Client) backoff() gax.Backoff {
	b := c.access.Backoff(c.access.Endpoint(gcp.Storage))
	return gax.Backoff{Initial: b.Initial, Max: 10 * max(b.Max, b.Initial), Multiplier: 2}
}

// uploaded is the error of an upload that ended with err.
func (c *Client) uploaded(err error, bucket, object string) error {
	if gcp.Code(err) == codes.FailedPrecondition {
		return nil
	}
	return c.access.Error(gcp.Called(err, "storage.NewWriter", "buckets/"+bucket), c.access.Endpoint(gcp.Storage), "sending gs://"+bucket+"/"+object)
}

// watched tells the errors of the upload from those of who writes to it.
type watched struct {
	w     io.Writer
	began bool
	err   error
}

// Write implements io.Writer.
func (w *watched) Write(b []byte) (int, error) {
	w.began = true
	n, err := w.w.Write(b)
	if err != nil {
		w.err = err
	}
	return n, err
}
