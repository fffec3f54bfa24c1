package scheduler

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Apps are the applications of App Engine.
type Apps interface {
	// Region is where a project's application is; not ok: there is none.
	Region(project string) (region string, ok bool)
	// URL is where a version of a service answers, without a slash at its end. An empty
	// version is what has the traffic, an empty service what dispatch rules find.
	URL(project, service, version string) string
}

// Limits of targets at App Engine. Source: the protos' comments.
const (
	flexDeadline    = time.Hour
	mostAppDeadline = 24*time.Hour + 15*time.Second
	appAgent        = "AppEngine-Google; (+http://code.google.com/appengine)"
)

// completeApp is completeTarget for App Engine.
func (s *Server) completeApp(t *schedulerpb.AppEngineHttpTarget, name string) error {
	project := projectOf(name)
	region, ok := "", false
	if s.cfg.Apps != nil {
		region, ok = s.cfg.Apps.Region(project)
	}
	switch {
	case !ok:
		return status.Errorf(codes.FailedPrecondition, "The project %s has no App Engine application.", project)
	case region != strings.Split(name, "/")[3]:
		return invalid("A job with an App Engine target must be in %s, where the application of %s is.", region, project)
	case t.GetAppEngineRouting().GetInstance() != "":
		return invalid("The flexible environment does not route to instances.")
	}
	if t.RelativeUri == "" {
		t.RelativeUri = "/"
	}
	u, err := url.Parse(t.RelativeUri)
	if err != nil || u.Host != "" || !strings.HasPrefix(t.RelativeUri, "/") || len(t.RelativeUri) > maxURI {
		return invalid("AppEngineHttpTarget.relative_uri must begin with / and be a path with a query: %.200q", t.RelativeUri)
	}
	if t.HttpMethod == schedulerpb.HttpMethod_HTTP_METHOD_UNSPECIFIED {
		t.HttpMethod = schedulerpb.HttpMethod_POST
	}
	if m := t.HttpMethod; len(t.GetBody()) > 0 && m != schedulerpb.HttpMethod_POST && m != schedulerpb.HttpMethod_PUT {
		return invalid("AppEngineHttpTarget.body is allowed for POST and PUT only.")
	}
	if t.AppEngineRouting == nil {
		t.AppEngineRouting = &schedulerpb.AppEngineRouting{}
	}
	r := t.AppEngineRouting
	at, err := url.Parse(s.cfg.Apps.URL(project, r.Service, r.Version))
	if err != nil {
		return invalid("AppEngineRouting names what cannot be a service and version: %v", err)
	}
	r.Host = at.Host
	return nil
}

// requestApp is what an application gets. Its headers with those names are Google's
// alone: App Engine takes them off what others send.
func (s *Server) requestApp(ctx context.Context, m *schedulerpb.Job, legacy bool) (*http.Request, error) {
	t := m.GetAppEngineHttpTarget()
	to := s.cfg.Apps.URL(projectOf(m.GetName()), t.GetAppEngineRouting().GetService(), t.GetAppEngineRouting().GetVersion())
	r, err := http.NewRequestWithContext(ctx, t.GetHttpMethod().String(), to+t.GetRelativeUri(), bytes.NewReader(t.GetBody()))
	if err != nil {
		return nil, err
	}
	for name, value := range t.GetHeaders() {
		if !reserved(name) {
			r.Header.Set(name, value)
		}
	}
	r.Header.Set("User-Agent", strings.TrimSpace(r.Header.Get("User-Agent")+" "+appAgent))
	if legacy {
		r.Header.Set("X-Appengine-Cron", "true")
	}
	return r, nil
}
