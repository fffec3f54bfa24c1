package clients

import (
	"context"
	"fmt"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/doctor"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// quotaCheck says how much of the project's quotas is left for the next build and
// the next release, as far as that can be known without Cloud Monitoring.
func (s *Set) quotaCheck(ctx context.Context, p *project.Client) []doctor.Finding {
	return append(s.buildsQuota(ctx, p), s.releaseQuota(ctx, p)...)
}

// buildsQuota compares the CPUs of a build with those that no running build has.
// Builds in global are counted, and not their CPUs; a pool's machines are its own.
func (s *Set) buildsQuota(ctx context.Context, p *project.Client) []doctor.Finding {
	c := s.Config
	region := c.BuildRegion()
	need, known := cloudbuild.MachineCPUs(c.Build.MachineType)
	if c.Build.On == config.Docker || c.Build.Pool != "" || region == "global" || !known {
		return nil
	}
	what := "builds in " + region
	limit, known, err := p.Quota(ctx, gcp.CloudBuild.Service(), cloudbuild.QuotaCPUs, region)
	switch {
	case err != nil || !known:
		return unknownQuota(what, err)
	case limit == project.Unlimited:
		return doctor.Well(what + ": CPUs without limit")
	case int64(need) > limit:
		return []doctor.Finding{{Mark: doctor.Fail, Fix: s.quotaPage(gcp.CloudBuild.Service()),
			Text: fmt.Sprintf("%s: a build has a machine with %d CPUs, and the project's limit is %d, so none ever runs", what, need, limit)}}
	}
	used, err := s.builds().CPUs(ctx)
	if err != nil {
		return []doctor.Finding{{Mark: doctor.Mute, Text: fmt.Sprintf("%s: %d CPUs; how many are in use cannot be seen: %v", what, limit, err)}}
	}
	text := fmt.Sprintf("%s: %d of %d CPUs in use", what, used, limit)
	if int64(used+need) > limit {
		return []doctor.Finding{{Mark: doctor.Warn, Text: fmt.Sprintf("%s; the next build, with %d, waits for those that run", text, need), Fix: s.quotaPage(gcp.CloudBuild.Service())}}
	}
	return doctor.Well(text)
}

// releaseQuota speaks where the configuration alone asks for more than there is.
func (s *Set) releaseQuota(ctx context.Context, p *project.Client) []doctor.Finding {
	if s.target.Needs.Demand == nil {
		return nil
	}
	want, ok := s.target.Needs.Demand(release.Of(s.Config))
	if !ok {
		return nil
	}
	var found []doctor.Finding
	for _, region := range s.Config.Everywhere() {
		found = append(found, s.regionQuota(ctx, p, want, region)...)
	}
	return found
}

// regionQuota is releaseQuota of one region.
func (s *Set) regionQuota(ctx context.Context, p *project.Client, want release.Demand, region string) []doctor.Finding {
	limit, known, err := p.Quota(ctx, want.API, want.Metric, region)
	switch {
	case err != nil || !known:
		return unknownQuota(s.target.Title+" in "+region, err)
	case limit == project.Unlimited || want.Amount <= limit:
		return nil
	}
	return []doctor.Finding{{Mark: doctor.Warn, Fix: s.quotaPage(want.API),
		Text: fmt.Sprintf("%s %s, more than the project's %s in %s: %s", want.Text, want.Show(want.Amount), want.Show(limit), region, want.Fits(limit))}}
}

// unknownQuota is one line, whatever is in the way: deploys do not depend on it.
func unknownQuota(what string, err error) []doctor.Finding {
	text := what + ": the limit cannot be seen"
	if err != nil {
		text += ": " + err.Error()
	}
	return []doctor.Finding{{Mark: doctor.Mute, Text: text}}
}

// quotaPage is where more of an API's quotas is asked for.
func (s *Set) quotaPage(api string) string {
	return "https://console.cloud.google.com/iam-admin/quotas?service=" + api + "&project=" + s.Config.Project
}
