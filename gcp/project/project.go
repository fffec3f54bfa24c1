// Package project makes the calls about a project itself: which APIs are enabled
// in it, who may do what on what of it, its service accounts, its billing and the
// organisation's policies for it. What all of that is wanted for it does not know;
// gcp/setup does.
package project

import (
	"context"
	"net/http"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

// Client asks about and changes one project. It may be shared.
type Client struct {
	Project string // its ID
	access  *gcp.Access
	apis    map[gcp.API]*gcp.JSON
}

// New makes a Client, which connects when it is first used.
func New(a *gcp.Access, project string) *Client {
	c := &Client{Project: project, access: a, apis: map[gcp.API]*gcp.JSON{}}
	for _, api := range []gcp.API{
		gcp.ServiceUsage, gcp.ResourceManager, gcp.IAM, gcp.Billing, gcp.OrgPolicy, gcp.Storage, gcp.ArtifactRegistry, gcp.CloudBuild, gcp.SecretManager, gcp.Run, gcp.PubSub,
	} {
		c.apis[api] = gcp.NewJSON(a, api)
	}
	return c
}

func (c *Client) get(ctx context.Context, api gcp.API, doing, path string, out any) error {
	return c.apis[api].Call(ctx, doing, http.MethodGet, path, nil, out)
}

func (c *Client) post(ctx context.Context, api gcp.API, doing, path string, body, out any) error {
	return c.apis[api].Call(ctx, doing, http.MethodPost, path, body, out)
}

// Info is what a project is.
type Info struct {
	Number string
	Active bool // neither deleted nor about to be
}

// Info asks what the project is.
func (c *Client) Info(ctx context.Context) (Info, error) {
	var p struct{ Name, State string }
	err := c.get(ctx, gcp.ResourceManager, "looking at the project "+c.Project, "v3/projects/"+c.Project, &p)
	return Info{Number: strings.TrimPrefix(p.Name, "projects/"), Active: p.State == "ACTIVE"}, err
}

// Billed says whether the project has a billing account that pays.
func (c *Client) Billed(ctx context.Context) (bool, error) {
	var b struct{ BillingEnabled bool }
	err := c.get(ctx, gcp.Billing, "looking at the project's billing", "v1/projects/"+c.Project+"/billingInfo", &b)
	return b.BillingEnabled, err
}

// DefaultAccount is the account that builds of a region run as when none is named.
func (c *Client) DefaultAccount(ctx context.Context, region string) (email string, err error) {
	var a struct{ ServiceAccountEmail string }
	err = c.get(ctx, gcp.CloudBuild, "asking which account builds run as", "v1/projects/"+c.Project+"/locations/"+region+"/defaultServiceAccount", &a)
	return a.ServiceAccountEmail[strings.LastIndexByte(a.ServiceAccountEmail, '/')+1:], err
}

// Rules are what an organisation policy says of a constraint.
type Rules struct {
	Enforced bool     // of a constraint that is on or off
	DenyAll  bool     // of a list: nothing is allowed
	Allowed  []string // of a list: what alone is; empty = no limit
	Denied   []string
}

// Constraint gives what is in force for a constraint: "gcp.resourceLocations".
func (c *Client) Constraint(ctx context.Context, name string) (r Rules, err error) {
	var p struct {
		Spec struct {
			Rules []struct {
				Enforce, DenyAll bool
				Values           struct{ AllowedValues, DeniedValues []string }
			}
		}
	}
	err = c.get(ctx, gcp.OrgPolicy, "looking at the organisation policy "+name, "v2/projects/"+c.Project+"/policies/"+name+":getEffectivePolicy", &p)
	for _, rule := range p.Spec.Rules {
		r.Enforced = r.Enforced || rule.Enforce
		r.DenyAll = r.DenyAll || rule.DenyAll
		r.Allowed = append(r.Allowed, rule.Values.AllowedValues...)
		r.Denied = append(r.Denied, rule.Values.DeniedValues...)
	}
	return r, err
}
