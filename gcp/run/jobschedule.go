package run

import (
	"context"
	"strings"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/schedule"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// scheduleOf is a job's schedule with its time zone, as a job's annotation has it; "" =
// it has none.
func scheduleOf(j config.Job) string {
	if j.Schedule == "" {
		return ""
	}
	return strings.TrimSpace(j.Schedule + " " + j.TimeZone)
}

func withSchedule(j *runpb.Job, text string) *runpb.Job {
	annotate(&j.Annotations, scheduleKey, text)
	return j
}

// keepSchedule has Cloud Scheduler run a job when its schedule says, as the account that
// the job runs as; or has it do that no more.
func (t Target) keepSchedule(ctx context.Context, s release.Spec, id string, j config.Job, account string) error {
	if j.Schedule == "" {
		return t.dropSchedule(ctx, s, id)
	}
	zone := j.TimeZone
	if zone == "" {
		zone = "UTC"
	}
	return t.schedules(s).KeepRun(ctx, schedule.Run{
		Name: id, Text: j.Schedule, Zone: zone, Account: account,
		URI: "https://run.googleapis.com/v2/" + jobName(s, id) + ":run", Description: "gcpdeploy runs the job " + j.Name + " of " + s.Service,
	})
}

func (t Target) dropSchedule(ctx context.Context, s release.Spec, id string) error {
	return t.schedules(s).DropRun(ctx, id, "https://run.googleapis.com/v2/"+jobName(s, id)+":run")
}

func notOurs(id, region string) error {
	return errs.New(errs.Usage, "Choose another name for it.", "the job %s is there in %s, and is not gcpdeploy's", id, region)
}
