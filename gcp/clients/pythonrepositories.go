package clients

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
)

// pythonRepositories are the repositories of Artifact Registry that the app's
// packages come from: those that its settings name, and its requirements where they
// can be read. Nobody is asked; what is wrong with the files is told elsewhere.
func (s *Set) pythonRepositories(from App) (all []setup.Index) {
	urls := []string{s.Config.Wheels.IndexURL}
	if app, err := engine.Load(context.Background(), from.Input(s.deps)); err == nil {
		urls = append(append(urls, app.Closure.Options.IndexURLs...), app.Closure.Options.FindLinks...)
		if app.Tests != nil {
			urls = append(append(urls, app.Tests.Options.IndexURLs...), app.Tests.Options.FindLinks...)
		}
	}
	for _, u := range urls {
		if i, ok := indexOf(u); ok && !slices.Contains(all, i) {
			all = append(all, i)
		}
	}
	return all
}

// indexOf takes the URL of a package index of Artifact Registry apart:
// https://LOCATION-python.pkg.dev/PROJECT/REPOSITORY/simple/.
func indexOf(u string) (i setup.Index, ok bool) {
	at, err := url.Parse(u)
	if err != nil || !gcp.PythonIndex(strings.ToLower(at.Hostname())) {
		return i, false
	}
	path := strings.Split(strings.Trim(at.Path, "/"), "/")
	if len(path) < 2 || path[0] == "" || path[1] == "" {
		return i, false
	}
	location, _ := strings.CutSuffix(strings.ToLower(at.Hostname()), "-python.pkg.dev")
	return setup.Index{Project: path[0], Location: location, Repository: path[1]}, true
}
