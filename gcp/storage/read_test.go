package storage_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emustorage "github.com/gcpdeploy/gcpdeploy/gcp/emulator/storage"
	"github.com/gcpdeploy/gcpdeploy/gcp/storage"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// TestReadArchive: an archive of several parts is read whole, though calls fail
// and connections are cut in the middle.
func TestReadArchive(t *testing.T) {
	t.Parallel()
	c, s := start(t)
	random := rand.NewChaCha8([32]byte{1})
	all := make([]byte, 9<<20)
	_, _ = random.Read(all)
	for name, data := range map[string][]byte{"large": all, "small": []byte("x"), "empty": nil} {
		if err := c.Upload(t.Context(), bucket, name, write(data)); err != nil {
			t.Fatal(err)
		}
	}
	var cut atomic.Int32
	wire := httptest.NewServer(cutting(t, s.URL(), &cut))
	t.Cleanup(wire.Close)
	sources := storage.Sources{Client: client(t, wire.URL+"/", s.TokenFile()), Project: project}
	read := func(name string) ([]byte, error) {
		r, err := sources.Read(t.Context(), name)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return io.ReadAll(r)
	}
	for name, want := range map[string][]byte{"large": all, "small": []byte("x"), "empty": {}} {
		cut.Store(2)
		emulator.Get[*emustorage.Store](s).Faults.Fail("objects.media", 2, codes.Unavailable)
		got, err := read(name)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes of %d, %v", name, len(got), len(want), err)
		}
	}
	cut.Store(0)
	if _, err := read("none"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("not there: %v", err)
	}
	emulator.Get[*emustorage.Store](s).Faults.Fail("objects.media", 1, codes.PermissionDenied)
	if _, err := read("large"); errs.KindOf(err) != errs.Auth || !strings.Contains(errs.HintOf(err), "roles/storage.objectViewer") {
		t.Errorf("denied: %v (%s)", err, errs.HintOf(err))
	}
}

// cutting is a way to the emulators on which some answers are cut in the middle.
func cutting(t *testing.T, to string, cut *atomic.Int32) http.Handler {
	t.Helper()
	at, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(at)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host = at.Host
		if r.URL.Query().Get("alt") == "media" && cut.Add(-1) >= 0 {
			w = &half{w}
		}
		proxy.ServeHTTP(w, r)
	})
}

// half ends the connection within the first bytes of an answer.
type half struct{ http.ResponseWriter }

func (h *half) Write(b []byte) (int, error) {
	_, _ = h.ResponseWriter.Write(b[:len(b)/2])
	panic(http.ErrAbortHandler)
}
