package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// TestRegions: which regions hold, and which of them a run is about that is not about each.
func TestRegions(t *testing.T) {
	t.Parallel()
	const both = "project: demo\nregions: [europe-west1, us-east1]\nenvironments: {one: {region: asia-east1}, all: {regions: [us-west1]}}\n"
	for name, tt := range map[string]struct {
		text, env string
		variables map[string]string
		flags     map[string][]string
		all       []string
		region    string
		home      string
		from      string
		wrong     string
	}{
		"the first":            {text: both, all: []string{"europe-west1", "us-east1"}, region: "europe-west1", home: "europe-west1", from: "gcpdeploy.yaml:2"},
		"chosen by flag":       {text: both, flags: map[string][]string{"region": {"us-east1"}}, all: []string{"europe-west1", "us-east1"}, region: "us-east1", home: "europe-west1", from: "--region"},
		"chosen by variable":   {text: both, variables: map[string]string{"GCPDEPLOY_REGION": "us-east1"}, all: []string{"europe-west1", "us-east1"}, region: "us-east1", home: "europe-west1", from: "GCPDEPLOY_REGION"},
		"over gcloud's":        {text: both, variables: map[string]string{"CLOUDSDK_RUN_REGION": "us-west1"}, all: []string{"europe-west1", "us-east1"}, region: "europe-west1", home: "europe-west1", from: "gcpdeploy.yaml:2"},
		"an environment's one": {text: both, env: "one", region: "asia-east1", home: "asia-east1", from: "gcpdeploy.yaml:3"},
		"an environment's":     {text: both, env: "all", all: []string{"us-west1"}, region: "us-west1", home: "us-west1", from: "gcpdeploy.yaml:3"},
		"flags over the file":  {text: "region: asia-east1\n", flags: map[string][]string{"regions": {"us-east1,us-west1"}}, all: []string{"us-east1", "us-west1"}, region: "us-east1", home: "us-east1", from: "--regions"},
		"variable over it":     {text: "region: asia-east1\n", variables: map[string]string{"GCPDEPLOY_REGIONS": "us-east1,us-west1"}, all: []string{"us-east1", "us-west1"}, region: "us-east1", home: "us-east1", from: "GCPDEPLOY_REGIONS"},
		"flag over variable":   {text: "", variables: map[string]string{"GCPDEPLOY_REGION": "asia-east1"}, flags: map[string][]string{"regions": {"us-east1"}}, all: []string{"us-east1"}, region: "us-east1", home: "us-east1", from: "--regions"},

		"both":            {text: "region: us-east1\nregions: [us-east1]\n", wrong: "gcpdeploy.yaml:2:10: regions and region stand in the same place"},
		"none of them":    {text: both, flags: map[string][]string{"region": {"us-west1"}}, wrong: "--region: region is us-west1, which is none of regions (gcpdeploy.yaml:2)"},
		"twice":           {text: "regions: [us-east1, us-east1]\n", wrong: "names us-east1 twice"},
		"empty":           {text: "regions: []\n", wrong: "names no region"},
		"a zone":          {text: "regions: [us-east1-b]\n", wrong: "is a zone"},
		"of another kind": {text: "regions: {a: b}\n", wrong: "regions"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := shopIn(t, tt.text)
			in.Env, in.Flags = tt.env, tt.flags
			in.Lookup = func(name string) (string, bool) { v, ok := tt.variables[name]; return v, ok }
			c, err := config.Load(in)
			if tt.wrong != "" {
				if err == nil || errs.KindOf(err) != errs.Usage || !strings.Contains(err.Error(), tt.wrong) {
					t.Errorf("got %v, want %s", err, tt.wrong)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.all, c.Regions); diff != "" || c.Region != tt.region || c.Home() != tt.home || c.BuildRegion() != tt.home || c.Origin["region"] != tt.from {
				t.Errorf("%s, in %s (%s), home %s", diff, c.Region, c.Origin["region"], c.Home())
			}
		})
	}
}

// TestEachRegion: a run about each of them gets the list, in which each comes after one that
// has the images at least.
func TestEachRegion(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]config.Member{
		"regions: [europe-west1, us-east1, asia-east1]\n": {
			{Name: "europe-west1", Region: "europe-west1"}, {Name: "us-east1", Region: "us-east1", DependsOn: []string{"europe-west1"}}, {Name: "asia-east1", Region: "asia-east1", DependsOn: []string{"us-east1"}},
		},
		"regions: [europe-west1, us-east1, asia-east1]\nregions_together: true\n": {
			{Name: "europe-west1", Region: "europe-west1"}, {Name: "us-east1", Region: "us-east1", DependsOn: []string{"europe-west1"}}, {Name: "asia-east1", Region: "asia-east1", DependsOn: []string{"europe-west1"}},
		},
		"regions: [europe-west1]\nregions_together: true\n": nil,
		"region: europe-west1\n":                            nil,
	} {
		in := shopIn(t, text)
		in.EachRegion = true
		c, err := config.Load(in)
		several, ok := errors.AsType[*config.Several](err)
		if want == nil {
			if err != nil || c.Region != "europe-west1" {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		if !ok || errs.KindOf(err) != errs.Usage || several.Noun() != config.ARegion {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, several.Members); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}
