package storage

import (
	"context"
	"io"

	gcs "cloud.google.com/go/storage"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// part is how much of an object one call reads: so little that a slow line has it
// before the call is given up.
const part = 4 << 20

// Read reads an object that does not change, part by part, each as patiently as any
// other call. One that is not there is an error of kind NotFound.
func (c *Client) Read(ctx context.Context, bucket, object string) (io.ReadCloser, error) {
	r := &parts{ctx: ctx, client: c, bucket: bucket, object: object}
	return r, r.next()
}

// parts is an object as it is read.
type parts struct {
	ctx            context.Context // of Read, as of every reader of an object
	client         *Client
	bucket, object string
	at, size       int64
	rest           []byte // of the part that is here
}

// next reads the next part.
func (p *parts) next() error {
	doing := "reading gs://" + p.bucket + "/" + p.object
	err := p.client.retry(p.ctx, doing, func(ctx context.Context, g *gcs.Client) error {
		r, err := g.Bucket(p.bucket).Object(p.object).NewRangeReader(ctx, p.at, part)
		if gcp.Code(err) == codes.OutOfRange { // nothing is in it
			p.rest, p.size = nil, p.at
			return nil
		}
		if err != nil {
			return gcp.Called(err, "storage.NewRangeReader", "buckets/"+p.bucket)
		}
		defer r.Close()
		if p.rest, err = io.ReadAll(r); err != nil {
			return err
		}
		p.size = r.Attrs.Size
		return nil
	})
	if missing(err) {
		return errs.New(errs.NotFound, "", "%s: %w", doing, err)
	}
	p.at += int64(len(p.rest))
	if err == nil && len(p.rest) == 0 && p.at < p.size {
		err = errs.New(errs.Transient, "Run again.", "%s: %w", doing, io.ErrUnexpectedEOF)
	}
	return err
}

// Read implements io.Reader.
func (p *parts) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		if p.at >= p.size {
			return 0, io.EOF
		}
		if err := p.next(); err != nil {
			return 0, err
		}
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// Close implements io.Closer.
func (p *parts) Close() error { return nil }
