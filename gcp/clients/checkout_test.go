package clients_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// TestInCheckout: the flags lead to the same service in the same place from the
// top of another checkout, wherever that is and whatever is set there.
func TestInCheckout(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, yaml string
		app        clients.App
		env        map[string]string
		want, here []string
	}{
		{"all in the file", "service: shop\nproject: my-project\nregion: europe-west1\n", clients.App{}, nil, []string{"--source=apps/shop"}, nil},
		{"from elsewhere", "", clients.App{Flags: map[string][]string{"region": {"europe-west1"}, "memory": {"1Gi"}, "impersonate-service-account": {"x@my-project.iam.gserviceaccount.com"}}},
			map[string]string{"GCPDEPLOY_PROJECT": "my-project", "GCPDEPLOY_RUN_CPU": "2"},
			[]string{"--source=apps/shop", "--service=shop", "--project=my-project", "--region=europe-west1", "--memory=1Gi"}, []string{"GCPDEPLOY_RUN_CPU"}},
		{"another name at the target", "target: app-engine\nproject: my-project\nregion: europe-west1\n", clients.App{Flags: map[string][]string{"service-account": {"x@my-project.iam.gserviceaccount.com"}}}, nil,
			[]string{"--source=apps/shop", "--service=shop", "--app-engine-service=default", "--service-account=x@my-project.iam.gserviceaccount.com"}, nil},
		{"an environment and a list", "project: my-project\nregion: europe-west1\nservice: shop\nrepository: ours\nenvironments: {prod: {region: us-east1}}\n",
			clients.App{Env: "prod", Flags: map[string][]string{"requirements": {"a.txt", "b.txt"}}}, nil,
			[]string{"--source=apps/shop", "--env=prod", "--requirements=a.txt", "--requirements=b.txt"}, nil},
		{"one of several, by argument", "project: my-project\nregion: europe-west1\nservices: {api: {service: shop-api}, web: {}}\n", clients.App{Only: []string{"api"}}, nil,
			[]string{"--source=apps/shop", "--service=api"}, nil},
		{"one of several, by flag", "project: my-project\nregion: europe-west1\nservices: {api: {}, web: {}}\n", clients.App{Flags: map[string][]string{"service": {"web"}}}, nil,
			[]string{"--source=apps/shop", "--service=web"}, nil},
		{"one of several, by variable", "project: my-project\nregion: europe-west1\nservices: {api: {}, web: {}}\n", clients.App{}, map[string]string{"GCPDEPLOY_SERVICE": "web"},
			[]string{"--source=apps/shop", "--service=web"}, nil},
		{"several regions in the file", "project: my-project\nregions: [europe-west1, us-east1]\nservice: shop\n", clients.App{}, nil, []string{"--source=apps/shop"}, nil},
		{"several regions by flag", "project: my-project\nregion: europe-west1\nservice: shop\n", clients.App{Flags: map[string][]string{"regions": {"us-east1,us-west1"}}}, nil,
			[]string{"--source=apps/shop", "--regions=us-east1,us-west1"}, nil},
		{"several regions by variable, of which one", "project: my-project\nservice: shop\n", clients.App{}, map[string]string{"GCPDEPLOY_REGIONS": "us-east1,us-west1", "GCPDEPLOY_REGION": "us-west1"},
			[]string{"--source=apps/shop", "--region=us-west1", "--regions=us-east1,us-west1"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			app := filepath.Join(dir, "apps", "shop")
			for _, d := range []string{app, filepath.Join(dir, ".git")} {
				if err := os.MkdirAll(d, 0o700); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(app, "gcpdeploy.yaml"), []byte(tt.yaml), 0o600); err != nil {
				t.Fatal(err)
			}
			tt.app.Source = app
			d := deps(dir, tt.env)
			c, err := config.Load(tt.app.Input(d))
			if err != nil {
				t.Fatal(err)
			}
			flags, here, err := tt.app.InCheckout(c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, flags); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.here, here); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestInCheckoutOutside(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	app := filepath.Join(dir, "app")
	if err := os.MkdirAll(filepath.Join(app, ".git"), 0o700); err != nil {
		t.Fatal(err)
	}
	a := clients.App{Source: app, Config: filepath.Join(dir, "gcpdeploy.yaml")}
	if _, _, err := a.InCheckout(&config.Config{Service: "app", Project: "p", Region: "r"}); err == nil || !strings.Contains(err.Error(), "is not below "+app) {
		t.Error(err)
	}
}
