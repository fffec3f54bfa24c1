package serviceusage

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// metric is a quota that an API has, as far as limits of it are served.
type metric struct {
	api, name, title string
	unit             string // of its one limit
	limit            int64  // by default
}

// regional are the metrics whose limits are of regions. The limits are the greatest
// that cloud.google.com/build/quotas has for the default pool, and one of those that
// projects have for Cloud Run (read 2026-11). The emulators enforce none of them.
var regional = []metric{
	{"cloudbuild.googleapis.com", "cloudbuild.googleapis.com/concurrent_public_pool_build_cpus", "Concurrent Build CPUs (Regional Default Pool)", "1/{project}/{region}/{build_origin}", 100},
	{"cloudbuild.googleapis.com", "cloudbuild.googleapis.com/concurrent_private_pool_build_cpus", "Concurrent Build CPUs (Private Pool)", "1/{project}/{region}/{build_origin}", 2400},
	{"run.googleapis.com", "run.googleapis.com/cpu_allocation", "Total CPU allocation, in milli vCPU, per project per region", "1/min/{project}/{region}", 200_000},
}

// locations are some of those that limits may be set for.
var locations = []string{"asia-northeast1", "europe-west1", "europe-west3", "us-central1", "us-east1", "us-west1"}

// override is a limit that the project itself has set. It lowers one.
type override struct {
	Metric     string            `json:"metric"`
	Unit       string            `json:"unit"`
	Dimensions map[string]string `json:"dimensions,omitempty"`
	Value      int64             `json:"overrideValue,string"`
}

// bucket is a limit, and where it holds.
type bucket struct {
	EffectiveLimit   int64             `json:"effectiveLimit,omitempty,string"` // none stands for 0, as in all of Google's JSON
	DefaultLimit     int64             `json:"defaultLimit,omitempty,string"`
	ConsumerOverride *override         `json:"consumerOverride,omitempty"`
	Dimensions       map[string]string `json:"dimensions,omitempty"`
}

// resource is the metric as the API has it for a project, by number. All locations have
// a bucket in the full view, and those with an override in the other one.
func (m metric) resource(number string, overrides []override, full bool) map[string]any {
	at := map[string]bucket{"": m.bucket(nil, nil)}
	if full {
		for _, l := range locations {
			at[l] = m.bucket(map[string]string{"region": l}, nil)
		}
	}
	for _, o := range overrides {
		if o.Metric == m.name {
			at[o.Dimensions["region"]] = m.bucket(o.Dimensions, &o)
		}
	}
	if o := at[""].ConsumerOverride; o != nil { // holds wherever there is no other one
		for l, b := range at {
			if l != "" && b.ConsumerOverride == nil {
				b.EffectiveLimit = at[""].EffectiveLimit
				at[l] = b
			}
		}
	}
	var buckets []bucket
	for _, l := range slices.Sorted(maps.Keys(at)) {
		buckets = append(buckets, at[l])
	}
	name := "projects/" + number + "/services/" + m.api + "/consumerQuotaMetrics/" + url.PathEscape(m.name)
	limit := map[string]any{
		"name": name + "/limits/" + url.PathEscape(strings.NewReplacer("1/", "/", "{", "", "}", "").Replace(m.unit)),
		"unit": m.unit, "metric": m.name, "isPrecise": true, "supportedLocations": locations, "quotaBuckets": buckets,
	}
	return map[string]any{"name": name, "metric": m.name, "displayName": m.title, "unit": "1", "consumerQuotaLimits": []any{limit}}
}

func (m metric) bucket(dimensions map[string]string, o *override) bucket {
	b := bucket{EffectiveLimit: m.limit, DefaultLimit: m.limit, ConsumerOverride: o, Dimensions: dimensions}
	if o != nil && o.Value >= 0 {
		b.EffectiveLimit = min(m.limit, o.Value)
	}
	return b
}

func find(api, name string) (metric, bool) {
	i := slices.IndexFunc(regional, func(m metric) bool { return m.api == api && m.name == name })
	if i < 0 {
		return metric{}, false
	}
	return regional[i], true
}
