package appengine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// promote gives a version the traffic that it is to have, and gives the service as it is then.
func (d *deploy) promote(ctx context.Context, id string) (sight, error) {
	now, err := d.target.look(ctx, d.s)
	if err != nil {
		return now, err
	}
	m := move{s: d.s, by: d.by, doing: "giving the traffic of " + d.s.Service + " to " + id, how: d.wanted.options.SplitBy, tell: d.tell}
	m.shares = func(now sight) ([]release.Share, error) {
		shares := now.taking(id)
		switch {
		case now.later(d.by).ID != "":
			return nil, errOvertaken
		case d.s.NoTraffic && len(d.r.Before) > 0, release.SameShares(shares, now.shares()):
			return nil, nil
		}
		return shares, nil
	}
	now, err = d.target.move(ctx, m, now)
	if errors.Is(err, errOvertaken) {
		d.r.Superseded = now.later(d.by).ID
		if !now.serves(id) {
			d.tell(d.target.stop(ctx, d.s, id))
		}
		return now, nil
	}
	if err == nil && now.moved().ID != plain(d.by).ID {
		// That the run came to its end is known by this, and that it was the last.
		err = d.target.update(ctx, m, "labels", service{Labels: now.labelled(d.by)})
		if gcp.Code(err) == codes.InvalidArgument {
			err = nil
		}
	}
	return now, err
}

// taking is the traffic when a version takes what is its: all of it, or what the
// newest version has of a split that others made.
func (n sight) taking(id string) []release.Share {
	shares := n.shares()
	newest := slices.IndexFunc(n.versions, func(v existing) bool { return v.ID != id })
	if len(shares) > 1 {
		if n.serves(id) {
			return shares
		}
		for i := range shares {
			if newest >= 0 && shares[i].Revision == n.versions[newest].ID && shares[i].Percent > 0 {
				shares[i].Revision = id
				return shares
			}
		}
	}
	return []release.Share{{Revision: id, Percent: 100}}
}

// serves fills in what came of it.
func (d *deploy) serves(now sight, id string, where application) {
	v, _ := now.at(id)
	d.r.Revision, d.r.Percent, d.r.URL = id, now.percent(id), v.serviceURL()
	if d.r.Percent == 0 {
		d.r.URL = v.VersionURL
	}
	ingress := now.NetworkSettings.IngressTrafficAllowed
	switch {
	case where.IAP.Enabled:
		d.r.Hidden = "callers sign in to Identity-Aware Proxy"
	case ingress != "" && ingress != "INGRESS_TRAFFIC_ALLOWED_UNSPECIFIED" && ingress != "INGRESS_TRAFFIC_ALLOWED_ALL":
		d.r.Hidden = "its ingress is not open to all"
	}
	if d.r.Percent < 100 && !d.s.NoTraffic {
		d.r.Warning = fmt.Sprintf("the new version gets %d %% of the traffic: others split it", d.r.Percent)
	}
}

// reusable is the version that a release would make once more: the one that has the
// traffic, or the newest where its run came to its end, and nobody moved the traffic since.
func (n sight) reusable(w wanted) (existing, bool) {
	if v, ok := n.current(); ok && w.is(v) {
		return v, true
	}
	if len(n.versions) > 0 {
		v := n.versions[0]
		last := v.note().run()
		return v, w.is(v) && last.ID != "" && labelOf(last) == n.Labels[runLabel]
	}
	return existing{}, false
}

// current is the newest version that has traffic.
func (n sight) current() (existing, bool) {
	i := slices.IndexFunc(n.versions, func(v existing) bool { return n.serves(v.ID) })
	if i < 0 {
		return existing{}, false
	}
	return n.versions[i], true
}
