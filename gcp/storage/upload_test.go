package storage_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emustorage "github.com/gcpdeploy/gcpdeploy/gcp/emulator/storage"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

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
