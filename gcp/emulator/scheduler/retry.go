package scheduler

import (
	"time"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
)

// again says whether an execution whose attempt failed gets one more. Of two limits
// both must be reached.
func again(j *job, now time.Time) bool {
	r := j.message.GetRetryConfig()
	if r.GetRetryCount() == 0 {
		return false
	}
	most := r.GetMaxRetryDuration().AsDuration()
	return j.tries <= int(r.GetRetryCount()) || most > 0 && now.Sub(j.began) < most
}

// backoff is the pause before a retry, counted from 0. Source: the proto's comment
// on max_doublings.
func backoff(r *schedulerpb.RetryConfig, n int) time.Duration {
	most, pause := r.GetMaxBackoffDuration().AsDuration(), r.GetMinBackoffDuration().AsDuration()
	doublings := int(r.GetMaxDoublings())
	for range min(n, doublings) {
		if pause *= 2; pause >= most {
			return most
		}
	}
	if n > doublings {
		pause *= time.Duration(n - doublings + 1)
	}
	return min(pause, most)
}
