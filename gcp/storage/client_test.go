package storage_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emustorage "github.com/gcpdeploy/gcpdeploy/gcp/emulator/storage"
	"github.com/gcpdeploy/gcpdeploy/gcp/storage"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

const project, bucket = "my-project", "my-project_cloudbuild"

// start gives a client of emulators of the test's own, with the bucket made.
func start(t *testing.T) (*storage.Client, *emulator.Server) {
	t.Helper()
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	c := client(t, s.URL(), s.TokenFile())
	if err := c.EnsureBucket(t.Context(), project, bucket, ""); err != nil {
		t.Fatal(err)
	}
	return c, s
}

func client(t *testing.T, endpoint, token string) *storage.Client {
	t.Helper()
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: endpoint}, TokenFile: token})
	t.Cleanup(func() { _ = a.Close() })
	return storage.New(a)
}

func write(data []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.Copy(w, bytes.NewReader(data))
		return err
	}
}

func read(t *testing.T, c *storage.Client, object string, offset int64) []byte {
	t.Helper()
	r, err := c.ReadFrom(t.Context(), bucket, object, offset)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestUpload(t *testing.T) {
	t.Parallel()
	c, s := start(t)
	big := make([]byte, 20<<20) // three chunks
	_, _ = rand.Read(big)
	for object, data := range map[string][]byte{"source/small.tgz": []byte("archive"), "source/big.tgz": big, "source/empty.tgz": {}} {
		if ok, err := c.Exists(t.Context(), bucket, object); ok || err != nil {
			t.Errorf("%s before: %v, %v", object, ok, err)
		}
		if err := c.Upload(t.Context(), bucket, object, write(data)); err != nil {
			t.Errorf("%s: %v", object, err)
		}
		if ok, err := c.Exists(t.Context(), bucket, object); !ok || err != nil {
			t.Errorf("%s after: %v, %v", object, ok, err)
		}
		if got := read(t, c, object, 0); !bytes.Equal(got, data) {
			t.Errorf("%s: read %d bytes of %d", object, len(got), len(data))
		}
	}
	// The same name is the same content: what comes second changes nothing and is fine.
	for _, again := range [][]byte{[]byte("other"), big} {
		if err := c.Upload(t.Context(), bucket, "source/small.tgz", write(again)); err != nil {
			t.Errorf("again, %d bytes: %v", len(again), err)
		}
	}
	if got := read(t, c, "source/small.tgz", 0); string(got) != "archive" {
		t.Errorf("overwritten: %d bytes", len(got))
	}
	// A first try that is lost is made again.
	emulator.Get[*emustorage.Store](s).Faults.Fail("objects.insert", 1, codes.Unavailable)
	if err := c.Upload(t.Context(), bucket, "source/retried.tgz", write([]byte("archive"))); err != nil {
		t.Errorf("after a 503: %v", err)
	}
	emulator.Get[*emustorage.Store](s).Faults.Drop("objects.insert", 1, 3)
	if err := c.Upload(t.Context(), bucket, "source/dropped.tgz", write([]byte("archive"))); err != nil {
		t.Errorf("after a lost connection: %v", err)
	}
}

func TestUploadFails(t *testing.T) {
	t.Parallel()
	c, s := start(t)
	changed := errors.New("a file changed")
	for _, size := range []int{0, 10, 20 << 20} {
		object := fmt.Sprintf("source/%d.tgz", size)
		err := c.Upload(t.Context(), bucket, object, func(w io.Writer) error {
			if err := write(make([]byte, size))(w); err != nil || size == 0 {
				return errors.Join(changed, err)
			}
			return changed
		})
		if !errors.Is(err, changed) {
			t.Errorf("%d bytes: err = %v", size, err)
		}
		if ok, err := c.Exists(t.Context(), bucket, object); ok || err != nil {
			t.Errorf("%d bytes: exists %v, %v", size, ok, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := c.Upload(ctx, bucket, "source/stopped.tgz", func(w io.Writer) error {
		cancel()
		return write(make([]byte, 30<<20))(w)
	})
	if errs.KindOf(err) != errs.Interrupted {
		t.Errorf("stopped: err = %v (%v)", err, errs.KindOf(err))
	}
	if ok, _ := c.Exists(t.Context(), bucket, "source/stopped.tgz"); ok {
		t.Error("stopped, and there")
	}
	emulator.Get[*emustorage.Store](s).Faults.Fail("objects.insert", 1, codes.PermissionDenied)
	if err := c.Upload(t.Context(), bucket, "source/denied.tgz", write([]byte("x"))); errs.KindOf(err) != errs.Auth {
		t.Errorf("denied: err = %v (%v)", err, errs.KindOf(err))
	}
	if err := c.Upload(t.Context(), "my-project_nowhere", "x", write([]byte("x"))); errs.KindOf(err) != errs.NotFound {
		t.Errorf("no bucket: err = %v (%v)", err, errs.KindOf(err))
	}
}

func TestUploadAtOnce(t *testing.T) {
	t.Parallel()
	c, _ := start(t)
	var g sync.WaitGroup
	for range 8 {
		g.Go(func() {
			if err := c.Upload(t.Context(), bucket, "source/one.tgz", write([]byte("archive"))); err != nil {
				t.Error(err)
			}
		})
	}
	g.Wait()
}

func TestReadFrom(t *testing.T) {
	t.Parallel()
	c, s := start(t)
	if _, err := c.ReadFrom(t.Context(), bucket, "log.txt", 0); errs.KindOf(err) != errs.NotFound {
		t.Errorf("not there: %v (%v)", err, errs.KindOf(err))
	}
	w, err := emulator.Get[*emustorage.Store](s).Append(bucket, "log.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	var got []byte
	for i, line := range []string{"", "first\n", "", "second\n"} {
		if _, err := io.WriteString(w, line); err != nil {
			t.Fatal(err)
		}
		if more := read(t, c, "log.txt", int64(len(got))); string(more) != line {
			t.Errorf("read %d: %q, want %q", i, more, line)
		} else {
			got = append(got, more...)
		}
	}
	emulator.Get[*emustorage.Store](s).Faults.Fail("objects.media", 1, codes.PermissionDenied)
	if _, err := c.ReadFrom(t.Context(), bucket, "log.txt", 3); errs.KindOf(err) != errs.Auth {
		t.Errorf("denied: %v (%v)", err, errs.KindOf(err))
	}
	emulator.Get[*emustorage.Store](s).Faults.Fail("objects.media", 1, codes.Unavailable)
	if _, err := c.ReadFrom(t.Context(), bucket, "log.txt", 3); errs.KindOf(err) != errs.Transient {
		t.Errorf("away: %v (%v)", err, errs.KindOf(err))
	}
}

func TestEnsureBucket(t *testing.T) {
	t.Parallel()
	c, s := start(t)
	if err := c.EnsureBucket(t.Context(), project, bucket, ""); err != nil {
		t.Errorf("again: %v", err)
	}
	emulator.Get[*emustorage.Store](s).Faults.Fail("buckets.list", 2, codes.Unavailable)
	if err := c.EnsureBucket(t.Context(), project, bucket, ""); err != nil {
		t.Errorf("after two 503: %v", err)
	}
	emulator.Get[*emustorage.Store](s).Faults.Fail("buckets.list", 1, codes.PermissionDenied)
	if err := c.EnsureBucket(t.Context(), project, bucket, ""); errs.KindOf(err) != errs.Auth {
		t.Errorf("denied: %v (%v)", err, errs.KindOf(err))
	}
}

// A bucket of the name that is in nobody's list of ours is somebody else's.
func TestEnsureBucketOfAnother(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		list []string // what the project has, look by look
		kind errs.Kind
		ok   bool
	}{
		{"squatted", []string{`{}`, `{"items":[{"id":"` + bucket + `2","name":"` + bucket + `2"}]}`}, errs.Auth, false},
		{"made by another run of ours", []string{`{}`, `{"items":[{"id":"` + bucket + `","name":"` + bucket + `"}]}`}, 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			looks := 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if r.Method == http.MethodPost {
					w.WriteHeader(http.StatusConflict)
					_, _ = io.WriteString(w, `{"error":{"code":409,"message":"The requested bucket name is not available."}}`)
					return
				}
				_, _ = io.WriteString(w, tt.list[min(looks, len(tt.list)-1)])
				looks++
			}))
			defer s.Close()
			token := filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(token, []byte("t"), 0o600); err != nil {
				t.Fatal(err)
			}
			err := client(t, s.URL, token).EnsureBucket(t.Context(), project, bucket, "europe-west1")
			if (err == nil) != tt.ok || err != nil && (errs.KindOf(err) != tt.kind || !strings.Contains(err.Error(), "another project")) {
				t.Errorf("err = %v (%v)", err, errs.KindOf(err))
			}
		})
	}
}

// A server that is gone is an error soon, not a wait for ever.
func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("t"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := client(t, "http://127.0.0.1:1/", token)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for _, size := range []int{1, 20 << 20} {
		if err := c.Upload(ctx, bucket, "x", write(make([]byte, size))); errs.KindOf(err) != errs.Transient || ctx.Err() != nil {
			t.Errorf("%d bytes: %v (%v)", size, err, errs.KindOf(err))
		}
	}
	if _, err := c.Exists(ctx, bucket, "x"); errs.KindOf(err) != errs.Transient || ctx.Err() != nil {
		t.Errorf("Exists: %v (%v)", err, errs.KindOf(err))
	}
}
