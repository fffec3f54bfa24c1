package appengine

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net/http"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// shares is what has the traffic of a service, the most first, in whole percents that
// are 100 together: others may have split it finer.
func (v service) shares() (all []release.Share) {
	type part struct {
		id   string
		rest float64
	}
	var parts []part
	left := 100
	for id, a := range v.Split.Allocations {
		if a <= 0 {
			continue
		}
		whole := int(math.Floor(a*100 + 1e-6))
		left -= whole
		all = append(all, release.Share{Revision: id, Percent: whole})
		parts = append(parts, part{id, a*100 - float64(whole)})
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Or(cmp.Compare(b.rest, a.rest), cmp.Compare(a.id, b.id)) })
	for n := 0; n < min(left, len(parts)); n++ {
		i := slices.IndexFunc(all, func(s release.Share) bool { return s.Revision == parts[n].id })
		all[i].Percent++
	}
	slices.SortFunc(all, func(a, b release.Share) int {
		return cmp.Or(cmp.Compare(b.Percent, a.Percent), cmp.Compare(b.Revision, a.Revision))
	})
	return all
}

// percent is the share of a version.
func (v service) percent(id string) int {
	for _, s := range v.shares() {
		if s.Revision == id {
			return s.Percent
		}
	}
	return 0
}

// serves says whether a version has any traffic, however little.
func (v service) serves(id string) bool { return v.Split.Allocations[id] > 0 }

// divided is a split as it is sent. Who tells callers apart by what is told where there
// is more than one version alone, as gcloud does it.
func divided(shares []release.Share, by, was string) split {
	d := split{ShardBy: "UNSPECIFIED", Allocations: map[string]float64{}}
	for _, s := range shares {
		if s.Percent > 0 {
			d.Allocations[s.Revision] += float64(s.Percent) / 100
		}
	}
	if len(d.Allocations) > 1 {
		if was == "UNSPECIFIED" {
			was = ""
		}
		d.ShardBy = cmp.Or(strings.ToUpper(by), was, "IP")
	}
	return d
}

// move is one division of a service's traffic.
type move struct {
	s     release.Spec
	by    release.Run // that moves it; the zero Run is somebody who waits for none
	how   string      // callers are told apart: see release.Split.By
	step  string      // see stepOf
	doing string
	tell  func(string)
	// shares says how the traffic is to be divided, of how it is at each look; nil where
	// it is to stay.
	shares func(sight) ([]release.Share, error)
}

// errOvertaken is what a move ends with that a run which started later was quicker than.
var errOvertaken = errors.New("a later run was quicker")

// move moves the traffic of a service and gives what came of it. Nothing of App
// Engine's says that a service has changed between a look and a write. So it looks
// again afterwards, and where the version of a later run has come meanwhile, gives the
// traffic to that: see docs/decisions/0023.
func (t Target) move(ctx context.Context, m move, now sight) (sight, error) {
	for range conflicts {
		shares, err := m.shares(now)
		if err != nil || shares == nil {
			return now, err
		}
		refused := t.divide(ctx, m, now, shares, m.by)
		if now, err = t.look(ctx, m.s); err != nil {
			return now, errors.Join(refused, err)
		}
		if refused != nil {
			if m.by.ID != "" && now.later(m.by).ID != "" { // it may have stopped what we would give it to
				return now, errOvertaken
			}
			return now, refused
		}
		if later := now.later(m.by); m.by.ID != "" && later.ID != "" {
			return t.mend(ctx, m, now, shares)
		}
		// A run that started earlier, and had looked before, may have come after us. What
		// somebody did by hand stays.
		if last := now.moved(); last.ID == "" || m.by.ID == "" || !yields(last, m.by) {
			return now, nil
		}
	}
	return now, errs.New(errs.Transient, "Run again.", "%s: something else keeps moving it", m.doing)
}

// mend gives the traffic to the newest of later runs whose version is up, where it is
// ours still: it may have had it, and we took it away. A version that is being made is
// not up, and its run will see to it.
func (t Target) mend(ctx context.Context, m move, now sight, ours []release.Share) (sight, error) {
	for range conflicts {
		if !release.SameShares(now.shares(), ours) {
			return now, errOvertaken
		}
		under, err := t.pending(ctx, m.s.Project)
		if err != nil {
			return now, err
		}
		var to existing
		by := m.by
		for _, v := range now.versions {
			n := v.note()
			made := !slices.ContainsFunc(under, func(op operation) bool { return op.Metadata.Target == versionNamed(m.s, v.ID) })
			if yields(by, n.run()) && !n.NoTraffic && !v.stopped() && made {
				to, by = v, n.run()
			}
		}
		if to.ID == "" {
			return now, nil
		}
		ours = []release.Share{{Revision: to.ID, Percent: 100}}
		if err := t.divide(ctx, m, now, ours, by); err != nil {
			return now, err
		}
		if now, err = t.look(ctx, m.s); err != nil {
			return now, err
		}
		if m.by = by; now.later(by).ID == "" {
			return now, errOvertaken
		}
	}
	return now, errOvertaken
}

// divide writes a division, with the run that wants it. A service that takes no label
// goes without: then versions alone say which runs there were.
func (t Target) divide(ctx context.Context, m move, now sight, shares []release.Share, by release.Run) error {
	d := divided(shares, m.how, now.Split.ShardBy)
	if by.ID != "" {
		labels := now.labelled(by)
		if delete(labels, canaryLabel); m.step != "" {
			labels[canaryLabel] = m.step
		}
		err := t.update(ctx, m, "split,labels", service{Split: d, Labels: labels})
		if gcp.Code(err) != codes.InvalidArgument {
			return err
		}
	}
	return t.update(ctx, m, "split", service{Split: d})
}

// update writes fields of a service.
func (t Target) update(ctx context.Context, m move, mask string, v service) error {
	return t.change(ctx, gcp.Request{
		Doing: m.doing, Call: "appengine.UpdateService", Resource: named(m.s),
		Method: http.MethodPatch, Path: "v1/" + named(m.s) + "?updateMask=" + mask + "&migrateTraffic=false", Body: v,
	}, m.tell)
}
