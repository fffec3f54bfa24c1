package gcp_test

import (
	"context"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// TestRetrySlow: a call that gets no answer in time is made again, also by a
// server on this machine whose patience is over by then.
func TestRetrySlow(t *testing.T) {
	t.Parallel()
	const here = "http://127.0.0.1:1/"
	for _, tt := range []struct {
		name  string
		code  codes.Code
		fails int // then it is well
		calls int
		ok    bool
	}{
		{"slow twice", codes.DeadlineExceeded, 2, 3, true},
		{"slow for ever", codes.DeadlineExceeded, 9, 3, false},
		{"gone", codes.Unavailable, 9, 3, false},
		{"away, and asleep between two tries", codes.Unavailable, 2, 3, true},
		{"the token expired", codes.Unauthenticated, 1, 2, true},
		{"a bad token", codes.Unauthenticated, 9, 2, false},
		{"too many calls", codes.ResourceExhausted, 2, 3, true},
		{"refused", codes.PermissionDenied, 1, 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			clock := poll.NewJumping(time.Unix(0, 0))
			a := gcp.New(gcp.Config{Clock: clock})
			calls := 0
			err := a.Retry(t.Context(), here, "looking", a.Patience(here), func(context.Context) error {
				<-clock.After(20 * time.Second) // as long as one attempt may take
				if calls++; calls <= tt.fails {
					return status.Error(tt.code, "no")
				}
				return nil
			})
			if calls != tt.calls || (err == nil) != tt.ok {
				t.Errorf("%d calls, %v", calls, err)
			}
		})
	}
}
