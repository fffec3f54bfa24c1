package release

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"
)

// Where is a target in a region.
type Where struct {
	Target
	Region string
}

// Uses gives what the services of a project run in some places, asked all at once. One that
// does not answer fails it: what it runs must not go.
func Uses(ctx context.Context, project string, places []Where) ([]Use, error) {
	found := make([][]Use, len(places))
	g, ctx := errgroup.WithContext(ctx)
	for n, p := range places {
		g.Go(func() (err error) {
			found[n], err = p.Uses(ctx, project, p.Region)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(found...), nil
}
