package cloudbuild

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Builds runs plans in one project and region. It is the Client in plan's words.
type Builds struct {
	Client          *Client
	Project, Region string
}

// Submit starts a plan's build.
func (b Builds) Submit(ctx context.Context, p plan.Plan, bucket, object string, started time.Time, tags []string) (plan.Outcome, error) {
	spec := Spec(p, Source{bucket, object}, started, tags)
	build, err := b.Client.Submit(ctx, b.Project, b.Region, spec)
	return Outcome(build), err
}

// Running gives the oldest build with the tag that has not ended.
func (b Builds) Running(ctx context.Context, tag string) (plan.Outcome, bool, error) {
	// The list begins with the newest; more than this do not run at once.
	builds, err := b.Client.List(ctx, b.Project, b.Region, unended(tag), 100)
	if err != nil || len(builds) == 0 {
		return plan.Outcome{}, false, err
	}
	return Outcome(builds[len(builds)-1]), true, nil
}

// Unended gives the builds with the tag that have not ended, the newest first.
func (b Builds) Unended(ctx context.Context, tag string) (all []plan.Outcome, err error) {
	builds, err := b.Client.List(ctx, b.Project, b.Region, unended(tag), 100)
	for _, build := range builds {
		all = append(all, Outcome(build))
	}
	return all, err
}

// Find gives a build by its ID.
func (b Builds) Find(ctx context.Context, id string) (plan.Outcome, error) {
	build, err := b.Client.Get(ctx, parent(b.Project, b.Region)+"/builds/"+id)
	return Outcome(build), err
}

// Log writes what a build has logged so far. What Cloud Build warns of, such as a log
// that could not be written, Warn hears.
func (b Builds) Log(ctx context.Context, o plan.Outcome, log io.Writer) error {
	build, err := b.Client.Get(ctx, o.Name)
	if err == nil {
		t := b.Client.follow(ctx, build, log)
		t.finish(build)
		b.Client.warnings(build)
	}
	return err
}

func unended(tag string) string {
	return fmt.Sprintf(`tags=%q AND (status="PENDING" OR status="QUEUED" OR status="WORKING")`, tag)
}

// Last gives the newest build with the tag that ended well.
func (b Builds) Last(ctx context.Context, tag string) (plan.Outcome, bool, error) {
	return b.newest(ctx, fmt.Sprintf(`tags=%q AND status="SUCCESS"`, tag))
}

// Newest gives the newest build with the tag, however it stands.
func (b Builds) Newest(ctx context.Context, tag string) (plan.Outcome, bool, error) {
	return b.newest(ctx, fmt.Sprintf(`tags=%q`, tag))
}

// NewestDeploy gives the newest build that deploys a service, however it stands: one with
// the tag, or one of a trigger that has the other tag and was not started by a pull request.
func (b Builds) NewestDeploy(ctx context.Context, tag, ofTrigger string) (plan.Outcome, bool, error) {
	const most = 50 // of pull requests in a row
	builds, err := b.Client.List(ctx, b.Project, b.Region, fmt.Sprintf(`tags=%q OR tags=%q`, tag, ofTrigger), most)
	for _, build := range builds {
		if build.GetSubstitutions()["_PR_NUMBER"] == "" {
			return Outcome(build), true, err
		}
	}
	return plan.Outcome{}, false, err
}

// OfTrigger gives the newest build of a trigger, by its ID.
func (b Builds) OfTrigger(ctx context.Context, id string) (plan.Outcome, bool, error) {
	return b.newest(ctx, fmt.Sprintf(`trigger_id=%q`, id))
}

// Tagged gives the newest builds with the tag, at most so many, however they stand.
func (b Builds) Tagged(ctx context.Context, tag string, most int) (all []plan.Outcome, err error) {
	builds, err := b.Client.List(ctx, b.Project, b.Region, fmt.Sprintf("tags=%q", tag), most)
	for _, build := range builds {
		all = append(all, Outcome(build))
	}
	return all, err
}

func (b Builds) newest(ctx context.Context, filter string) (plan.Outcome, bool, error) {
	builds, err := b.Client.List(ctx, b.Project, b.Region, filter, 1)
	if err != nil || len(builds) == 0 {
		return plan.Outcome{}, false, err
	}
	return Outcome(builds[0]), true, nil
}

// Watch follows a build to its end.
func (b Builds) Watch(ctx context.Context, o plan.Outcome, log io.Writer) (plan.Outcome, error) {
	build, err := b.Client.Watch(ctx, o.Name, nil, log)
	if err != nil {
		return o, err
	}
	return Outcome(build), nil
}

// Cancel stops a build.
func (b Builds) Cancel(ctx context.Context, o plan.Outcome) error {
	return b.Client.Cancel(ctx, o.Name)
}

// Outcome is how a build stands, in plan's words.
func Outcome(b *cloudbuildpb.Build) plan.Outcome {
	o := plan.Outcome{
		Build: b.GetId(), Created: b.GetCreateTime().AsTime(), Name: b.GetName(), LogURL: b.GetLogUrl(), Status: plan.Result(b.GetStatus().String()),
		Detail: strings.TrimSpace(b.GetStatusDetail()), Object: b.GetSource().GetStorageSource().GetObject(),
	}
	if o.Detail == "" {
		o.Detail = b.GetFailureInfo().GetDetail()
	}
	o.Account = accountOf(b)
	o.Hint, o.Denied = cause(b)
	outputs := b.GetResults().GetBuildStepOutputs()
	for i, s := range b.GetSteps() {
		step := plan.StepOutcome{ID: plan.StepID(s.GetId()), Status: plan.Result(s.GetStatus().String()), Exit: int(s.GetExitCode())}
		if t := s.GetTiming(); t.GetEndTime() != nil && t.GetStartTime() != nil {
			step.Began = t.GetStartTime().AsTime()
			step.Took = t.GetEndTime().AsTime().Sub(step.Began)
		}
		if i < len(outputs) {
			step.Output = outputs[i]
		}
		o.Steps = append(o.Steps, step)
	}
	return o
}
