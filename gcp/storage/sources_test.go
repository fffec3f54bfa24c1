package storage_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/storage"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
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

// TestNamedBucket: one that somebody named is used as it is, and not made.
func TestNamedBucket(t *testing.T) {
	t.Parallel()
	c, _ := start(t)
	there := storage.Sources{Client: c, Project: "other-project", Named: bucket}
	if err := there.Ensure(t.Context()); err != nil {
		t.Error(err)
	}
	if err := there.Upload(t.Context(), "a.tgz", write([]byte("x"))); err != nil {
		t.Error(err)
	}
	if ok, err := there.Exists(t.Context(), "a.tgz"); !ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
	none := storage.Sources{Client: c, Project: project, Named: "no-such-bucket"}
	if err := none.Ensure(t.Context()); err != nil {
		t.Error(err)
	}
	err := none.Upload(t.Context(), "a.tgz", write([]byte("x")))
	if errs.KindOf(err) != errs.NotFound || !strings.Contains(errs.HintOf(err), "build.source_bucket") {
		t.Errorf("no such bucket: %v (%s)", err, errs.HintOf(err))
	}
}
