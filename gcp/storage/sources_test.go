package storage_test

import (
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/storage"
)

// TestBucket: `gcloud builds submit` names its bucket so.
func TestBucket(t *testing.T) {
	t.Parallel()
	for project, want := range map[string]string{
		"my-project":       "my-project_cloudbuild",
		"example.com:shop": "example_com_shop_cloudbuild",
		"google-maps":      "elgoog-maps_cloudbuild",
	} {
		if got := (storage.Sources{Project: project}).Bucket(); got != want {
			t.Errorf("%s: %s, want %s", project, got, want)
		}
	}
}
