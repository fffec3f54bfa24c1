// Package appengine releases to App Engine's flexible environment: a version per
// release, which runs the tested image on machines of its own. It has the target's
// settings, what a container finds, and the calls, as JSON over REST: the types of
// the generated client lack fields that the API has.
package appengine

import (
	"context"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/logging"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Target is App Engine as a target. It may be shared.
type Target struct {
	access    *gcp.Access
	api       *gcp.JSON
	usage     *gcp.JSON // which knows what is enabled
	scheduler *gcp.JSON // which runs the jobs of a cron.yaml
	logs      *logging.Client
}

var _ release.Target = Target{}

// NewTarget makes a Target, which connects when it is first used.
func NewTarget(a *gcp.Access) release.Target {
	return Target{a, gcp.NewJSON(a, gcp.AppEngine), gcp.NewJSON(a, gcp.ServiceUsage), gcp.NewJSON(a, gcp.CloudScheduler), logging.New(a)}
}

func (t Target) endpoint() string { return t.access.Endpoint(gcp.AppEngine) }

// Authorization gives none: everybody may call a service.
func (t Target) Authorization(context.Context, string) (h release.Header, err error) { return h, nil }

// Admit has nothing to do: everybody may call a service.
func (t Target) Admit(context.Context, release.Spec) error { return nil }
