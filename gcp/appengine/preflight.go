package appengine

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// flexibleAPI is the API that versions of the flexible environment need.
const flexibleAPI = "appengineflex.googleapis.com"

// first is the service that an application has before all others.
const first = "default"

// Check refuses what a release would fail for after minutes: no application, or one that
// is turned off, no service default yet, an API that is not enabled.
func (t Target) Check(ctx context.Context, s release.Spec, _ release.Service) error {
	if err := t.checkImage(s); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return t.checkApplication(ctx, s) })
	g.Go(func() error { return t.checkAPI(ctx, s.Project) })
	return g.Wait()
}

func (t Target) checkApplication(ctx context.Context, s release.Spec) error {
	o, err := optionsOf(s)
	if err != nil {
		return err
	}
	a, ok, err := t.application(ctx, s.Project)
	switch {
	case err != nil:
		return err
	case !ok:
		return noApplication(s)
	case a.ServingStatus == "USER_DISABLED":
		return errs.New(errs.Usage, "Enable it at https://console.cloud.google.com/appengine/settings?project="+s.Project+".",
			"the App Engine application of %s is disabled: nothing can be deployed to it", s.Project)
	case a.ServingStatus == "SYSTEM_DISABLED":
		return errs.New(errs.Usage, "Look at the project's billing and quotas, or ask Google's support.",
			"Google has disabled the App Engine application of %s: nothing can be deployed to it", s.Project)
	case s.Service == first && o.files() == (appFiles{}):
		return nil
	}
	services, err := t.services(ctx, s.Project)
	if err != nil {
		return err
	}
	names := []string{s.Service}
	for _, v := range services {
		names = append(names, v.ID)
	}
	if err := checkFiles(o.files(), names); err != nil || s.Service == first {
		return err
	}
	if !slices.Contains(names, first) {
		return errs.New(errs.Usage, "Deploy an app with --service default first.",
			"the first service of an application must be %s, and %s has none yet: App Engine would refuse %s", first, s.Project, s.Service)
	}
	return nil
}

// checkAPI looks whether the flexible environment's API is enabled. Who may not look
// learns it later.
func (t Target) checkAPI(ctx context.Context, project string) error {
	var api struct{ State string }
	path := "projects/" + project + "/services/" + flexibleAPI
	err := t.usage.Do(ctx, gcp.Request{
		Doing: "looking whether " + flexibleAPI + " is enabled", Call: "appengine.EnabledAPI", Resource: path,
		Method: http.MethodGet, Path: "v1/" + path, Out: &api,
	})
	switch {
	case errs.KindOf(err) == errs.Auth:
		return nil
	case err != nil:
		return err
	case api.State != "ENABLED":
		return errs.New(errs.Auth, "Run `gcpdeploy setup --target app-engine`, or `gcloud services enable "+flexibleAPI+" --project="+project+"`.",
			"%w in %s: the App Engine flexible environment is not enabled", release.ErrNotSetUp, project)
	}
	return nil
}

// checkImage refuses an image that App Engine takes from nowhere.
func (t Target) checkImage(s release.Spec) error {
	host, _, _ := strings.Cut(s.Image, "/")
	if t.access.Endpoint(gcp.Registry) != "" || strings.HasSuffix(host, "-docker.pkg.dev") || host == "gcr.io" || strings.HasSuffix(host, ".gcr.io") {
		return nil
	}
	return errs.New(errs.Usage, "Keep the images in Artifact Registry.", "App Engine takes no images from %s", host)
}
