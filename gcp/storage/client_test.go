package storage_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

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

// A server that is gone is an error, not a wait for ever.
func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("t"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := client(t, "http://127.0.0.1:1/", token)
	for _, size := range []int{1, 20 << 20} {
		if err := c.Upload(t.Context(), bucket, "x", write(make([]byte, size))); errs.KindOf(err) != errs.Transient {
			t.Errorf("%d bytes: %v (%v)", size, err, errs.KindOf(err))
		}
	}
	if _, err := c.Exists(t.Context(), bucket, "x"); errs.KindOf(err) != errs.Transient {
		t.Errorf("Exists: %v (%v)", err, errs.KindOf(err))
	}
}
