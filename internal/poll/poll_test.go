package poll_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/poll"
	"github.com/google/go-cmp/cmp"
)

var start = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

func TestUntil(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		backoff poll.Backoff
		asks    int // the asking that says done
		err     error
		want    []time.Duration
	}{
		{"at once", poll.Backoff{Initial: time.Second}, 1, nil, nil},
		{"even", poll.Backoff{Initial: time.Second}, 4, nil, []time.Duration{time.Second, time.Second, time.Second}},
		{"growing", poll.Backoff{Initial: time.Second, Max: 5 * time.Second, Factor: 2}, 5, nil,
			[]time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 5 * time.Second}},
		{"no limit", poll.Backoff{Initial: time.Second, Factor: 10}, 4, nil,
			[]time.Duration{time.Second, 10 * time.Second, 100 * time.Second}},
		{"start above limit", poll.Backoff{Initial: time.Minute, Max: time.Second, Factor: 2}, 2, nil, []time.Duration{time.Second}},
		{"zero value", poll.Backoff{}, 5, nil, nil},
		{"error ends it", poll.Backoff{Initial: time.Second}, 2, io.ErrUnexpectedEOF, []time.Duration{time.Second}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			clock, n := poll.NewJumping(start), 0
			err := poll.Until(t.Context(), clock, tt.backoff, func(context.Context) (bool, error) {
				n++
				return n == tt.asks && tt.err == nil, map[bool]error{true: tt.err}[n == tt.asks]
			})
			if !errors.Is(err, tt.err) || n != tt.asks {
				t.Errorf("Until = %v after %d askings, want %v after %d", err, n, tt.err, tt.asks)
			}
			if diff := cmp.Diff(tt.want, clock.Waits()); diff != "" {
				t.Errorf("waits (-want +got):\n%s", diff)
			}
			var sum time.Duration
			for i, w := range clock.Waits() {
				sum += w
				if got := tt.backoff.Pause(i); got != w {
					t.Errorf("Pause(%d) = %v, want %v", i, got, w)
				}
			}
			if got := clock.Now().Sub(start); got != sum {
				t.Errorf("clock moved %v, want %v", got, sum)
			}
		})
	}
}

func TestPauseNeverOverflows(t *testing.T) {
	t.Parallel()
	b := poll.Backoff{Initial: time.Hour, Factor: 1e6}
	if d := b.Pause(1000); d < time.Hour {
		t.Errorf("Pause(1000) = %v", d)
	}
}

// The real clock, in a bubble where its time is not real.
func TestUntilEndsWithTheCause(t *testing.T) {
	t.Parallel()
	why := errors.New("the revision was given 10 s")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 10*time.Second, why)
		defer cancel()
		began, n := time.Now(), 0
		err := poll.Until(ctx, poll.System, poll.Backoff{Initial: 4 * time.Second}, func(context.Context) (bool, error) {
			n++
			return false, nil
		})
		if !errors.Is(err, why) || n != 3 || time.Since(began) != 10*time.Second {
			t.Errorf("Until = %v after %d askings and %v", err, n, time.Since(began))
		}
	})
}

func TestUntilAsksNothingOnceEnded(t *testing.T) {
	t.Parallel()
	why := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	err := poll.Until(ctx, nil, poll.Backoff{}, func(context.Context) (bool, error) {
		t.Error("asked")
		return true, nil
	})
	if !errors.Is(err, why) {
		t.Errorf("Until = %v, want the cause", err)
	}
	if err := poll.Sleep(ctx, poll.System, time.Hour); !errors.Is(err, why) {
		t.Errorf("Sleep = %v, want the cause", err)
	}
}
