package cmd

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// asked is how many images are looked at at once.
const asked = 8

// compare fills in what changed from each release to the next; all are the revisions, of
// which out has the newest.
func (out releasesReport) compare(ctx context.Context, set *clients.Set, all []release.Revision) error {
	all = all[:min(len(all), len(out.Releases)+1)] // the last one is compared with one more
	made := make([]*plan.Made, len(all))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(asked)
	for n, r := range all {
		g.Go(func() error {
			m, ok, err := set.Made(ctx, r.Image)
			if ok {
				made[n] = &m
			}
			return unlessDenied(err)
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for n := range out.Releases {
		if n+1 < len(all) {
			out.Releases[n].Changes = changed(all[n+1], all[n], made[n+1], made[n])
		}
	}
	return nil
}

// changed says what is otherwise in a revision than in the one before it. made is nil
// where an image is not known to say what it was made of.
func changed(old, now release.Revision, before, after *plan.Made) (all []string) {
	if from, to := commit(old), commit(now); from != to && to != "" {
		if from == "" {
			from = "(not said)"
		}
		all = append(all, fmt.Sprintf("commit %.7s → %.7s", from, to))
	}
	switch {
	case old.Image == now.Image:
	case before == nil || after == nil:
		all = append(all, "another image, which does not say what it was made of")
	default:
		differences := plan.Between(*before, *after)
		for _, d := range differences {
			all = append(all, d.Text)
		}
		if len(differences) == 0 {
			all = append(all, "another image, made of the same")
		}
	}
	for _, c := range release.Compare(old.Settings, now.Settings) {
		all = append(all, c.String())
	}
	return all
}

func commit(r release.Revision) string {
	if r.Origin == nil {
		return ""
	}
	return r.Origin.Commit
}
