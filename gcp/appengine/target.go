// Package appengine releases to App Engine's flexible environment: a version per
// release, which runs the tested image on machines of its own. It has the target's
// settings, what a container finds, and the calls, as JSON over REST: the types of
// the generated client lack fields that the API has.
package appengine

import (
	"context"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Target is App Engine as a target. It may be shared.
type Target struct {
	access    *gcp.Access
	api       *gcp.JSON
	scheduler *gcp.JSON // which runs the jobs of a cron.yaml
}

var _ release.Target = Target{}

// NewTarget makes a Target, which connects when it is first used.
func NewTarget(a *gcp.Access) release.Target {
	return Target{a, gcp.NewJSON(a, gcp.AppEngine), gcp.NewJSON(a, gcp.CloudScheduler)}
}

// errEarly is what the calls that are still to be made end with.
var errEarly = errs.New(errs.Internal, "", "releases to App Engine are not built yet")

// Observe gives the service of a release as it is.
func (t Target) Observe(context.Context, release.Spec) (release.Service, func(string) bool, error) {
	return release.Service{}, nil, errEarly
}

// Check refuses what a release would fail for.
func (t Target) Check(context.Context, release.Spec) error { return errEarly }

// Deploy releases an image by digest.
func (t Target) Deploy(context.Context, release.Spec, string, release.Run, func(string)) (release.Released, error) {
	return release.Released{}, errEarly
}

// Return gives the traffic back to what served before a release.
func (t Target) Return(context.Context, release.Spec, release.Released, release.Run) ([]release.Share, error) {
	return nil, errEarly
}

// Revisions gives the versions of the service.
func (t Target) Revisions(context.Context, release.Spec) ([]release.Revision, error) {
	return nil, errEarly
}

// Shift divides the traffic of the service.
func (t Target) Shift(context.Context, release.Spec, release.Split, func(string)) ([]release.Share, error) {
	return nil, errEarly
}

// State gives the service for people to look at.
func (t Target) State(context.Context, release.Spec) (release.State, bool, error) {
	return release.State{}, false, errEarly
}

// Delete removes the service with all its versions.
func (t Target) Delete(context.Context, release.Spec) (bool, string, error) {
	return false, "", errEarly
}

// Settle does what can wait.
func (t Target) Settle(context.Context, release.Spec, release.Released, release.Run, func(string)) string {
	return ""
}

// Authorization gives none: everybody may call a service.
func (t Target) Authorization(context.Context, string) (h release.Header, err error) { return h, nil }

// Admit has nothing to do: everybody may call a service.
func (t Target) Admit(context.Context, release.Spec) error { return nil }

// Logs hands each the newest lines that the service wrote.
func (t Target) Logs(context.Context, release.Spec, release.Query, func(release.Line) error) error {
	return errEarly
}

// Uses gives what every version runs: none where nothing can have been released.
func (t Target) Uses(context.Context, string, string) ([]release.Use, error) { return nil, nil }
