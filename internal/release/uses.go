package release

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"
)

// Uses gives what the services of several targets run, asked all at once. One
// target that does not answer fails it: what it runs must not go.
func Uses(ctx context.Context, targets []Target, project, region string) ([]Use, error) {
	found := make([][]Use, len(targets))
	g, ctx := errgroup.WithContext(ctx)
	for n, t := range targets {
		g.Go(func() (err error) {
			found[n], err = t.Uses(ctx, project, region)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(found...), nil
}
