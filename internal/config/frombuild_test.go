package config_test

import (
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// TestFromBuild: what a Cloud Build says of itself comes before gcloud's settings, and
// after all that somebody said for the app.
func TestFromBuild(t *testing.T) {
	t.Parallel()
	vars := map[string]string{
		"BUILD_ID": "c0ffee00-1111-2222-3333-444455556666", "PROJECT_ID": "built", "LOCATION": "europe-west4", "REPO_FULL_NAME": "acme/Shop_Front",
		"CLOUDSDK_CORE_PROJECT": "gcloud",
	}
	lookup := func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
	dir := t.TempDir()
	load := func() *config.Config {
		t.Helper()
		c, err := config.Load(config.Input{Dir: dir, Targets: targets, Lookup: lookup})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if c := load(); c.Project != "built" || c.Origin["project"] != "PROJECT_ID" || c.Region != "europe-west4" || c.Origin["region"] != "LOCATION" || c.Build.On != config.Auto {
		t.Errorf("%s (%s), %s (%s), %s", c.Project, c.Origin["project"], c.Region, c.Origin["region"], c.Build.On)
	}
	vars["LOCATION"] = "global"
	if c := load(); c.Region != "" {
		t.Errorf("a region %q of a build in none", c.Region)
	}
	vars["GCPDEPLOY_PROJECT"], vars["GCPDEPLOY_BUILD_ON"] = "mine", "docker"
	if c := load(); c.Project != "mine" || c.Build.On != config.Docker {
		t.Errorf("%s, %s", c.Project, c.Build.On)
	}
	vars["GCPDEPLOY_BUILD_ON"] = "dokcer"
	if _, err := config.Load(config.Input{Dir: dir, Targets: targets, Lookup: lookup}); err == nil {
		t.Error("dokcer is taken")
	}
}
