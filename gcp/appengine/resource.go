package appengine

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Setup are what a project must have for releases to App Engine: its application.
func Setup(a *gcp.Access, c *config.Config) []setup.Resource {
	location := ""
	if s, ok := c.Settings.(*Settings); ok {
		location = s.Location
	}
	return []setup.Resource{home{NewTarget(a).(Target), c.Project, c.Region, location}}
}

// home is a project's application. Where it is can never be changed, so that it is
// asked for, and it cannot be removed.
type home struct {
	target          Target
	project, region string
	location        string // "" = it is to be chosen
}

var _ setup.Choosing = home{}

const undecided = "where it is to be has to be said, for it can never be moved"

// Kind implements setup.Resource.
func (h home) Kind() string { return "application" }

// Name implements setup.Resource.
func (h home) Name() string { return "application of " + title }

// Stays says why undo leaves it.
func (h home) Stays() string { return "the " + h.Name() + " stays: it cannot be deleted" }

// Observe implements setup.Resource.
func (h home) Observe(ctx context.Context) (setup.State, error) {
	a, ok, err := h.target.application(ctx, h.project)
	if gcp.Disabled(err) != "" {
		ok, err = false, nil
	}
	switch {
	case err != nil:
		return setup.State{}, err
	case !ok && h.location == "":
		return setup.State{Found: setup.Missing, Detail: undecided}, nil
	case !ok:
		return setup.State{Found: setup.Missing, Detail: "in " + h.location + ", for ever"}, nil
	}
	s := setup.State{Found: setup.Present, Detail: "in " + a.LocationID}
	switch {
	case h.location != "" && h.location != a.LocationID:
		s.Found, s.Detail = setup.Differs, "is in "+a.LocationID+" for ever, and app_engine.location says "+h.location
		s.Fix = "Take app_engine.location out, or deploy to a project of its own."
	case a.ServingStatus == "USER_DISABLED" || a.ServingStatus == "SYSTEM_DISABLED":
		s.Found, s.Detail = setup.Differs, "is disabled, and takes no deploys"
		s.Fix = "Enable it on https://console.cloud.google.com/appengine/settings?project=" + h.project
	case a.region() != h.region:
		s.Detail += ", while builds and images are in " + h.region
	}
	return s, nil
}

// Make implements setup.Resource.
func (h home) Make(ctx context.Context) error {
	doing := "creating the " + h.Name()
	var op operation
	err := h.target.api.Do(ctx, gcp.Request{
		Doing: doing, Call: "appengine.CreateApplication", Resource: "projects/" + h.project, Method: http.MethodPost, Path: "v1/apps",
		Body: map[string]string{"id": h.project, "locationId": h.location}, Out: &op,
	})
	switch gcp.Code(err) {
	case codes.AlreadyExists: // by an answer that was lost, or by somebody else
		s, err := h.Observe(ctx)
		return cmp.Or(err, setup.Stuck([]setup.Step{{Resource: h, State: s}}))
	case codes.InvalidArgument:
		return errs.New(errs.Usage, "`gcloud app regions list` shows where it can be.", "%w", err)
	}
	if err == nil {
		op, err = h.target.wait(ctx, doing, op, func(string) {})
	}
	if err == nil && op.Error != nil {
		err = errs.New(errs.Internal, "Where an organisation forbids that service accounts are made, an application cannot be: `gcpdeploy doctor` looks.", "%s: %s", doing, op.Error.Message)
	}
	return err
}

// Remove implements setup.Resource.
func (h home) Remove(context.Context) error { return nil }

// Commands implements setup.Resource.
func (h home) Commands(now setup.State) []string {
	switch {
	case now.Found != setup.Missing:
		return nil
	case h.location == "":
		return []string{"# gcloud app create --project=" + h.project + " --region=LOCATION"}
	}
	return []string{setup.Line("gcloud", "app", "create", "--project="+h.project, "--region="+h.location)}
}

// Terraform implements setup.Resource.
func (h home) Terraform() string {
	return "# Where it is there already: terraform import google_app_engine_application.gcpdeploy " + h.project + "\n" +
		setup.Block(`resource "google_app_engine_application" "gcpdeploy"`,
			"project = "+setup.HCL(h.project), "location_id = "+setup.HCL(h.location), "depends_on = [google_project_service.gcpdeploy]")
}

// Choice implements setup.Choosing.
func (h home) Choice() *setup.Choice {
	if h.location != "" {
		return nil
	}
	near := locationOf(h.region)
	return &setup.Choice{
		Lack:     undecided,
		Question: "Where is the " + h.Name() + " in " + h.project + " to be? It can never be moved.",
		Hint:     "Say it with --app-engine-location, such as " + near + ", which is " + title + "'s name of " + h.region + "; `gcloud app regions list` shows all.",
		Answers: func(ctx context.Context) (all []string, proposed string, err error) {
			if all, err = h.target.locations(ctx, h.project); slices.Contains(all, near) {
				proposed = near
			}
			return all, proposed, err
		},
		Take: func(answer string) setup.Resource {
			h.location = answer
			return h
		},
	}
}

// locations are where an application can be that has the flexible environment.
func (t Target) locations(ctx context.Context, project string) (all []string, err error) {
	type location struct {
		LocationID string
		Metadata   struct{ FlexibleEnvironmentAvailable bool }
	}
	err = t.pages(ctx, gcp.Request{Doing: "listing where an application can be", Call: "appengine.ListLocations"}, app(project)+"/locations", url.Values{}, func() (any, func() string) {
		var page struct {
			Locations     []location
			NextPageToken string
		}
		return &page, func() string {
			for _, l := range page.Locations {
				if l.Metadata.FlexibleEnvironmentAvailable {
					all = append(all, l.LocationID)
				}
			}
			return page.NextPageToken
		}
	})
	slices.Sort(all)
	return all, err
}

// locationOf is a region by App Engine's name of it: two of those are older than the
// digit.
func locationOf(region string) string {
	if region == "europe-west1" || region == "us-central1" {
		return region[:len(region)-1]
	}
	return region
}

var locationForm = config.Matching(`[a-z]+-[a-z]+[0-9]*`, "a location of App Engine, such as europe-west", "`gcloud app regions list` shows them.")

// checkLocation knows the form of locations, and the two that are no regions.
func checkLocation(text string) (string, *config.Fault) {
	if l := locationOf(text); l != text {
		return "", config.Wrong(title+" calls it "+l+".", "must be a location of App Engine, not a region: %q", text)
	}
	return locationForm(text)
}
