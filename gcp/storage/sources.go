package storage

import (
	"context"
	"io"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Sources keeps a project's source archives: in the bucket that somebody named, or
// in the one that gcloud would keep them in.
type Sources struct {
	Client  *Client
	Project string
	Named   string // "" = gcloud's
}

// Bucket is the bucket's name. Google lets no bucket be named after itself.
func (s Sources) Bucket() string {
	if s.Named != "" {
		return s.Named
	}
	return strings.ReplaceAll(strings.NewReplacer(":", "_", ".", "_").Replace(s.Project), "google", "elgoog") + "_cloudbuild"
}

// Ensure makes the bucket where there is none, and refuses one of a stranger's. A
// bucket that somebody named is left to them: it may be another project's.
func (s Sources) Ensure(ctx context.Context) error {
	if s.Named != "" {
		return nil
	}
	return s.Client.EnsureBucket(ctx, s.Project, s.Bucket(), "")
}

// Exists says whether an archive is there, whole.
func (s Sources) Exists(ctx context.Context, object string) (bool, error) {
	return s.Client.Exists(ctx, s.Bucket(), object)
}

// Read reads an archive.
func (s Sources) Read(ctx context.Context, object string) (io.ReadCloser, error) {
	return s.Client.Read(ctx, s.Bucket(), object)
}

// Upload stores what write writes, unless an archive of that name is there.
func (s Sources) Upload(ctx context.Context, object string, write func(io.Writer) error) error {
	err := s.Client.Upload(ctx, s.Bucket(), object, write)
	if s.Named != "" && errs.KindOf(err) == errs.NotFound {
		return errs.New(errs.NotFound, "Create it with `gcloud storage buckets create gs://"+s.Named+"`, or mend build.source_bucket.",
			"there is no bucket %s: %w", s.Named, err)
	}
	return err
}
