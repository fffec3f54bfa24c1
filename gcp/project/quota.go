package project

import (
	"context"
	"net/url"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

// Unlimited is a limit that is none.
const Unlimited = -1

type quotaMetric struct {
	Metric              string
	ConsumerQuotaLimits []struct {
		Unit         string
		QuotaBuckets []quotaBucket
	}
}

// quotaBucket is a limit, and where it holds. One that is 0 is left out.
type quotaBucket struct {
	EffectiveLimit int64 `json:",string"`
	Dimensions     map[string]string
}

// Quota gives the limit of a metric ("run.googleapis.com/cpu_allocation") of an API
// ("run.googleapis.com") in a region, in the metric's own unit. known is false where
// the API has no such metric, or limits it by more than the region.
func (c *Client) Quota(ctx context.Context, api, metric, region string) (limit int64, known bool, err error) {
	for token := ""; ; {
		q := url.Values{"view": {"FULL"}, "pageSize": {"200"}}
		if token != "" {
			q.Set("pageToken", token)
		}
		var page struct {
			Metrics       []quotaMetric
			NextPageToken string
		}
		if err := c.get(ctx, gcp.ServiceUsage, "looking at the quotas of "+api, "v1beta1/projects/"+c.Project+"/services/"+api+"/consumerQuotaMetrics?"+q.Encode(), &page); err != nil {
			return 0, false, err
		}
		for _, m := range page.Metrics {
			if m.Metric == metric {
				limit, known = m.in(region)
				return limit, known, nil
			}
		}
		if token = page.NextPageToken; token == "" {
			return 0, false, nil
		}
	}
}

// in is the least of the metric's limits of regions. A bucket of the region counts for
// more than one of all regions; buckets of something else, such as who began a
// build, say nothing of all.
func (m quotaMetric) in(region string) (least int64, known bool) {
	for _, l := range m.ConsumerQuotaLimits {
		if !strings.Contains(l.Unit, "{region}") {
			continue
		}
		var general, own *int64
		for _, b := range l.QuotaBuckets {
			switch at, ok := b.Dimensions["region"]; {
			case len(b.Dimensions) == 0:
				general = &b.EffectiveLimit
			case ok && len(b.Dimensions) == 1 && at == region:
				own = &b.EffectiveLimit
			}
		}
		if own == nil {
			own = general
		}
		if own != nil && (!known || least == Unlimited || *own != Unlimited && *own < least) {
			least, known = *own, true
		}
	}
	return least, known
}
