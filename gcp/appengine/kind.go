package appengine

import (
	"net/url"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

const title = "App Engine"

// Kind is App Engine flexible as it is known without a connection.
var Kind = release.Kind{
	Title: title,
	Config: config.Target{
		Name: "app-engine", Section: "app_engine", Keys: keys, New: func() any { return &Settings{} },
		Service: checkService, Variable: checkVariable, Rules: rules, Beside: beside, Files: files, OneRegion: true,
	},
	Contract: contract,
	Needs: release.Needs{
		APIs: []string{gcp.AppEngine.Service(), flexibleAPI}, Account: "app_engine.service_account",
		RunsAs: func(s release.Spec) string {
			o, _ := optionsOf(s) // what cannot be read is told where it is released
			return o.ServiceAccount
		},
		Public: func(release.Spec) bool { return true }, Also: also,
		Agent: &release.Agent{Domain: "gae-api-prod.google.com", Role: "roles/appengineflex.serviceAgent"},
	},
	Front: front,
	Pages: func(s release.Spec) (string, string) {
		query := url.PathEscape(`resource.type="gae_app" resource.labels.module_id="` + s.Service + `"`)
		return "https://console.cloud.google.com/appengine/versions?serviceId=" + s.Service + "&project=" + s.Project,
			"https://console.cloud.google.com/logs/query;query=" + query + "?project=" + s.Project
	},
	Import: importFile,
	Splits: splits,
	Notes:  notes,
}

// also is what a release needs that not every one on every target does: its instances
// are machines of the project, and files that go with it have calls of their own.
func also(s release.Spec) (cases, apis []string) {
	cases = append(cases, string(rights.Machines))
	o, _ := optionsOf(s) // what cannot be read is told where it is released
	if o.DispatchYAML != "" {
		cases = append(cases, string(rights.Dispatch))
	}
	if o.CronYAML != "" {
		cases, apis = append(cases, string(rights.Cron)), append(apis, gcp.CloudScheduler.Service())
	}
	return cases, apis
}
