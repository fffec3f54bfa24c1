package fault_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
)

func TestFailsAsOftenAsAsked(t *testing.T) {
	t.Parallel()
	var s fault.Set
	s.Fail("Get", 2, codes.Aborted)
	for _, want := range []codes.Code{codes.Aborted, codes.Aborted, codes.OK} {
		if err := s.Take(t.Context(), "Get"); status.Code(err) != want {
			t.Errorf("%v, not %v", err, want)
		}
		if err := s.Take(t.Context(), "Put"); err != nil {
			t.Errorf("another operation: %v", err)
		}
	}
}

func TestSlowEndsWithTheContext(t *testing.T) {
	t.Parallel()
	var s fault.Set
	s.Slow("Get", time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Take(ctx, "Get"); status.Code(err) != codes.Canceled {
		t.Error(err)
	}
	s.Slow("Get", 0)
	if err := s.Take(t.Context(), "Get"); err != nil {
		t.Error(err)
	}
}

func TestCutPanicsInTheMiddle(t *testing.T) {
	t.Parallel()
	var s fault.Set
	s.Drop("Put", 1, 3)
	r := s.Cut("Put", httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/", strings.NewReader("hello")))
	buf := make([]byte, 10)
	if n, err := r.Body.Read(buf); n != 3 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	defer func() {
		if p := recover(); p != http.ErrAbortHandler {
			t.Errorf("panic %v", p)
		}
		if again := s.Cut("Put", r); again != r {
			t.Error("a drop that nobody asked for")
		}
	}()
	_, _ = r.Body.Read(buf)
}
