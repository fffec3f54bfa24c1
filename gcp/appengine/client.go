package appengine

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// most is how many things one answer lists.
const most = "100"

func app(project string) string { return "apps/" + project }

func named(s release.Spec) string { return app(s.Project) + "/services/" + s.Service }

func versionNamed(s release.Spec, id string) string { return named(s) + "/versions/" + id }

// read makes a call that reads, again where a change of something is in its way.
func (t Target) read(ctx context.Context, q gcp.Request) (err error) {
	q.Method = http.MethodGet
	return t.soon(ctx, q)
}

// get makes a call that reads; ok is false where there is no such thing.
func (t Target) get(ctx context.Context, q gcp.Request) (ok bool, err error) {
	q.Path = "v1/" + q.Resource
	err = t.read(ctx, q)
	if gcp.Code(err) == codes.NotFound {
		return false, nil
	}
	return err == nil, err
}

func (t Target) application(ctx context.Context, project string) (a application, ok bool, err error) {
	ok, err = t.get(ctx, gcp.Request{Doing: "looking up the App Engine application", Call: "appengine.GetApplication", Resource: app(project), Out: &a})
	return a, ok, err
}

func (t Target) service(ctx context.Context, s release.Spec) (v service, ok bool, err error) {
	var read struct {
		service
		NetworkSettings struct{ IngressTrafficAllowed string }
	}
	ok, err = t.get(ctx, gcp.Request{Doing: "looking up the service " + s.Service, Call: "appengine.GetService", Resource: named(s), Out: &read})
	v = read.service
	v.NetworkSettings = read.NetworkSettings
	return v, ok, err
}

// pages makes a call that lists; each is asked for where to put a page, and takes it
// when it is there. What is not there has no pages.
func (t Target) pages(ctx context.Context, q gcp.Request, resource string, values url.Values, page func() (out any, take func() (next string))) error {
	values.Set("pageSize", most)
	q.Resource = resource
	for {
		out, take := page()
		q.Path, q.Out = "v1/"+resource+"?"+values.Encode(), out
		err := t.read(ctx, q)
		if gcp.Code(err) == codes.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		next := take()
		if next == "" {
			return nil
		}
		values.Set("pageToken", next)
	}
}

func (t Target) services(ctx context.Context, project string) (all []service, err error) {
	err = t.pages(ctx, gcp.Request{Doing: "listing services", Call: "appengine.ListServices"}, app(project)+"/services", url.Values{}, func() (any, func() string) {
		var page struct {
			Services      []service
			NextPageToken string
		}
		return &page, func() string { all = append(all, page.Services...); return page.NextPageToken }
	})
	return all, err
}

// versions gives a service's versions, the newest first.
func (t Target) versions(ctx context.Context, s release.Spec) (all []existing, err error) {
	err = t.pages(ctx, gcp.Request{Doing: "listing versions", Call: "appengine.ListVersions"}, named(s)+"/versions", url.Values{"view": {"FULL"}}, func() (any, func() string) {
		var page struct {
			Versions      []existing
			NextPageToken string
		}
		return &page, func() string { all = append(all, page.Versions...); return page.NextPageToken }
	})
	slices.SortStableFunc(all, func(a, b existing) int { return b.CreateTime.Compare(a.CreateTime) })
	return all, err
}

// pending gives the changes of the application that are under way.
func (t Target) pending(ctx context.Context, project string) (all []operation, err error) {
	err = t.pages(ctx, gcp.Request{Doing: "listing operations", Call: "appengine.ListOperations"}, app(project)+"/operations", url.Values{"filter": {"done:false"}}, func() (any, func() string) {
		var page struct {
			Operations    []operation
			NextPageToken string
		}
		return &page, func() string { all = append(all, page.Operations...); return page.NextPageToken }
	})
	return slices.DeleteFunc(all, func(op operation) bool { return op.Done }), err
}

// sight is a service with its versions, as they were at one look.
type sight struct {
	service
	exists   bool
	versions []existing // the newest first
}

// look gives a service as it is. The service is read last, which says what may be
// changed; what it serves is among the versions.
func (t Target) look(ctx context.Context, s release.Spec) (now sight, err error) {
	for range 2 {
		if now.versions, err = t.versions(ctx, s); err != nil {
			return now, err
		}
		if now.service, now.exists, err = t.service(ctx, s); err != nil || !now.exists || now.whole() {
			break
		}
	}
	return now, err
}

// whole says whether all that serves was there already when the versions were read.
func (n sight) whole() bool {
	for id := range n.Split.Allocations {
		if _, ok := n.at(id); !ok {
			return false
		}
	}
	return true
}

// at is the version of an ID.
func (n sight) at(id string) (existing, bool) {
	i := slices.IndexFunc(n.versions, func(v existing) bool { return v.ID == id })
	if i < 0 {
		return existing{}, false
	}
	return n.versions[i], true
}

// Uses gives what every version of every service runs: an application has one region.
// Where there is none, or its API is not enabled, nothing runs.
func (t Target) Uses(ctx context.Context, project, _ string) (uses []release.Use, err error) {
	services, err := t.services(ctx, project)
	if gcp.Disabled(err) == gcp.AppEngine.Service() {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	found := make([][]existing, len(services))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for n, v := range services {
		g.Go(func() (err error) {
			found[n], err = t.versions(ctx, release.Spec{Project: project, Service: v.ID})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for n, v := range services {
		for _, version := range found[n] {
			image := version.Deployment.Container.Image
			if image == "" {
				continue // of the standard environment
			}
			uses = append(uses, release.Use{Service: v.ID, Revision: version.ID, Images: []string{image}, Serving: v.Split.Allocations[version.ID] > 0})
		}
	}
	return uses, nil
}
