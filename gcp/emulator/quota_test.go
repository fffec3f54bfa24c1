package emulator_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	usage "google.golang.org/api/serviceusage/v1beta1"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

const (
	cloudBuild = "projects/my-project/services/cloudbuild.googleapis.com"
	buildCPUs  = "cloudbuild.googleapis.com/concurrent_public_pool_build_cpus"
	perRegion  = "1/{project}/{region}/{build_origin}"
)

// limits are the effective ones of builds' CPUs by region, "" the general one.
func limits(t *testing.T, s *usage.APIService, view string) map[string]int64 {
	t.Helper()
	all := map[string]int64{}
	err := s.Services.ConsumerQuotaMetrics.List(cloudBuild).View(view).PageSize(1).Pages(t.Context(), func(page *usage.ListConsumerQuotaMetricsResponse) error {
		for _, m := range page.Metrics {
			if m.Metric != buildCPUs {
				continue
			}
			for _, b := range m.ConsumerQuotaLimits[0].QuotaBuckets {
				all[b.Dimensions["region"]] = b.EffectiveLimit
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestQuotas: Google's own client reads limits and lowers them, and they outlive the
// emulators.
func TestQuotas(t *testing.T) {
	t.Parallel()
	options := emulator.Options{Dir: t.TempDir()}
	start := func() (*emulator.Server, *usage.APIService) {
		s, err := emulator.Start(context.WithoutCancel(t.Context()), options)
		if err != nil {
			t.Fatal(err)
		}
		token, err := os.ReadFile(s.TokenFile())
		if err != nil {
			t.Fatal(err)
		}
		c, err := usage.NewService(t.Context(), option.WithEndpoint(s.URL()), option.WithHTTPClient(&http.Client{Transport: bearer(token)}))
		if err != nil {
			t.Fatal(err)
		}
		return s, c
	}
	s, c := start()
	if got := limits(t, c, "BASIC"); len(got) != 1 || got[""] != 100 {
		t.Errorf("at first: %v", got)
	}
	if got := limits(t, c, "FULL"); len(got) < 3 || got["europe-west1"] != 100 {
		t.Errorf("at first, in full: %v", got)
	}
	lower := func(c *usage.APIService, force bool, o usage.QuotaOverride) error {
		o.ForceSendFields = []string{"OverrideValue"}
		op, err := c.Services.ConsumerQuotaMetrics.ImportConsumerOverrides(cloudBuild, &usage.ImportConsumerOverridesRequest{
			Force: force, InlineSource: &usage.OverrideInlineSource{Overrides: []*usage.QuotaOverride{&o}},
		}).Context(t.Context()).Do()
		if err == nil && !op.Done {
			t.Errorf("%s is not done", op.Name)
		}
		return err
	}
	west := map[string]string{"region": "europe-west1"}
	for _, tt := range []struct {
		name  string
		force bool
		o     usage.QuotaOverride
		code  int
	}{
		{"far less", false, usage.QuotaOverride{Metric: buildCPUs, Unit: perRegion, OverrideValue: 8, Dimensions: west}, http.StatusBadRequest},
		{"no such unit", true, usage.QuotaOverride{Metric: buildCPUs, Unit: "1/{project}", OverrideValue: 8}, http.StatusNotFound},
		{"no such metric", true, usage.QuotaOverride{Metric: "cloudbuild.googleapis.com/x", Unit: perRegion, OverrideValue: 8}, http.StatusNotFound},
		{"no such region", true, usage.QuotaOverride{Metric: buildCPUs, Unit: perRegion, OverrideValue: 8, Dimensions: map[string]string{"region": "mars"}}, http.StatusBadRequest},
		{"no number of CPUs", true, usage.QuotaOverride{Metric: buildCPUs, Unit: perRegion, OverrideValue: -2}, http.StatusBadRequest},
	} {
		if e, ok := lower(c, tt.force, tt.o).(*googleapi.Error); !ok || e.Code != tt.code {
			t.Errorf("%s: %v, want %d", tt.name, e, tt.code)
		}
	}
	for _, o := range []usage.QuotaOverride{
		{Metric: buildCPUs, Unit: perRegion, OverrideValue: 40},
		{Metric: buildCPUs, Unit: perRegion, OverrideValue: 8, Dimensions: west},
		{Metric: buildCPUs, Unit: perRegion, OverrideValue: 0, Dimensions: map[string]string{"region": "us-east1"}},
		{Metric: buildCPUs, Unit: perRegion, OverrideValue: 4000, Dimensions: map[string]string{"region": "us-west1"}}, // more than Google gives
	} {
		if err := lower(c, true, o); err != nil {
			t.Fatal(err)
		}
	}
	stop(t, s)
	s, c = start()
	t.Cleanup(func() { stop(t, s) })
	want := map[string]int64{"": 40, "europe-west1": 8, "us-east1": 0, "us-west1": 100, "us-central1": 40}
	got := limits(t, c, "FULL")
	for region, n := range want {
		if v, ok := got[region]; !ok || v != n {
			t.Errorf("%q after a restart: %d, want %d", region, v, n)
		}
	}
	if got := limits(t, c, "BASIC"); len(got) != 4 {
		t.Errorf("those that were set: %v", got)
	}
	if _, err := c.Services.ConsumerQuotaMetrics.List("projects/my-project/services/none.example.com").Context(t.Context()).Do(); err == nil || !strings.Contains(err.Error(), "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED") {
		t.Errorf("of no API: %v", err)
	}
}

// TestQuotaRights: who may use the project may see its limits, and not change them.
func TestQuotaRights(t *testing.T) {
	t.Parallel()
	g := startGuarded(t, frame.Projects{}, echo{})
	path := "/v1beta1/" + cloudBuild + "/consumerQuotaMetrics"
	body := `{"force":true,"inlineSource":{"overrides":[{"metric":"` + buildCPUs + `","unit":"` + perRegion + `","overrideValue":"8"}]}}`
	g.denied(ada, "GET", path, "", "serviceusage.quotas.get")
	g.grant(p, binding("roles/serviceusage.serviceUsageConsumer", ada))
	if code, text := g.as(ada, "GET", path, ""); code != http.StatusOK || !strings.Contains(text, buildCPUs) {
		t.Errorf("%d %s", code, text)
	}
	g.denied(ada, "POST", path+":importConsumerOverrides", body, "serviceusage.quotas.update")
	g.grant(p, binding("roles/serviceusage.serviceUsageAdmin", ada))
	if code, text := g.as(ada, "POST", path+":importConsumerOverrides", body); code != http.StatusOK {
		t.Errorf("%d %s", code, text)
	}
	for _, wrong := range []struct{ method, path string }{{"POST", path}, {"GET", path + ":importConsumerOverrides"}, {"DELETE", path}} {
		if code, text := g.as("", wrong.method, wrong.path, ""); code != http.StatusNotFound || !strings.Contains(text, "UNIMPLEMENTED") {
			t.Errorf("%s %s: %d %s", wrong.method, wrong.path, code, text)
		}
	}
}

// TestGcloudQuota: what the real gcloud says of limits.
func TestGcloudQuota(t *testing.T) {
	t.Parallel()
	_, g := judge(t, "roles/serviceusage.serviceUsageAdmin")
	const of = " --service=cloudbuild.googleapis.com --consumer=projects/my-project"
	set := "alpha services quota update" + of + " --metric=" + buildCPUs + " --unit=" + perRegion + " --dimensions=region=europe-west1 --value=8"
	g.All(t,
		want{Command: "alpha services quota list" + of, Has: []string{"metric: " + buildCPUs, "unit: " + perRegion, "effectiveLimit: '100'"}},
		want{Command: set, Fails: true, Has: []string{"more than 10%"}},
	)
	g.All(t, want{Command: set + " --force"})
	g.All(t, want{Command: "alpha services quota list" + of + " --flatten=consumerQuotaLimits[].quotaBuckets[] --format=csv[no-heading](metric,consumerQuotaLimits.quotaBuckets.dimensions.region,consumerQuotaLimits.quotaBuckets.effectiveLimit)",
		Has: []string{buildCPUs + ",,100", buildCPUs + ",europe-west1,8"}})
}
