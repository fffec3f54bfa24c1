package schedule

import (
	"context"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Run is a call without a body that a schedule makes, such as the one that runs a job.
// It is found again by what it calls.
type Run struct {
	Name, Text, Zone string
	Account          string // e-mail of whom it is made as
	URI              string
	Description      string
}

// KeepRun has Cloud Scheduler make a call when it is due, and changes the one of its
// name to it. A job of that name which makes another call is not touched.
func (c *Client) KeepRun(ctx context.Context, r Run) error {
	want := &schedulerpb.Job{
		Name: c.name(r.Name), Description: r.Description, Schedule: r.Text, TimeZone: r.Zone,
		Target: &schedulerpb.Job_HttpTarget{HttpTarget: &schedulerpb.HttpTarget{
			Uri: r.URI, HttpMethod: schedulerpb.HttpMethod_POST,
			AuthorizationHeader: &schedulerpb.HttpTarget_OauthToken{OauthToken: &schedulerpb.OAuthToken{
				ServiceAccountEmail: r.Account, Scope: "https://www.googleapis.com/auth/cloud-platform",
			}},
		}},
	}
	now, err := c.get(ctx, r.Name)
	if absent(err) {
		if _, err = c.create(ctx, want); gcp.Code(err) != codes.AlreadyExists {
			return err
		}
		now, err = c.get(ctx, r.Name)
	}
	if err != nil {
		return err
	}
	t := now.GetHttpTarget()
	if t.GetUri() != r.URI {
		return errs.New(errs.Usage, "Choose another name for what it is to run.", "the job %s of Cloud Scheduler is there in %s, and is not gcpdeploy's", r.Name, c.Location)
	}
	var mask []string
	for _, f := range []struct {
		path string
		same bool
	}{
		{"description", now.GetDescription() == r.Description}, {"schedule", now.GetSchedule() == r.Text}, {"time_zone", now.GetTimeZone() == r.Zone},
		{"http_target", t.GetHttpMethod() == schedulerpb.HttpMethod_POST && proto.Equal(t.GetOauthToken(), want.GetHttpTarget().GetOauthToken())},
	} {
		if !f.same {
			mask = append(mask, f.path)
		}
	}
	if len(mask) == 0 {
		return nil
	}
	_, err = c.update(ctx, want, mask)
	return err
}

// DropRun removes what KeepRun made; what calls something else stays.
func (c *Client) DropRun(ctx context.Context, name, uri string) error {
	now, err := c.get(ctx, name)
	if absent(err) || err == nil && now.GetHttpTarget().GetUri() != uri {
		return nil
	}
	if err == nil {
		_, err = c.Delete(ctx, name)
	}
	return err
}

// absent says whether an error is that there is no such schedule.
func absent(err error) bool { return errs.KindOf(err) == errs.NotFound && gcp.Disabled(err) == "" }
