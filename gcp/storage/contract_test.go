package storage_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/contract"
	"github.com/gcpdeploy/gcpdeploy/gcp/storage"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// TestContract is what a deploy and setup do with a bucket.
func TestContract(t *testing.T) {
	t.Parallel()
	at := contract.At(t, contract.Plain)
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: at.URL}, TokenFile: at.TokenFile})
	t.Cleanup(func() { _ = a.Close() })
	c, ctx, bucket := storage.New(a), t.Context(), contract.Name()
	t.Cleanup(func() {
		if err := c.DeleteBucket(context.Background(), bucket); err != nil {
			t.Error(err)
		}
	})
	if _, err := c.Bucket(ctx, at.Project, bucket); errs.KindOf(err) != errs.NotFound {
		t.Errorf("before: %v", err)
	}
	b := storage.Bucket{Location: at.Region, Uniform: true, Private: true, Labels: map[string]string{"a": "b"}, Rules: []storage.Rule{{Action: storage.Delete, Days: 7}}}
	if err := c.CreateBucket(ctx, at.Project, bucket, b); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Bucket(ctx, at.Project, bucket); err != nil || !got.Uniform || !got.Private || got.Labels["a"] != "b" || len(got.Rules) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := c.EnsureBucket(ctx, at.Project, bucket, at.Region); err != nil {
		t.Errorf("a bucket of ours: %v", err)
	}
	big := bytes.Repeat([]byte("0123456789abcdef"), 9<<16) // goes in chunks
	for object, data := range map[string][]byte{"a/small": []byte("archive"), "a/big": big, "a/empty": {}} {
		for range 2 { // the same name is the same content
			if err := c.Upload(ctx, bucket, object, write(data)); err != nil {
				t.Errorf("%s: %v", object, err)
			}
		}
		if ok, err := c.Exists(ctx, bucket, object); !ok || err != nil {
			t.Errorf("%s: %v, %v", object, ok, err)
		}
		from := int64(len(data) / 2)
		r, err := c.ReadFrom(ctx, bucket, object, from)
		if err != nil {
			t.Errorf("%s: %v", object, err)
			continue
		}
		got, err := io.ReadAll(r)
		if _ = r.Close(); err != nil || !bytes.Equal(got, data[from:]) {
			t.Errorf("%s: %d bytes from %d, %v", object, len(got), from, err)
		}
	}
	if ok, err := c.Exists(ctx, bucket, "none"); ok || err != nil {
		t.Errorf("none: %v, %v", ok, err)
	}
	if _, err := c.ReadFrom(ctx, bucket, "none", 0); errs.KindOf(err) != errs.NotFound {
		t.Errorf("none: %v", err)
	}
	for range 2 {
		if err := c.DeleteBucket(ctx, bucket); err != nil {
			t.Error(err)
		}
	}
}
