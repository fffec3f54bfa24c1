package registry_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emuregistry "github.com/gcpdeploy/gcpdeploy/gcp/emulator/registry"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

func TestEnsureRepository(t *testing.T) {
	t.Parallel()
	f := start(t)
	if d, ok, err := f.Digest(t.Context(), "runtime", "key"); ok || err != nil {
		t.Errorf("no repository: %q, %v, %v", d, ok, err)
	}
	if images, err := f.Images(t.Context()); len(images) > 0 || err != nil {
		t.Errorf("no repository: %v, %v", images, err)
	}
	var g sync.WaitGroup
	for range 4 {
		g.Go(func() {
			if err := f.EnsureRepository(t.Context(), nil); err != nil {
				t.Error(err)
			}
		})
	}
	g.Wait()
	if err := f.EnsureRepository(t.Context(), nil); err != nil {
		t.Errorf("again: %v", err)
	}
}

func TestPin(t *testing.T) {
	t.Parallel()
	f := ready(t)
	d := f.push(t, "base", "3.12-slim", image(t, nil, map[string]string{"a": "1"}))
	var told atomic.Value
	stranger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a := r.Header.Get("Authorization"); a != "" {
			told.Store(a)
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	defer stranger.Close()
	for ref, want := range map[string]string{
		f.Ref("base", "3.12-slim"):                                       f.Repository() + "/base@" + d,
		f.Ref("base", "nothing"):                                         "",
		"python@sha256:" + strings.Repeat("1", 64):                       "python@sha256:" + strings.Repeat("1", 64),
		strings.TrimPrefix(stranger.URL, "http://") + "/lib/python:3.12": "",
		"127.0.0.1:1/lib/python:3.12":                                    "",
		"no reference":                                                   "",
	} {
		if got := f.Pin(t.Context(), ref); got != want {
			t.Errorf("Pin(%q) = %q, want %q", ref, got, want)
		}
	}
	if told.Load() != nil {
		t.Errorf("a stranger got %q", told.Load())
	}
}

func TestRegistryAway(t *testing.T) {
	t.Parallel()
	f := ready(t)
	d := f.push(t, "wheels", "run-1", image(t, nil, map[string]string{"a": "1"}))
	emulator.Get[*emuregistry.Server](f.server).Faults.Fail("manifests.GET", 100, codes.Unavailable)
	if _, err := f.Labels(t.Context(), "wheels", d); errs.KindOf(err) != errs.Transient {
		t.Errorf("err = %v (%v)", err, errs.KindOf(err))
	}
}
