package appengine

import (
	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

const title = "App Engine"

// Kind is App Engine flexible as it is known without a connection.
var Kind = release.Kind{
	Title: title,
	Config: config.Target{
		Name: "app-engine", Section: "app_engine", Keys: keys, New: func() any { return &Settings{} },
		Service: checkService, Variable: checkVariable, Rules: rules, Beside: beside, Files: files,
	},
	Contract: contract,
	Needs: release.Needs{
		APIs: []string{gcp.AppEngine.Service(), flexibleAPI}, Account: "app_engine.service_account",
		RunsAs: func(s release.Spec) string {
			o, _ := optionsOf(s) // what cannot be read is told where it is released
			return o.ServiceAccount
		},
		Public: func(release.Spec) bool { return true },
	},
	Front:  front,
	Import: importFile,
	Splits: splits,
	Notes:  notes,
}
