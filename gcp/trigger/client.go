package trigger

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Client keeps the triggers of one project and region. It may be shared.
type Client struct {
	Project, Region string // "global" is a region of its own

	builds, connect *gcp.JSON
}

// New makes a Client, which connects when it is first used.
func New(a *gcp.Access, project, region string) *Client {
	return &Client{project, region, gcp.NewJSON(a, gcp.CloudBuild), gcp.NewJSON(a, gcp.DeveloperConnect)}
}

// parent is what the full names of the region's things begin with.
func (c *Client) parent() string { return "projects/" + c.Project + "/locations/" + c.Region }

// path is that of a trigger, by name or ID. Cloud Build wants that once more behind it.
func (c *Client) path(trigger string) string {
	return "v1/" + c.parent() + "/triggers/" + url.PathEscape(trigger)
}

func again(trigger string) string { return "?triggerId=" + url.QueryEscape(trigger) }

// Get gives a trigger by its name or ID; one that is not there is an error of kind
// NotFound.
func (c *Client) Get(ctx context.Context, name string) (t Trigger, err error) {
	err = c.builds.Do(ctx, gcp.Request{
		Doing: "looking at the trigger " + name, Call: "trigger.Get", Resource: c.parent() + "/triggers/" + name,
		Method: http.MethodGet, Path: c.path(name) + again(name), Out: &t,
	})
	return t, err
}

// List gives the region's triggers, those of others too.
func (c *Client) List(ctx context.Context) (all []Trigger, err error) {
	err = pages(ctx, c.builds, gcp.Request{
		Doing: "listing triggers", Call: "trigger.List", Resource: c.parent(), Path: "v1/" + c.parent() + "/triggers",
	}, func(page json.RawMessage) error {
		var p struct{ Triggers []Trigger }
		err := json.Unmarshal(page, &p)
		all = append(all, p.Triggers...)
		return err
	})
	return all, err
}

// Create makes a trigger. Of one that was made by an answer that got lost it gives
// the error of one that is there.
func (c *Client) Create(ctx context.Context, t Trigger) (made Trigger, err error) {
	err = c.builds.Do(ctx, gcp.Request{
		Doing: "creating the trigger " + t.Name, Call: "trigger.Create", Resource: c.parent(),
		Method: http.MethodPost, Path: "v1/" + c.parent() + "/triggers", Body: t, Out: &made,
	})
	return made, err
}

// Update changes some fields of a trigger, and nothing else of it.
func (c *Client) Update(ctx context.Context, t Trigger, change Change) (made Trigger, err error) {
	err = c.builds.Do(ctx, gcp.Request{
		Doing: "changing the trigger " + t.Name, Call: "trigger.Update", Resource: c.parent() + "/triggers/" + t.Name,
		Method: http.MethodPatch, Path: c.path(t.ID) + again(t.ID) + "&updateMask=" + url.QueryEscape(strings.Join(change.Mask, ",")),
		Body: change.Body, Out: &made,
	})
	return made, err
}

// Delete removes a trigger; deleted is false where there was none. What it built stays.
func (c *Client) Delete(ctx context.Context, t Trigger) (deleted bool, err error) {
	err = c.builds.Do(ctx, gcp.Request{
		Doing: "deleting the trigger " + t.Name, Call: "trigger.Delete", Resource: c.parent() + "/triggers/" + t.Name,
		Method: http.MethodDelete, Path: c.path(t.ID) + again(t.ID),
	})
	if gcp.Code(err) == codes.NotFound {
		return false, nil
	}
	return err == nil, err
}

// At is what of the repository is built; of a manual trigger none has to be given.
type At struct {
	Branch string `json:"branchName,omitempty"`
	Tag    string `json:"tagName,omitempty"`
	Commit string `json:"commitSha,omitempty"`
}

// Run starts a trigger's build, and gives its ID. It is not made twice: where no answer
// came it may have started all the same.
func (c *Client) Run(ctx context.Context, t Trigger, at At) (build string, err error) {
	body := map[string]any{}
	if at != (At{}) {
		body = map[string]any{"triggerId": t.ID, "source": at}
	}
	var op struct {
		Metadata struct{ Build struct{ ID string } }
	}
	err = c.builds.Do(ctx, gcp.Request{
		Doing: "running the trigger " + t.Name, Call: "trigger.Run", Resource: c.parent() + "/triggers/" + t.Name,
		Method: http.MethodPost, Path: c.path(t.ID) + ":run", Body: body, Out: &op, Once: true,
	})
	if errs.KindOf(err) == errs.Transient {
		err = errs.New(errs.Transient, "Run `gcpdeploy trigger show "+t.Name+"` before it is run again: it may have started.", "%w", err)
	}
	if err == nil && op.Metadata.Build.ID == "" {
		err = errs.New(errs.Internal, "", "running the trigger %s: the answer names no build", t.Name)
	}
	return op.Metadata.Build.ID, err
}

// pages reads all pages of a list.
func pages(ctx context.Context, from *gcp.JSON, q gcp.Request, each func(json.RawMessage) error) error {
	path, token := q.Path, ""
	for {
		var page json.RawMessage
		q.Method, q.Out = http.MethodGet, &page
		q.Path = path + "?pageSize=100" + token
		if err := from.Do(ctx, q); err != nil {
			return err
		}
		var next struct{ NextPageToken string }
		if err := json.Unmarshal(page, &next); err != nil {
			return err
		}
		if err := each(page); err != nil {
			return err
		}
		if next.NextPageToken == "" {
			return nil
		}
		token = "&pageToken=" + url.QueryEscape(next.NextPageToken)
	}
}
