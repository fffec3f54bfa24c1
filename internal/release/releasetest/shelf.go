package releasetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Shelf is a target that keeps what is released to it. The zero Shelf is empty.
type Shelf struct {
	mu       sync.Mutex
	services map[string]*service
}

var _ release.Target = (*Shelf)(nil)

// service is what stands on a shelf of its own.
type service struct {
	copies  []copied // the newest last
	traffic []release.Share
	pinned  bool // to copies: a new one gets all of it all the same
	last    release.Run
}

// copied is one revision.
type copied struct {
	name   string
	spec   release.Spec
	image  string
	by     release.Run
	before string
}

func (v *service) newest() copied { return v.copies[len(v.copies)-1] }

// at is the copy of a name.
func (v *service) at(name string) (copied, bool) {
	n := slices.IndexFunc(v.copies, func(c copied) bool { return c.name == name })
	if n < 0 {
		return copied{}, false
	}
	return v.copies[n], true
}

// Observe gives the service of a release as it is.
func (s *Shelf) Observe(_ context.Context, want release.Spec) (release.Service, func(string) bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.services[want.Service]
	if v == nil {
		return release.Service{}, func(string) bool { return false }, nil
	}
	c, now := v.newest(), release.Service{Exists: true, URL: "shelf:" + want.Service, Pinned: v.pinned}
	now.Revision, now.Image = c.name, c.image
	serves := release.Sole(v.traffic) == c.name && !v.pinned
	if !serves {
		now.Shares = slices.Clone(v.traffic)
		if sole := release.Sole(v.traffic); sole != "" && !want.NoTraffic {
			now.Revision = sole
		}
	}
	return now, func(digest string) bool {
		return c.image == want.Image+"@"+digest && same(c.spec, want) && (serves || want.NoTraffic)
	}, nil
}

// same compares what is asked for; one that was in a plan is written with other spaces.
func same(a, b release.Spec) bool {
	a.NoTraffic, b.NoTraffic, a.Origin, b.Origin = false, false, nil, nil
	x, _ := json.Marshal(a) // neither fails: settings are JSON
	y, _ := json.Marshal(b)
	return bytes.Equal(x, y)
}

// Check finds nothing wrong.
func (s *Shelf) Check(context.Context, release.Spec, release.Service) error { return nil }

// Deploy puts a copy on the shelf.
func (s *Shelf) Deploy(_ context.Context, want release.Spec, image string, by release.Run, progress func(string)) (release.Released, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := release.Released{Image: image, URL: "shelf:" + want.Service}
	v := s.services[want.Service]
	switch {
	case v == nil:
		v = &service{}
		if s.services == nil {
			s.services = map[string]*service{}
		}
		s.services[want.Service] = v
	case by.YieldsTo(v.last):
		return release.Released{Image: image, Superseded: v.last.ID}, nil
	}
	if progress != nil {
		progress("making room")
	}
	c := copied{fmt.Sprint(want.Service, "-", len(v.copies)+1), want, image, by, release.Sole(v.traffic)}
	if len(v.copies) > 0 && v.newest().image == image && same(v.newest().spec, want) {
		c = v.newest() // there is one like it
	} else {
		v.copies = append(v.copies, c)
	}
	r.Revision, r.Before, v.last = c.name, slices.Clone(v.traffic), by
	if v.traffic == nil || !want.NoTraffic {
		v.traffic, v.pinned = []release.Share{{Revision: c.name, Percent: 100}}, false
		r.Percent = 100
	} else if release.Sole(v.traffic) != c.name {
		v.pinned = true
		r.Hidden = "it has no traffic, and no URL of its own"
	}
	return r, nil
}

// Try tries nothing: Observe says so.
func (s *Shelf) Try(context.Context, release.Spec, string, release.Run, func(string)) (release.Released, error) {
	return release.Released{}, errs.New(errs.Internal, "", "a shelf tries nothing")
}

// Settle has nothing to do: copies take no room.
func (s *Shelf) Settle(context.Context, release.Spec, release.Released, release.Run, func(string)) string {
	return ""
}

// Return gives the traffic back to what served before.
func (s *Shelf) Return(_ context.Context, want release.Spec, r release.Released, by release.Run) ([]release.Share, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.services[want.Service]
	if v == nil || v.last != by || len(r.Before) == 0 || release.Sole(v.traffic) != r.Revision {
		return nil, nil
	}
	v.traffic, v.pinned = slices.Clone(r.Before), true
	return r.Before, nil
}

// Tag gives none: a shelf has no room for them.
func (s *Shelf) Tag(context.Context, release.Spec, string, string) (string, error) {
	return "", errs.New(errs.Usage, "", "a shelf knows no tags")
}

// Previews gives none.
func (s *Shelf) Previews(context.Context, release.Spec) ([]release.Shown, error) { return nil, nil }

// Discard takes a copy off the shelf that has no traffic.
func (s *Shelf) Discard(_ context.Context, want release.Spec, revision string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.services[want.Service]
	if v == nil {
		return "", nil
	}
	if slices.ContainsFunc(v.traffic, func(share release.Share) bool { return share.Revision == revision && share.Percent > 0 }) {
		return "", errs.New(errs.Usage, "", "%s has traffic", revision)
	}
	v.copies = slices.DeleteFunc(v.copies, func(c copied) bool { return c.name == revision })
	return "", nil
}

// State gives the service for people to look at.
func (s *Shelf) State(_ context.Context, want release.Spec) (release.State, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.services[want.Service]
	if v == nil {
		return release.State{}, false, nil
	}
	return release.State{
		URL: "shelf:" + want.Service, Revision: v.newest().name, Image: v.newest().image, Ready: true,
		Traffic: slices.Clone(v.traffic), Pinned: v.pinned, Origin: v.newest().spec.Origin,
	}, true, nil
}

// Delete clears the shelf of a service.
func (s *Shelf) Delete(_ context.Context, want release.Spec) (ok bool, left string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok = s.services[want.Service]
	delete(s.services, want.Service)
	return ok, "", nil
}

// Authorization gives none: everybody reaches a shelf.
func (s *Shelf) Authorization(context.Context, string) (h release.Header, err error) { return h, nil }

// Admit has nothing to do.
func (s *Shelf) Admit(context.Context, release.Spec) error { return nil }

// Logs gives a line for every copy; none are to come.
func (s *Shelf) Logs(_ context.Context, want release.Spec, q release.Query, each func(release.Line) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.services[want.Service]
	if v == nil {
		return nil
	}
	for _, c := range v.copies[max(0, len(v.copies)-q.Limit):] {
		if err := each(release.Line{Time: c.by.Started, Revision: c.name, Text: "put by " + c.by.ID}); err != nil {
			return err
		}
	}
	return nil
}

// Uses gives what every copy is of.
func (s *Shelf) Uses(context.Context, string, string) (uses []release.Use, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, v := range s.services {
		for _, c := range v.copies {
			serves := slices.ContainsFunc(v.traffic, func(share release.Share) bool { return share.Revision == c.name })
			uses = append(uses, release.Use{Service: name, Revision: c.name, Images: []string{c.image}, Serving: serves})
		}
	}
	return uses, nil
}
