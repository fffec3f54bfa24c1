package appengine

import (
	"encoding/json"
	"reflect"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// port is what a container of the flexible environment must listen on
// (cloud.google.com/appengine/docs/flexible/custom-runtimes/build).
const port = 8080

// Settings are the keys under `app_engine`.
type Settings struct {
	Service  string // "" = the service's name
	File     string // in place of app.yaml; "" = that, if it is there
	Dispatch string // names a file like dispatch.yaml
	Cron     string // names a file like cron.yaml
	Location string // of the application that setup makes; "" = somebody is asked
	Env      map[string]string
	Options
}

var _ release.Section = (*Settings)(nil)

// Fill puts the settings into a release.
func (s *Settings) Fill(to *release.Spec, of *config.Config) {
	to.Port, to.Env = port, s.Env
	if s.Service != "" {
		to.Service = s.Service
	}
	o := s.Options
	o.YAMLFile = s.File
	o.ReadinessCheck.Path = readinessPath(o.ReadinessCheck.Path, of.Start)
	if !reflect.ValueOf(o).IsZero() {
		to.Settings, _ = json.Marshal(o) // texts and numbers only: never fails
	}
}

// readinessPath is the path that an instance must answer with 200 before it gets
// requests. Without one the platform asks no app whether it works: one that answers 500
// to everything is healthy. What speaks no HTTP cannot be asked.
func readinessPath(said string, start config.Start) string {
	switch {
	case said != "" || start.Protocol != config.HTTP && start.Protocol != "":
		return said
	case start.Path != "" && (start.Status == 0 || start.Status == 200):
		return start.Path
	}
	return "/"
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
