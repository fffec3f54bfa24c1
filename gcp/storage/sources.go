package storage

import (
	"context"
	"io"
	"strings"
)

// Sources keeps a project's source archives, in the bucket that gcloud would
// keep them in.
type Sources struct {
	Client  *Client
	Project string
}

// Bucket is the bucket's name. Google lets no bucket be named after itself.
func (s Sources) Bucket() string {
	return strings.ReplaceAll(strings.NewReplacer(":", "_", ".", "_").Replace(s.Project), "google", "elgoog") + "_cloudbuild"
}

// Ensure makes the bucket where there is none, and refuses one of a stranger's.
func (s Sources) Ensure(ctx context.Context) error {
	return s.Client.EnsureBucket(ctx, s.Project, s.Bucket(), "")
}

// Exists says whether an archive is there, whole.
func (s Sources) Exists(ctx context.Context, object string) (bool, error) {
	return s.Client.Exists(ctx, s.Bucket(), object)
}

// Read reads an archive.
func (s Sources) Read(ctx context.Context, object string) (io.ReadCloser, error) {
	return s.Client.ReadFrom(ctx, s.Bucket(), object, 0)
}

// Upload stores what write writes, unless an archive of that name is there.
func (s Sources) Upload(ctx context.Context, object string, write func(io.Writer) error) error {
	return s.Client.Upload(ctx, s.Bucket(), object, write)
}
