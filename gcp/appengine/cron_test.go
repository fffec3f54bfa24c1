package appengine

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func job(name, schedule, uri string, change ...func(*Job)) Job {
	j := Job{Name: name, Schedule: schedule, TimeZone: "UTC", Legacy: true, Target: JobTarget{Method: "GET", URI: uri}}
	for _, f := range change {
		f(&j)
	}
	return j
}

// TestDifference: jobs are told by what a cron.yaml says of them, as they have no names.
func TestDifference(t *testing.T) {
	t.Parallel()
	retry := func(r JobRetry) func(*Job) { return func(j *Job) { j.Retry = &r } }
	for name, c := range map[string]struct{ have, want, add, remove []Job }{
		"nothing":   {},
		"the first": {want: []Job{job("", "every 1 hours", "/a")}, add: []Job{job("", "every 1 hours", "/a")}},
		"the last":  {have: []Job{job("x", "every 1 hours", "/a")}, remove: []Job{job("x", "every 1 hours", "/a")}},
		"all as they are, in another order": {
			have: []Job{job("x", "every 1 hours", "/a"), job("y", "every 1 hours", "/b")},
			want: []Job{job("", "every 1 hours", "/b"), job("", "every 1 hours", "/a")},
		},
		"a changed one": {
			have: []Job{job("x", "every 1 hours", "/a")}, want: []Job{job("", "every 2 hours", "/a")},
			add: []Job{job("", "every 2 hours", "/a")}, remove: []Job{job("x", "every 1 hours", "/a")},
		},
		"one of two that are alike": {
			have: []Job{job("x", "every 1 hours", "/a"), job("y", "every 1 hours", "/a")}, want: []Job{job("", "every 1 hours", "/a")},
			remove: []Job{job("y", "every 1 hours", "/a")},
		},
		"durations written otherwise": {
			have: []Job{job("x", "every 1 hours", "/a", retry(JobRetry{MinBackoff: "0.100s", MaxBackoff: "3600s", MaxDuration: "0s"}))},
			want: []Job{job("", "every 1 hours", "/a", retry(JobRetry{MinBackoff: "0.1s", MaxBackoff: "3600s"}))},
		},
		"other retries": {
			have: []Job{job("x", "every 1 hours", "/a")}, want: []Job{job("", "every 1 hours", "/a", retry(JobRetry{Count: 1}))},
			add: []Job{job("", "every 1 hours", "/a", retry(JobRetry{Count: 1}))}, remove: []Job{job("x", "every 1 hours", "/a")},
		},
	} {
		add, remove := difference(c.have, c.want)
		if diff := cmp.Diff([2][]Job{c.add, append([]Job{}, c.remove...)}, [2][]Job{add, append([]Job{}, remove...)}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
