package storage_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	gcs "cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/storage"
)

// serve opens a store in dir and the production client on it.
func serve(t *testing.T, dir string) (*storage.Store, *gcs.Client, string) {
	t.Helper()
	s, err := storage.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	c, err := gcs.NewClient(t.Context(), option.WithEndpoint(srv.URL+"/storage/v1/"), option.WithoutAuthentication())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return s, c, srv.URL
}

func write(ctx context.Context, t *testing.T, o *gcs.ObjectHandle, data []byte, chunk int) (*gcs.ObjectAttrs, error) {
	t.Helper()
	w := o.NewWriter(ctx)
	w.ChunkSize = chunk
	w.ContentType = "application/x-tar"
	if _, err := w.Write(data); err != nil {
		_ = w.Close()
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return w.Attrs(), nil
}

func read(ctx context.Context, t *testing.T, o *gcs.ObjectHandle, from, n int64) string {
	t.Helper()
	r, err := o.NewRangeReader(ctx, from, n)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestGoClient(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dir := t.TempDir()
	_, c, _ := serve(t, dir)
	b := c.Bucket("p_cloudbuild")
	if _, err := b.Attrs(ctx); !errors.Is(err, gcs.ErrBucketNotExist) {
		t.Fatalf("attrs of no bucket: %v", err)
	}
	if err := b.Create(ctx, "p", nil); err != nil {
		t.Fatal(err)
	}
	if err := b.Create(ctx, "p", nil); code(err) != 409 {
		t.Fatalf("second create: %v", err)
	}
	for _, test := range []struct {
		name        string
		size, chunk int
	}{
		{"source/empty.tgz", 0, 1 << 20},
		{"source/small one.tgz", 1000, 0}, // one streamed request
		{"source/multipart.tgz", 1000, 1 << 20},
		{"source/resumable.tgz", 700<<10 + 3, 256 << 10},
		{"source/even.tgz", 512 << 10, 256 << 10}, // the last chunk is empty
		{"source/ümläut #%?&.tgz", 10, 0},
	} {
		data := bytes.Repeat([]byte("0123456789abcdef"), test.size/16+1)[:test.size]
		o := b.Object(test.name)
		attrs, err := write(ctx, t, o.If(gcs.Conditions{DoesNotExist: true}), data, test.chunk)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if attrs.Size != int64(test.size) || attrs.Generation == 0 || attrs.ContentType != "application/x-tar" || attrs.Etag == "" {
			t.Errorf("%s: %+v", test.name, attrs)
		}
		if got := read(ctx, t, o, 0, -1); got != string(data) {
			t.Errorf("%s: read %d bytes", test.name, len(got))
		}
		if test.size >= 10 {
			if got := read(ctx, t, o.Generation(attrs.Generation), 3, 4); got != "3456" {
				t.Errorf("%s: range read %q", test.name, got)
			}
			if got := read(ctx, t, o, -3, -1); got != string(data[test.size-3:]) {
				t.Errorf("%s: suffix read %q", test.name, got)
			}
			if _, err := o.NewRangeReader(ctx, int64(test.size), -1); code(err) != 416 {
				t.Errorf("%s: read at the end: %v", test.name, err)
			}
		}
		if _, err := write(ctx, t, o.If(gcs.Conditions{DoesNotExist: true}), data, test.chunk); code(err) != 412 {
			t.Errorf("%s: second write: %v", test.name, err)
		}
		if _, err := o.Generation(attrs.Generation + 1).Attrs(ctx); !errors.Is(err, gcs.ErrObjectNotExist) {
			t.Errorf("%s: other generation: %v", test.name, err)
		}
	}

	_, again, _ := serve(t, dir) // a restart
	b = again.Bucket("p_cloudbuild")
	if got := read(ctx, t, b.Object("source/multipart.tgz"), 0, 4); got != "0123" {
		t.Errorf("after a restart: %q", got)
	}
	var names []string
	it := b.Objects(ctx, &gcs.Query{Prefix: "source/", StartOffset: "source/m"})
	it.PageInfo().MaxSize = 2
	for {
		o, err := it.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, o.Name)
	}
	if len(names) != 4 || names[0] != "source/multipart.tgz" {
		t.Errorf("list: %q", names)
	}
	o, err := b.Objects(ctx, &gcs.Query{Delimiter: "/"}).Next()
	if err != nil || o.Prefix != "source/" {
		t.Errorf("folded list: %v %v", o, err)
	}
	if err := b.Object(names[0]).Delete(ctx); err != nil {
		t.Fatal(err)
	}
	if err := b.Object(names[0]).Delete(ctx); !errors.Is(err, gcs.ErrObjectNotExist) {
		t.Errorf("second delete: %v", err)
	}
}

func TestBucketsAreAProjects(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, c, _ := serve(t, t.TempDir())
	if err := s.EnsureBucket("1.cloudbuild-logs.googleusercontent.com"); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"one", "two"} {
		if err := c.Bucket(p+"_cloudbuild").Create(ctx, p, nil); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for it := c.Buckets(ctx, "two"); ; {
		b, err := it.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, b.Name)
	}
	if len(names) != 1 || names[0] != "two_cloudbuild" {
		t.Errorf("buckets of two: %q", names)
	}
	if err := c.Bucket("one_cloudbuild").Create(ctx, "two", nil); code(err) != 409 {
		t.Errorf("create of another's: %v", err)
	}
}

func TestConcurrentCreatesHaveOneWinner(t *testing.T) {
	t.Parallel()
	s, c, _ := serve(t, t.TempDir())
	if err := s.EnsureBucket("bucket"); err != nil {
		t.Fatal(err)
	}
	errs := make(chan error, 8)
	for i := range 8 {
		go func() {
			_, err := write(t.Context(), t, c.Bucket("bucket").Object("o").If(gcs.Conditions{DoesNotExist: true}), []byte{byte(i)}, 0)
			errs <- err
		}()
	}
	won := 0
	for range 8 {
		if err := <-errs; err == nil {
			won++
		} else if code(err) != 412 {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d winners", won)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	s, c, url := serve(t, t.TempDir())
	if err := s.EnsureBucket("bucket"); err != nil {
		t.Fatal(err)
	}
	s.Faults.Fail("buckets.get", 1, codes.Unavailable)
	if _, err := c.Bucket("bucket").Attrs(t.Context()); err != nil {
		t.Errorf("the client retries a 503: %v", err)
	}
	s.Faults.Fail("buckets.get", 1, codes.PermissionDenied)
	if _, err := c.Bucket("bucket").Attrs(t.Context()); code(err) != 403 {
		t.Errorf("not refused: %v", err)
	}
	s.Faults.Drop("objects.insert", 1, 3)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/upload/storage/v1/b/bucket/o?uploadType=media&name=x", bytes.NewReader([]byte("hello")))
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := http.DefaultClient.Do(req); err == nil {
		resp.Body.Close()
		t.Errorf("connection not cut: %s", resp.Status)
	}
	if _, err := s.Stat("bucket", "x", 0); err == nil {
		t.Error("half an object is there")
	}
}

func code(err error) int {
	if e, ok := errors.AsType[*googleapi.Error](err); ok {
		return e.Code
	}
	return 0
}
