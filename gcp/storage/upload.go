package storage

import (
	"context"
	"io"
	"time"

	gcs "cloud.google.com/go/storage"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

// chunk is how much of an upload is held in memory. What is smaller goes in one
// request.
const chunk = 8 << 20

// stall is how long one chunk may take before it is sent again.
const stall = 2 * time.Minute

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
		Retryer(gcs.WithPolicy(gcs.RetryIdempotent)).
		NewWriter(ctx)
	w.ChunkSize = chunk
	w.ChunkTransferTimeout = stall
	w.ChunkRetryDeadline = c.access.Patience(c.access.Endpoints.Storage)
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

// uploaded is the error of an upload that ended with err.
func (c *Client) uploaded(err error, bucket, object string) error {
	if gcp.Code(err) == codes.FailedPrecondition {
		return nil
	}
	return c.access.Error(err, c.access.Endpoints.Storage, "sending gs://"+bucket+"/"+object)
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
