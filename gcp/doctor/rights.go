package doctor

import (
	"context"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
	"github.com/gcpdeploy/gcpdeploy/internal/doctor"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// personal are the resources on which who deploys needs rights.
var personal = []rights.Resource{rights.Project, rights.Repository, rights.SourceBucket, rights.LogsBucket, rights.BuildsAccount}

// permissions looks at what who deploys may do on something.
func (p Patient) permissions(ctx context.Context, on rights.Resource) (all []doctor.Finding) {
	cases := p.Spec.Cases()
	needs := map[string]rights.Right{}
	var names []string
	for _, r := range rights.Table() {
		if r.Who == rights.Person && r.On == on && cases.Need(r) && needs[r.Permission].Role == "" {
			needs[r.Permission] = r
			names = append(names, r.Permission)
		}
	}
	what, grant := p.resource(on)
	has, err := p.Cloud.Project.Permitted(ctx, what, names)
	switch {
	case errs.KindOf(err) == errs.NotFound:
		return nil // that it is not there has a line already
	case err != nil:
		return unseen(err)
	}
	if has, err = p.ofService(ctx, on, names, has); err != nil {
		return unseen(err)
	}
	told := map[string]bool{}
	for _, name := range names {
		r := needs[name]
		if slices.Contains(has, name) || told[r.Role] {
			continue
		}
		told[r.Role] = true
		f := doctor.Finding{Mark: doctor.Fail, Text: "you have no " + name + " on " + what.Title, Fix: grant + " --role=" + r.Role + " --member=" + p.member()}
		if r.Optional || r.When != rights.Always {
			f.Mark = doctor.Warn
		}
		all = append(all, f)
	}
	if len(all) == 0 {
		return doctor.Well("you may do what deploys do on " + what.Title)
	}
	return all
}

// ofService adds to what somebody may do on the project what they may do on the
// service itself, where that is there: a role may be on it alone.
func (p Patient) ofService(ctx context.Context, on rights.Resource, names, has []string) ([]string, error) {
	lack := slices.DeleteFunc(slices.Clone(p.Own.Permissions), func(name string) bool {
		return !slices.Contains(names, name) || slices.Contains(has, name)
	})
	if on != rights.Project || len(lack) == 0 {
		return has, nil
	}
	more, err := p.Cloud.Project.Permitted(ctx, project.Resource{API: gcp.API(p.Own.API), Path: p.Own.Path, Title: p.Own.Title}, lack)
	if errs.KindOf(err) == errs.NotFound || gcp.Disabled(err) != "" {
		return has, nil // before the first deploy
	}
	return append(has, more...), err
}

// member is who deploys, as a policy names them.
func (p Patient) member() string {
	id, err := p.Cloud.Access.Identity()
	switch {
	case err != nil || id.Email == "":
		return "user:YOU"
	case id.User:
		return "user:" + id.Email
	}
	return "serviceAccount:" + id.Email
}

// resource is something with rights on it, and gcloud's command that grants one.
func (p Patient) resource(on rights.Resource) (project.Resource, string) {
	c, s := p.Cloud.Project, p.Spec
	switch on {
	case rights.Repository:
		return c.Repository(s.Region, s.Repository), "gcloud artifacts repositories add-iam-policy-binding " + s.Repository + " --project=" + s.Project + " --location=" + s.Region
	case rights.SourceBucket:
		return c.Bucket(s.SourceBucket), "gcloud storage buckets add-iam-policy-binding gs://" + s.SourceBucket
	case rights.LogsBucket:
		return c.Bucket(s.LogsBucket), "gcloud storage buckets add-iam-policy-binding gs://" + s.LogsBucket
	case rights.BuildsAccount:
		return c.ServiceAccount(s.Builds), "gcloud iam service-accounts add-iam-policy-binding " + s.Builds + " --project=" + s.Project
	}
	return c.Itself(), "gcloud projects add-iam-policy-binding " + s.Project + " --condition=None"
}

// buildsAccount says whom builds run as, which changed at Google in 2024 for those
// that name nobody.
func (p Patient) buildsAccount(ctx context.Context) []doctor.Finding {
	if p.Named {
		return doctor.Well("builds run as " + p.Spec.Builds)
	}
	email, err := p.Cloud.Project.DefaultAccount(ctx, p.Spec.Region)
	switch {
	case err != nil:
		return unseen(err)
	case email == "":
		return []doctor.Finding{{Mark: doctor.Fail, Text: "no account is named, and the project has none by default", Fix: p.Mend("settings")}}
	}
	whose := "Compute Engine's, which every service that names no other runs as, too"
	if strings.HasSuffix(email, "@cloudbuild.gserviceaccount.com") {
		whose = "Cloud Build's own"
	}
	return []doctor.Finding{{Mark: doctor.Warn, Text: "builds run as " + email + ", " + whose, Fix: p.Mend("settings")}}
}
