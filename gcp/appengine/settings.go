package appengine

import (
	"encoding/json"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// port is what a container of the flexible environment must listen on
// (cloud.google.com/appengine/docs/flexible/custom-runtimes/build).
const port = 8080

// Settings are the keys under `app_engine`.
type Settings struct {
	Env map[string]string
	Options
}

// Options are what App Engine alone understands of a release. A zero field is left
// to App Engine.
type Options struct {
	ServiceAccount string `json:"service_account,omitempty"`
}

var _ release.Section = (*Settings)(nil)

// Fill puts the settings into a release.
func (s *Settings) Fill(to *release.Spec) {
	to.Port, to.Env = port, s.Env
	if s.Options != (Options{}) {
		to.Settings, _ = json.Marshal(s.Options) // texts and numbers only: never fails
	}
}

// optionsOf reads what Fill put into a release.
func optionsOf(s release.Spec) (Options, error) {
	var o Options
	if len(s.Settings) == 0 {
		return o, nil
	}
	if err := json.Unmarshal(s.Settings, &o); err != nil {
		return o, errs.New(errs.Internal, "", "reading the settings of the release: %w", err)
	}
	return o, nil
}

// keys are those under `app_engine`.
var keys = []config.Key{
	{Name: "service_account", Flag: "app-engine-service-account", Group: config.GroupService, Usage: "service account that the app runs as on App Engine",
		Set: config.SetText(func(s *Settings) *string { return &s.ServiceAccount }, config.CheckAccount)},
}
