package stock

import (
	"context"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Listing is the wheels of the repository, the newest first. Denied is why it is
// not known who uses them, or nil.
type Listing struct {
	Wheels []Listed
	Denied error
}

// Listed is a wheels image, and how many packages it has; nil where it would have
// to be fetched to be counted.
type Listed struct {
	inventory.Wheels
	Packages *int
}

// Shown is a wheels image with what is in it. Denied is as in a Listing.
type Shown struct {
	inventory.Wheels
	Manifest inventory.Manifest
	Layers   []inventory.SharedLayer // of its packages that have layers of their own
	Denied   error
}

// ListWheels lists the wheels, and who uses them.
func (k Keeper) ListWheels(ctx context.Context) (Listing, error) {
	st, denied, err := k.stockOfWheels(ctx)
	if err != nil {
		return Listing{}, err
	}
	l := Listing{Denied: denied}
	for _, w := range st.Wheels() {
		l.Wheels = append(l.Wheels, Listed{Wheels: w})
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for n := range l.Wheels {
		w := &l.Wheels[n]
		if count, err := strconv.Atoi(w.Labels[plan.CountLabel]); err == nil {
			w.Packages = &count
		} else if cheapToRead(w.Image) {
			g.Go(func() error {
				if m, err := k.manifest(ctx, w.Digest); err == nil { // a list goes without it
					count := len(m.Packages)
					w.Packages = &count
				}
				return ctx.Err()
			})
		}
	}
	return l, g.Wait()
}

// cheapSize is the size up to which an image is fetched for a line of a list.
const cheapSize = 8 << 20

// cheapToRead says whether reading what is in an image costs little.
func cheapToRead(i inventory.Image) bool { return len(i.Layers) > 0 && i.Size <= cheapSize }

// ShowWheels says what is in the wheels whose key or digest begins with a prefix.
func (k Keeper) ShowWheels(ctx context.Context, prefix string) (Shown, error) {
	return k.show(ctx, prefix, func(err error) error { return err })
}

// ShowWheelsOf says what is in an app's wheels.
func (k Keeper) ShowWheelsOf(ctx context.Context, w key.Key) (Shown, error) {
	return k.show(ctx, w.Hash, func(error) error {
		return errs.New(errs.NotFound, "Run `gcpdeploy up`.", "the wheels of this app (%s) are not in %s", w.Short(), k.Repository)
	})
}

func (k Keeper) show(ctx context.Context, prefix string, notFound func(error) error) (s Shown, err error) {
	st, denied, err := k.stockOfWheels(ctx)
	if err != nil {
		return s, err
	}
	image, _, err := st.Find(prefix, plan.Wheels)
	if err != nil {
		return s, notFound(err)
	}
	s.Wheels, s.Denied = inventory.Wheels{Image: image}, denied // without a key nobody uses it
	all := st.Wheels()
	if n := slices.IndexFunc(all, func(w inventory.Wheels) bool { return w.Digest == image.Digest }); n >= 0 {
		s.Wheels = all[n]
	}
	if s.Manifest, err = k.manifest(ctx, s.Digest); err != nil {
		return s, err
	}
	err = k.addContents(ctx, &st, func(i inventory.Image) bool { return i.Package == plan.Layers })
	s.Layers = st.LayersOf(s.Manifest)
	return s, err
}

// stockOfWheels is all that says which wheels there are and who uses them. Who may
// not see the services gets the wheels, and is told why.
func (k Keeper) stockOfWheels(ctx context.Context) (st inventory.Stock, denied, err error) {
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		st.Images, err = k.Registry.Images(gctx)
		return err
	})
	g.Go(func() (err error) {
		if st.Uses, err = k.Users.Uses(gctx); errs.KindOf(err) == errs.Auth {
			denied, err = err, nil
		}
		return err
	})
	if err := g.Wait(); err != nil {
		return st, nil, err
	}
	used := st.Used()
	err = k.addContents(ctx, &st, func(i inventory.Image) bool { return isWheels(i) || isRuntime(i) || used[i.Digest] })
	return st, denied, err
}

// manifest reads what a wheels image says of its wheels. Of an image without a
// manifest it is what the lock says.
func (k Keeper) manifest(ctx context.Context, digest string) (inventory.Manifest, error) {
	data, err := k.Registry.ReadFile(ctx, plan.Wheels, digest, inventory.ManifestFile)
	if err == nil {
		var m inventory.Manifest
		if m, err = inventory.ParseManifest(data); err == nil {
			return m, nil
		}
	} else if errs.KindOf(err) != errs.NotFound {
		return inventory.Manifest{}, err
	}
	lock, lerr := k.Registry.ReadFile(ctx, plan.Wheels, digest, inventory.LockFile)
	if errs.KindOf(lerr) == errs.NotFound {
		return inventory.Manifest{}, err
	}
	return inventory.ParseLock(lock), lerr
}
