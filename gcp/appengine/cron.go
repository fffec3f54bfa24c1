package appengine

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

// Job is a job of a cron.yaml as Cloud Scheduler has it, who runs them. v1beta1 alone
// knows the mark by which they are told from others, and which gcloud and the console
// list them by.
type Job struct {
	Name        string    `json:"name,omitempty"`
	Description string    `json:"description,omitempty"`
	Schedule    string    `json:"schedule"`
	TimeZone    string    `json:"timeZone"`
	Legacy      bool      `json:"legacyAppEngineCron"`
	Target      JobTarget `json:"appEngineHttpTarget"`
	Retry       *JobRetry `json:"retryConfig,omitempty"`
}

// JobTarget is what a job calls.
type JobTarget struct {
	Method  string     `json:"httpMethod"`
	URI     string     `json:"relativeUri"`
	Routing JobRouting `json:"appEngineRouting"`
}

// JobRouting is the service that a job calls; "" is what the rules of dispatch find.
type JobRouting struct {
	Service string `json:"service,omitempty"`
}

// JobRetry is how often and when a job that failed is run again. Durations are as
// in JSON of protos: "5s".
type JobRetry struct {
	Count        int    `json:"retryCount,omitempty"`
	MaxDuration  string `json:"maxRetryDuration,omitempty"`
	MinBackoff   string `json:"minBackoffDuration,omitempty"`
	MaxBackoff   string `json:"maxBackoffDuration,omitempty"`
	MaxDoublings int    `json:"maxDoublings,omitempty"`
}

// parent is where the application's jobs are. The names of two locations are older
// than those of regions, and have no number.
func (w whole) parent(project string) string {
	region := w.LocationID
	if region == "us-central" || region == "europe-west" {
		region += "1"
	}
	return "projects/" + project + "/locations/" + region
}

// putCron makes the jobs of an application those that are wanted, and says whether
// any were not. What is there as wanted stays, and with it the time of its next run.
func (t Target) putCron(ctx context.Context, parent string, want []Job) (changed bool, err error) {
	const doing = "deploying the cron jobs"
	at := t.access.Endpoint(gcp.CloudScheduler)
	// A job has no name to make it twice by: after an answer that was lost all of it
	// begins with what is there.
	err = t.access.Retry(ctx, at, doing, t.access.Patience(at), func(ctx context.Context) error {
		have, err := t.jobs(ctx, parent)
		if err != nil {
			return err
		}
		add, remove := difference(have, want)
		changed = changed || len(add)+len(remove) > 0
		for _, j := range add {
			err := t.scheduler.Do(ctx, gcp.Request{
				Doing: "creating the cron job of " + j.Target.URI, Call: "appengine.CreateJob", Resource: parent,
				Method: http.MethodPost, Path: "v1beta1/" + parent + "/jobs", Body: j, Once: true,
			})
			if err != nil {
				return err
			}
		}
		for _, j := range remove {
			err := t.scheduler.Do(ctx, gcp.Request{
				Doing: "deleting the cron job of " + j.Target.URI, Call: "appengine.DeleteJob", Resource: j.Name,
				Method: http.MethodDelete, Path: "v1beta1/" + j.Name + "?legacyAppEngineCron=true", Once: true,
			})
			if err != nil && gcp.Code(err) != codes.NotFound {
				return err
			}
		}
		return nil
	})
	return changed, err
}

// jobs are those of an application.
func (t Target) jobs(ctx context.Context, parent string) (all []Job, err error) {
	for token := ""; ; {
		var page struct {
			Jobs []Job
			Next string `json:"nextPageToken"`
		}
		err := t.scheduler.Do(ctx, gcp.Request{
			Doing: "listing the cron jobs", Call: "appengine.ListJobs", Resource: parent, Method: http.MethodGet, Once: true, Out: &page,
			Path: "v1beta1/" + parent + "/jobs?" + url.Values{"legacyAppEngineCron": {"true"}, "pageSize": {"100"}, "pageToken": {token}}.Encode(),
		})
		if err != nil {
			return nil, err
		}
		all = append(all, page.Jobs...)
		if token = page.Next; token == "" {
			return all, nil
		}
	}
}

// difference is what of the wanted is not there, and what is there and not wanted.
// Two that are alike are two.
func difference(have, want []Job) (add, remove []Job) {
	remove = slices.Clone(have)
	for _, w := range want {
		if i := slices.IndexFunc(remove, func(h Job) bool { return same(h, w) }); i >= 0 {
			remove = slices.Delete(remove, i, i+1)
		} else {
			add = append(add, w)
		}
	}
	return add, remove
}

// same compares what a cron.yaml says. A job that it was created as by an earlier tool
// has its service in a host of its own, and is made anew.
func same(a, b Job) bool {
	return a.Schedule == b.Schedule && a.TimeZone == b.TimeZone && a.Description == b.Description && a.Target.URI == b.Target.URI &&
		a.Target.Routing.Service == b.Target.Routing.Service && sameRetry(a.Retry, b.Retry)
}

func sameRetry(a, b *JobRetry) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Count == b.Count && a.MaxDoublings == b.MaxDoublings && secondsOf(a.MaxDuration) == secondsOf(b.MaxDuration) &&
		secondsOf(a.MinBackoff) == secondsOf(b.MinBackoff) && secondsOf(a.MaxBackoff) == secondsOf(b.MaxBackoff)
}

// secondsOf is a duration as in JSON of protos, whose zeros may be written or not.
func secondsOf(text string) time.Duration {
	s, _ := strconv.ParseFloat(strings.TrimSuffix(text, "s"), 64)
	return time.Duration(s * float64(time.Second)).Round(time.Microsecond)
}
