package stock

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
)

// candidates is how many of the newest wheels are looked at for the nearest.
const candidates = 10

// Nearest gives the key, of those of the newest wheels, that differs from k in the
// fewest fields; ok is false where there is none.
func (k Keeper) Nearest(ctx context.Context, to key.Key) (nearest key.Key, ok bool, err error) {
	images, err := k.Registry.Images(ctx) // the newest first
	if err != nil {
		return key.Key{}, false, err
	}
	var keys [candidates]key.Key
	n := 0
	var g errgroup.Group
	for _, i := range images {
		if !isWheels(i) || len(i.Keys()) == 0 || n == candidates {
			continue
		}
		found := &keys[n]
		n++
		g.Go(func() error {
			*found, _ = k.keyOf(ctx, i) // one that cannot be read is not compared
			return nil
		})
	}
	_ = g.Wait()
	nearest, ok = inventory.Nearest(to, keys[:n])
	return nearest, ok, nil
}
