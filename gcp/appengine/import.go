package appengine

import (
	"github.com/gcpdeploy/gcpdeploy/internal/appyaml"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// importFile keeps an app of the flexible environment deployable as it is: app.yaml
// beside the configuration says the rest. The service is said, as the configuration's
// own would be stronger than the file's.
func importFile(f *appyaml.File, _ []string) (release.Import, bool) {
	settings := []config.Said{{Name: "service", Text: f.Service()}}
	if name := f.Place.File; name != appyaml.Name {
		settings = append(settings, config.Said{Name: "file", Text: name})
	}
	return release.Import{Env: "flex", Settings: settings}, f.Flexible()
}
