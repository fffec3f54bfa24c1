package project

import (
	"context"
	"net/url"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// batch is how many services one call may name.
const batch = 20

// Enabled says which of the services ("run.googleapis.com") are enabled.
func (c *Client) Enabled(ctx context.Context, services []string) (map[string]bool, error) {
	on := map[string]bool{}
	for len(services) > 0 {
		some := services[:min(batch, len(services))]
		services = services[len(some):]
		q := url.Values{}
		for _, s := range some {
			q.Add("names", "projects/"+c.Project+"/services/"+s)
		}
		var answer struct {
			Services []struct{ Name, State string }
		}
		if err := c.get(ctx, gcp.ServiceUsage, "looking which APIs are enabled", "v1/projects/"+c.Project+"/services:batchGet?"+q.Encode(), &answer); err != nil {
			return nil, err
		}
		for _, s := range answer.Services {
			on[s.Name[strings.LastIndexByte(s.Name, '/')+1:]] = s.State == "ENABLED"
		}
	}
	return on, nil
}

type operation struct {
	Name  string
	Done  bool
	Error *struct{ Message string }
}

// Enable enables services, and waits until Google says that they are. Calls to them
// may still be refused for a while.
func (c *Client) Enable(ctx context.Context, services []string) error {
	for len(services) > 0 {
		some := services[:min(batch, len(services))]
		services = services[len(some):]
		doing := "enabling " + strings.Join(some, ", ")
		var op operation
		body := map[string]any{"serviceIds": some}
		if err := c.post(ctx, gcp.ServiceUsage, doing, "v1/projects/"+c.Project+"/services:batchEnable", body, &op); err != nil {
			return err
		}
		err := poll.Until(ctx, c.access.Clock, c.access.Backoff(c.access.Endpoint(gcp.ServiceUsage)), func(ctx context.Context) (bool, error) {
			if op.Done {
				return true, nil
			}
			err := c.get(ctx, gcp.ServiceUsage, doing, "v1/"+op.Name, &op)
			return op.Done, err
		})
		if err != nil {
			return err
		}
		if op.Error != nil {
			return errs.New(errs.Internal, "", "%s: %s", doing, op.Error.Message)
		}
	}
	return nil
}
