package appengine

import (
	"context"
	"errors"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Return gives the traffic back to the versions that had it before a release; those that
// were stopped are started first. It leaves a service alone that another run, or
// somebody, has changed since.
func (t Target) Return(ctx context.Context, s release.Spec, r release.Released, by release.Run) (before []release.Share, err error) {
	before = slices.DeleteFunc(slices.Clone(r.Before), func(b release.Share) bool { return b.Percent == 0 })
	if len(before) == 0 || slices.ContainsFunc(before, func(b release.Share) bool { return b.Revision == r.Revision }) {
		return nil, nil // it served before as well
	}
	now, err := t.look(ctx, s)
	if err != nil {
		return nil, err
	}
	theirs := func(now sight) bool {
		return now.later(by).ID != "" || now.moved().ID != "" && now.moved().ID != plain(by).ID
	}
	if theirs(now) {
		return nil, nil
	}
	tell := teller(nil)
	if err := t.startAll(ctx, s, now, before, tell); err != nil {
		return nil, err
	}
	m := move{s: s, by: by, doing: "giving the traffic of " + s.Service + " back", tell: tell}
	m.shares = func(now sight) ([]release.Share, error) {
		switch {
		case theirs(now):
			return nil, errOvertaken
		case !now.serves(r.Revision): // an answer was lost, or somebody was quicker
			return nil, nil
		}
		return before, nil
	}
	if now, err = t.look(ctx, s); err == nil {
		now, err = t.move(ctx, m, now)
	}
	if errors.Is(err, errOvertaken) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !now.serves(r.Revision) {
		t.stop(ctx, s, r.Revision) // what fails is seen to by the next release
	}
	return before, nil
}
