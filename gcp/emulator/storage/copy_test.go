package storage_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	gcs "cloud.google.com/go/storage"
)

// TestCopy: an object under another name has the same bytes, and metadata of its
// own where the request has some.
func TestCopy(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	_, c, at := serve(t, t.TempDir())
	from, to := c.Bucket("from-bucket"), c.Bucket("to-bucket")
	for _, b := range []*gcs.BucketHandle{from, to} {
		if err := b.Create(ctx, "p", nil); err != nil {
			t.Fatal(err)
		}
	}
	src, dst := from.Object("a/b c"), to.Object("copyTo/x")
	attrs, err := write(ctx, t, src, []byte("bytes"), 0)
	if err != nil {
		t.Fatal(err)
	}
	got, err := dst.CopierFrom(src).Run(ctx)
	if err != nil || got.ContentType != "application/x-tar" || got.CRC32C != attrs.CRC32C || got.Generation == attrs.Generation {
		t.Fatalf("%+v, %v", got, err)
	}
	if text := read(ctx, t, dst, 0, -1); text != "bytes" {
		t.Errorf("copied %q", text)
	}
	copier := dst.CopierFrom(src)
	copier.ContentType, copier.Metadata = "text/plain", map[string]string{"k": "v"}
	if got, err = copier.Run(ctx); err != nil || got.ContentType != "text/plain" || got.Metadata["k"] != "v" {
		t.Errorf("with metadata: %+v, %v", got, err)
	}
	for name, tt := range map[string]struct {
		src, dst *gcs.ObjectHandle
		code     int
	}{
		"no source":            {from.Object("none"), dst, 404},
		"no bucket":            {src, c.Bucket("no-bucket").Object("x"), 404},
		"there already":        {src, dst.If(gcs.Conditions{DoesNotExist: true}), 412},
		"another source":       {src.If(gcs.Conditions{GenerationMatch: 7}), dst, 412},
		"not that source":      {src.If(gcs.Conditions{GenerationNotMatch: attrs.Generation}), dst, 412},
		"a generation of old":  {src.Generation(7), dst, 404},
		"this very generation": {src.Generation(attrs.Generation), dst, 0},
	} {
		if _, err := tt.dst.CopierFrom(tt.src).Run(ctx); code(err) != tt.code {
			t.Errorf("%s: %v, want %d", name, err, tt.code)
		}
	}
	// copyTo is the older form, without a body.
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at+"/storage/v1/b/from-bucket/o/"+url.PathEscape("a/b c")+"/copyTo/b/to-bucket/o/old", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, _ := io.ReadAll(res.Body); res.StatusCode != 200 || !strings.Contains(string(body), `"kind":"storage#object"`) || read(ctx, t, to.Object("old"), 0, -1) != "bytes" {
		t.Errorf("copyTo: %s %s", res.Status, body)
	}
}
