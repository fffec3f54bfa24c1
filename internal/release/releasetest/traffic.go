package releasetest

import (
	"context"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Revisions gives the copies on the shelf, the newest first.
func (s *Shelf) Revisions(_ context.Context, want release.Spec) (all []release.Revision, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.services[want.Service]
	if v == nil {
		return nil, nil
	}
	for _, c := range slices.Backward(v.copies) {
		r := release.Revision{
			Name: c.name, Image: c.image, Created: c.by.Started, Ready: true, Run: c.by, Origin: c.spec.Origin, Before: c.before,
		}
		for _, share := range v.traffic {
			if share.Revision == c.name {
				r.Percent += share.Percent
			}
		}
		all = append(all, r)
	}
	return all, nil
}

// Shift divides the traffic among copies.
func (s *Shelf) Shift(_ context.Context, want release.Spec, to release.Split, _ func(string)) ([]release.Share, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.services[want.Service]
	if v == nil {
		return nil, errs.New(errs.NotFound, "", "there is no service %s", want.Service)
	}
	for _, share := range to.Shares {
		if _, ok := v.at(share.Revision); !ok {
			return nil, errs.New(errs.NotFound, "", "there is no copy %s", share.Revision)
		}
	}
	switch {
	case to.Run.ID != "" && to.Run.YieldsTo(v.last):
		return nil, errs.New(errs.Superseded, "", "superseded by run %s", v.last.ID)
	case to.From != nil && !release.SameShares(to.From, v.traffic):
		return nil, errs.New(errs.Superseded, "", "the traffic has moved")
	}
	if to.Run.ID != "" {
		v.last = to.Run
	}
	v.traffic, v.pinned = slices.Clone(to.Shares), true
	if len(to.Shares) == 0 {
		v.traffic, v.pinned = []release.Share{{Revision: v.newest().name, Percent: 100}}, false
	}
	return slices.Clone(v.traffic), nil
}
