package trigger

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

// Kind is how Cloud Build knows a repository.
type Kind string

// The kinds that there are, the one that is preferred first.
const (
	Second           Kind = "repository"        // connections of Cloud Build's own
	DeveloperConnect Kind = "developer connect" // which has no manual triggers
	First            Kind = "github app"        // repositories that the app was let into by a page of Cloud Build's
)

// Repository is one that triggers can be of.
type Repository struct {
	Kind       Kind
	Name       string // full name; of the first generation "owner/name"
	Connection string // its own name; "" = the kind has none
	URL        string // of what it is connected to
}

// resource is its full name, where it has one.
func (r Repository) resource() string {
	if r.Kind == First {
		return ""
	}
	return r.Name
}

// uri and repoType are how a repository of the first generation is named elsewhere than in
// a trigger's events.
func (r Repository) uri() string {
	if r.Kind == First {
		return "https://github.com/" + r.Name
	}
	return ""
}

func (r Repository) repoType() string {
	if r.Kind == First {
		return "GITHUB"
	}
	return ""
}

// Connection is a way to somebody who hosts repositories.
type Connection struct {
	Kind Kind
	Name string // full name
	Open string // what has to be done for it to be one, and where; "" = it is ready
}

// ID is its own name.
func (c Connection) ID() string { return c.Name[strings.LastIndexByte(c.Name, '/')+1:] }

// Connections are those of the region.
func (c *Client) Connections(ctx context.Context, kind Kind) (all []Connection, err error) {
	from, path := c.builds, "v2/"+c.parent()+"/connections"
	if kind == DeveloperConnect {
		from, path = c.connect, "v1/"+c.parent()+"/connections"
	}
	err = pages(ctx, from, gcp.Request{
		Doing: "listing connections", Call: "trigger.Connections", Resource: c.parent(), Path: path,
	}, func(page json.RawMessage) error {
		var p struct {
			Connections []struct {
				Name     string
				Disabled bool
				State    struct{ Stage, Message, ActionURI string } `json:"installationState"`
			}
		}
		err := json.Unmarshal(page, &p)
		for _, one := range p.Connections {
			open := ""
			switch {
			case one.Disabled:
				open = "is disabled"
			case one.State.Stage != "COMPLETE":
				open = "is not complete: " + strings.TrimSpace(cmp.Or(one.State.Message, one.State.Stage)+" "+one.State.ActionURI)
			}
			all = append(all, Connection{kind, one.Name, open})
		}
		return err
	})
	return all, err
}

// Repositories are those of some connections that belong to a place, which same says
// of a URL.
func (c *Client) Repositories(ctx context.Context, in []Connection, same func(url string) bool) (found []Repository, err error) {
	each := make([][]Repository, len(in))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for n, conn := range in {
		g.Go(func() error {
			from, path := c.builds, "v2/"+conn.Name+"/repositories"
			if conn.Kind == DeveloperConnect {
				from, path = c.connect, "v1/"+conn.Name+"/gitRepositoryLinks"
			}
			return pages(gctx, from, gcp.Request{
				Doing: "listing the repositories of " + conn.ID(), Call: "trigger.Repositories", Resource: conn.Name, Path: path,
			}, func(page json.RawMessage) error {
				type one struct{ Name, RemoteURI, CloneURI string }
				var p struct{ Repositories, GitRepositoryLinks []one }
				err := json.Unmarshal(page, &p)
				for _, r := range append(p.Repositories, p.GitRepositoryLinks...) {
					if at := cmp.Or(r.RemoteURI, r.CloneURI); same(at) {
						each[n] = append(each[n], Repository{conn.Kind, r.Name, conn.ID(), at})
					}
				}
				return err
			})
		})
	}
	err = g.Wait()
	return slices.Concat(each...), err
}

// usual are the branches that are most often the one that counts.
var usual = []string{"main", "master", "trunk", "develop"}

// FetchGitRefs guesses the branch that counts in a repository from the branches that
// it has; "" where nothing tells.
func (c *Client) FetchGitRefs(ctx context.Context, of Repository) string {
	from, path := c.builds, "v2/"+of.Name+":fetchGitRefs?refType=BRANCH"
	switch of.Kind {
	case First:
		return ""
	case DeveloperConnect:
		from, path = c.connect, "v1/"+of.Name+":fetchGitRefs?refType=BRANCH"
	}
	var has struct{ RefNames []string }
	if err := from.Do(ctx, gcp.Request{
		Doing: "looking at the branches of " + of.URL, Call: "trigger.FetchGitRefs", Resource: of.Name, Method: http.MethodGet, Path: path, Out: &has,
	}); err != nil {
		return "" // whoever may not ask names the branch
	}
	if len(has.RefNames) == 1 {
		return has.RefNames[0]
	}
	for _, name := range usual {
		if slices.Contains(has.RefNames, name) {
			return name
		}
	}
	return ""
}
