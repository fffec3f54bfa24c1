package run

import (
	"context"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/schedule"
	"github.com/gcpdeploy/gcpdeploy/gcp/secretmanager"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

const (
	title   = "Cloud Run"
	section = "run" // of the configuration
)

// Kind is Cloud Run as it is known without a connection.
var Kind = release.Kind{
	Title: title,
	Config: config.Target{
		Name: "cloud-run", Section: section, Keys: keys, New: func() any { return &Settings{} },
		Service: checkService, Variable: checkVariable, Rules: rules, Job: checkJob, Unchosen: unchosen,
		Preview: map[string]string{"min_instances": "", "max_instances": "1", "service_min_instances": "", "service_max_instances": "", "scaling": "", "default_url": ""},
	},
	Contract: contract,
	Needs: release.Needs{
		APIs: []string{gcp.Run.Service()}, Account: "run.service_account",
		RunsAs: func(s release.Spec) string {
			o, _ := optionsOf(s) // what cannot be read is told where it is released
			return o.ServiceAccount
		},
		Public: func(s release.Spec) bool {
			o, _ := optionsOf(s)
			return o.public()
		},
		Also:    also,
		Secrets: secretsBeside,
		Demand:  demand,
		Own: func(s release.Spec) release.Own {
			return release.Own{
				API: string(gcp.Run), Path: "v2/" + name(s.Project, s.Region, s.Service), Title: "the service " + s.Service,
				Permissions: []string{"run.services.get", "run.services.update", "run.services.delete", "run.services.getIamPolicy", "run.services.setIamPolicy", "run.routes.invoke"},
			}
		},
	},
	Front:    front,
	Tag:      checkTag,
	Previews: true,
	Pages: func(s release.Spec) (string, string) {
		page := "https://console.cloud.google.com/run/detail/" + s.Region + "/" + s.Service
		return page + "/metrics?project=" + s.Project, page + "/logs?project=" + s.Project
	},
	Import: importFile,
	Public: "run.allow_unauthenticated: true",
	Invoke: "the role roles/run.invoker on the service",
}

// Target is Cloud Run as a target. It may be shared.
type Target struct {
	client    *Client
	secrets   *secretmanager.Client
	schedules func(release.Spec) *schedule.Client
}

var (
	_ release.Target = Target{}
	_ release.Jobs   = Target{}
)

// NewTarget makes a Target, which connects when it is first used.
func NewTarget(a *gcp.Access) release.Target {
	return Target{
		client: New(a), secrets: secretmanager.New(a, "", ""), // it creates none
		schedules: func(s release.Spec) *schedule.Client { return schedule.New(a, s.Project, s.Region) },
	}
}

// Want is the service that a release asks for, with its image by digest.
func Want(s release.Spec, image string, by release.Run) (Desired, error) {
	o, err := optionsOf(s)
	s.Image = image
	return Desired{Spec: s, Options: o, Run: by}, err
}

// Observe gives the service of a release as it is, and a function that says
// whether releasing it with the image of a digest would change nothing.
func (t Target) Observe(ctx context.Context, s release.Spec) (release.Service, func(digest string) bool, error) {
	observed, ok, err := t.client.Get(ctx, s.Project, s.Region, s.Service)
	if err != nil || !ok {
		return release.Service{}, func(string) bool { return false }, err
	}
	if err := isPreview(observed, s); err != nil {
		return release.Service{}, nil, err
	}
	wanted, err := Want(s, "", RunOf(observed))
	if err != nil {
		return release.Service{}, nil, err
	}
	merged := Merge(observed, wanted)
	if err := refused(observed, merged, wanted); err != nil {
		return release.Service{}, nil, err
	}
	now := release.Service{
		Changes: Differences(observed, merged),
		Exists:  true, URL: observed.GetUri(), Revision: short(observed.GetLatestReadyRevision()),
		Image: image(observed), Pinned: pinned(observed), Held: held(observed), Canary: canaryOf(observed),
		CanTry: observed.GetLatestReadyRevision() != "" && hidden(observed) == "" && len(s.Service)+mostOfTrial <= mostOfTag,
	}
	most := 0
	for _, share := range served(observed) {
		if share.Percent == 0 {
			continue
		}
		if now.Shares = append(now.Shares, share); share.Percent > most {
			most, now.Revision = share.Percent, share.Revision
		}
	}
	if most == 100 && !now.Pinned && !now.Held {
		now.Shares = nil
	}
	if s.NoTraffic { // who asks for that asks about the newest
		now.Revision = short(observed.GetLatestReadyRevision())
	}
	switch public := wanted.AllowUnauthenticated; {
	case observed.GetInvokerIamDisabled():
	case public == nil: // who may call is somebody else's to say, and beside the reads of the registry
		now.Private = t.client.private(ctx, s)
	case !*public:
		now.Private = true
	case byPolicy(observed) && t.client.private(ctx, s): // there it may have failed
		now.Closed = "it was not allowed to when it released " + now.Revision
	}
	jobs, err := t.client.observeJobs(ctx, observed, wanted)
	if err != nil {
		return release.Service{}, nil, err
	}
	now.Unwanted = jobs.unwanted()
	return now, func(digest string) bool {
		wanted.Image = s.Image + "@" + digest
		merged := Merge(observed, wanted)
		return Same(observed, merged) && jobs.same(wanted, merged.GetTemplate())
	}, nil
}

// image is what a service runs.
func image(s *runpb.Service) string {
	if len(s.GetTemplate().GetContainers()) == 0 {
		return ""
	}
	return ingress(s.GetTemplate()).GetImage()
}

// Deploy releases an image by digest. A run that is superseded is no error: the
// answer says by which.
func (t Target) Deploy(ctx context.Context, s release.Spec, image string, by release.Run, progress func(string)) (release.Released, error) {
	wanted, err := Want(s, image, by)
	if err != nil {
		return release.Released{}, err
	}
	released, err := t.client.Deploy(ctx, wanted, progress)
	if errs.KindOf(err) == errs.Superseded {
		err = nil
	}
	return released, err
}

// Settle removes previews whose time is over, where they are services. A revision without
// traffic runs nothing, and Cloud Run removes the oldest by itself.
func (t Target) Settle(ctx context.Context, s release.Spec, _ release.Released, by release.Run, progress func(string)) string {
	if !s.OwnPreviews {
		return ""
	}
	return t.endOwn(ctx, s, by.Started, progress)
}

// Delete removes a service with all its revisions, and before it its jobs.
func (t Target) Delete(ctx context.Context, s release.Spec) (ok bool, left string, err error) {
	if s.Preview.Own() {
		ok, err = t.deleteOwn(ctx, s, func(ownPreview) bool { return true })
		return ok, "", err
	}
	if err := t.removeJobs(ctx, s); err != nil {
		return false, "", err
	}
	ok, err = t.client.Delete(ctx, s.Project, s.Region, s.Service)
	return ok, "", err
}
