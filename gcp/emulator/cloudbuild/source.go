package cloudbuild

import (
	"context"
	"fmt"
	"io"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

// fetch reads a build's source archive from storage into the workspace.
func (s *Server) fetch(ctx context.Context, b *cloudbuildpb.Build, workspace string, log io.Writer) error {
	src := b.GetSourceProvenance().GetResolvedStorageSource()
	url := fmt.Sprintf("gs://%s/%s#%d", src.GetBucket(), src.GetObject(), src.GetGeneration())
	fmt.Fprintf(log, "Fetching storage object: %s\n", url)
	if err := s.cfg.Store.May(as(ctx, b), src.GetBucket(), "storage.objects.get"); err != nil {
		return fmt.Errorf("failed to fetch source %s: %w", url, err)
	}
	f, info, err := s.cfg.Store.Open(src.GetBucket(), src.GetObject(), src.GetGeneration())
	if err != nil {
		return fmt.Errorf("failed to fetch source %s: %w", url, err)
	}
	defer f.Close()
	fmt.Fprintf(log, "Copying %s...\n", url)
	if err := worker.Unpack(ctx, f, info.Size, workspace); err != nil {
		return fmt.Errorf("failed to unpack source %s: %w", url, err)
	}
	fmt.Fprintf(log, "Operation completed over 1 objects/%s.\n", bytesText(info.Size))
	return nil
}

// bytesText is a size as gsutil prints it.
func bytesText(n int64) string {
	size, unit := float64(n), "B"
	for _, u := range []string{"KiB", "MiB", "GiB"} {
		if size < 1024 {
			break
		}
		size, unit = size/1024, u
	}
	return fmt.Sprintf("%.1f %s", size, unit)
}
