package trigger

import (
	"context"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

// Found is what of a repository is known in the region.
type Found struct {
	Repositories []Repository // all of one kind
	Connections  []Connection // of the second generation: what repositories can be added to
	Unseen       string       // why more may be there
}

// Find looks for a repository, which same knows by its URL, among the connections of
// Cloud Build, then among those of Developer Connect. In global there are neither.
func Find(ctx context.Context, c *Client, same func(url string) bool) (f Found, err error) {
	if c.Region == "global" {
		return f, nil
	}
	if f.Connections, err = c.Connections(ctx, Second); err != nil {
		return f, err
	}
	if f.Repositories, err = c.Repositories(ctx, f.Connections, same); err != nil || len(f.Repositories) > 0 {
		return f, err
	}
	links, err := c.Connections(ctx, DeveloperConnect)
	switch {
	case gcp.Disabled(err) != "": // who does not use it has nothing there
		return f, nil
	case gcp.Code(err) == codes.PermissionDenied:
		f.Unseen = "the connections of Developer Connect cannot be seen without the role roles/developerconnect.viewer"
		return f, nil
	case err != nil:
		return f, err
	}
	if f.Repositories, err = c.Repositories(ctx, links, same); err == nil && len(f.Repositories) > 0 {
		f.Connections = links
	}
	return f, err
}

// Connection is the one that a repository is in.
func (f Found) Connection(r Repository) Connection {
	for _, c := range f.Connections {
		if c.ID() == r.Connection {
			return c
		}
	}
	return Connection{}
}
