package scheduler

import (
	"slices"
	"testing"
	"time"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/protobuf/types/known/durationpb"
)

// TestBackoff is the example of the API's reference.
func TestBackoff(t *testing.T) {
	t.Parallel()
	r := &schedulerpb.RetryConfig{MaxDoublings: 3, MinBackoffDuration: durationpb.New(10 * time.Second), MaxBackoffDuration: durationpb.New(300 * time.Second)}
	var got []float64
	for n := range 8 {
		got = append(got, backoff(r, n).Seconds())
	}
	if want := []float64{10, 20, 40, 80, 160, 240, 300, 300}; !slices.Equal(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
}

func TestAgain(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		count       int32
		most, since time.Duration
		tries       int
		want        bool
	}{
		{0, 0, 0, 1, false},
		{0, time.Hour, 0, 1, false},
		{2, 0, 0, 2, true},
		{2, 0, 0, 3, false},
		{2, time.Hour, time.Minute, 3, true},
		{2, time.Hour, time.Hour, 3, false},
		{5, time.Minute, time.Hour, 3, true},
	} {
		j := &job{began: now.Add(-c.since), tries: c.tries, message: &schedulerpb.Job{RetryConfig: &schedulerpb.RetryConfig{RetryCount: c.count, MaxRetryDuration: durationpb.New(c.most)}}}
		if got := again(j, now); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
