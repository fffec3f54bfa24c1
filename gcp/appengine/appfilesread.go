package appengine

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appyaml"
	"github.com/gcpdeploy/gcpdeploy/internal/cron"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// rulesOf reads a dispatch.yaml. Only the application's services can be named, which
// App Engine alone knows.
func rulesOf(name string, data []byte) ([]Rule, error) {
	read, err := appyaml.Dispatch(name, data)
	if err != nil {
		return nil, err
	}
	if len(read) > mostRules {
		return nil, errs.At(read[mostRules].Place, "", "App Engine takes %d dispatch rules, and there are %d", mostRules, len(read))
	}
	rules := []Rule{}
	for _, r := range read {
		if n := len(r.Host) + len(r.Path); n > longestURL {
			return nil, errs.At(r.Place, "", "the url of a dispatch rule has at most %d characters, not %d", longestURL, n)
		}
		rules = append(rules, Rule{r.Host, r.Path, r.Service})
	}
	return rules, nil
}

// Limits of dispatch rules. Source: the API's reference of Application.
const (
	mostRules  = 20
	longestURL = 100
)

// jobsOf reads a cron.yaml.
func jobsOf(name string, data []byte) ([]Job, error) {
	read, err := appyaml.Cron(name, data)
	if err != nil {
		return nil, err
	}
	jobs := []Job{}
	for _, r := range read {
		if err := cron.CheckWords(r.Schedule); err != nil {
			return nil, errs.At(r.Place, "", "schedule: %w", err)
		}
		if _, err := cron.Zone(r.Timezone); err != nil {
			return nil, errs.At(r.Place, "", "timezone: %w", err)
		}
		retry, err := retryOf(r)
		if err != nil {
			return nil, err
		}
		j := Job{Description: r.Description, Schedule: r.Schedule, TimeZone: r.Timezone, Legacy: true, Retry: retry,
			Target: JobTarget{Method: "GET", URI: r.URL, Routing: JobRouting{r.Target}}}
		if j.TimeZone == "" {
			j.TimeZone = "UTC"
		}
		jobs = append(jobs, j)
	}
	return jobs, nil
}

// What is not said of the retries of a job that says something of them. Source:
// CRON_JOB_LEGACY_DEFAULT_VALUES of gcloud.
const (
	usualMinBackoff = 0.1
	usualMaxBackoff = 3600
	usualDoublings  = 16
	mostRetries     = 5
)

func retryOf(job appyaml.Job) (*JobRetry, error) {
	r := job.Retry
	if r == nil {
		return nil, nil
	}
	out := JobRetry{MaxDoublings: usualDoublings, MaxDuration: "0s"}
	if r.Limit != nil {
		if out.Count = *r.Limit; out.Count > mostRetries {
			return nil, errs.At(job.Place, "", "job_retry_limit is %d; at most %d are allowed", out.Count, mostRetries)
		}
	}
	if r.Doublings != nil {
		out.MaxDoublings = *r.Doublings
	}
	if r.Age != "" {
		n := math.Floor(spanOf(r.Age))
		if n < 1 {
			return nil, errs.At(job.Place, "", "job_age_limit is %s; it must be a second at least", r.Age)
		}
		out.MaxDuration = written(n)
	}
	low, high := r.MinBackoff, r.MaxBackoff
	switch {
	case low > 0 && high > 0 && high < low:
		return nil, errs.At(job.Place, "", "max_backoff_seconds is less than min_backoff_seconds")
	case high == 0:
		high = max(usualMaxBackoff, low)
	case low == 0:
		low = min(usualMinBackoff, high)
	}
	if low == 0 {
		low = usualMinBackoff
	}
	out.MinBackoff, out.MaxBackoff = written(low), written(high)
	return &out, nil
}

// spanOf is a number with a unit, in seconds.
func spanOf(text string) float64 {
	n, _ := strconv.ParseFloat(strings.TrimRight(text, "smhd"), 64) // the reader holds that it is one
	return n * map[byte]float64{'s': 1, 'm': 60, 'h': 3600, 'd': 86400}[text[len(text)-1]]
}

// written is a number of seconds as JSON of protos has it.
func written(seconds float64) string {
	return strconv.FormatFloat(math.Round(seconds*1e8)/1e8, 'f', -1, 64) + "s"
}

// unknownServices are those of rules that are none of these.
func unknownServices(rules []Rule, services []string) (unknown []string) {
	for _, r := range rules {
		if !slices.Contains(services, r.Service) && !slices.Contains(unknown, r.Service) {
			unknown = append(unknown, r.Service)
		}
	}
	return unknown
}
