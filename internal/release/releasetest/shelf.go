package releasetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Shelf is a target that keeps what is released to it. The zero Shelf is empty.
type Shelf struct {
	mu       sync.Mutex
	services map[string][]copied // every copy, the newest last
}

var _ release.Target = (*Shelf)(nil)

// copied is one revision.
type copied struct {
	spec  release.Spec
	image string
	by    release.Run
}

func (s *Shelf) newest(service string) (c copied, name string, ok bool) {
	all := s.services[service]
	if len(all) == 0 {
		return c, "", false
	}
	return all[len(all)-1], fmt.Sprint(service, "-", len(all)), true
}

// Observe gives the service of a release as it is.
func (s *Shelf) Observe(_ context.Context, want release.Spec) (release.Service, func(string) bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, name, ok := s.newest(want.Service)
	if !ok {
		return release.Service{}, func(string) bool { return false }, nil
	}
	now := release.Service{Exists: true, URL: "shelf:" + want.Service, Revision: name, Image: c.image}
	return now, func(digest string) bool {
		return c.image == want.Image+"@"+digest && same(c.spec, want)
	}, nil
}

// same compares what is asked for; one that was in a plan is written with other spaces.
func same(a, b release.Spec) bool {
	x, _ := json.Marshal(a) // neither fails: settings are JSON
	y, _ := json.Marshal(b)
	return bytes.Equal(x, y)
}

// Check finds nothing wrong.
func (s *Shelf) Check(context.Context, release.Spec) error { return nil }

// Deploy puts a copy on the shelf.
func (s *Shelf) Deploy(_ context.Context, want release.Spec, image string, by release.Run, progress func(string)) (release.Released, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := release.Released{Image: image}
	if c, _, ok := s.newest(want.Service); ok && by.YieldsTo(c.by) {
		r.Superseded = c.by.ID
		return r, nil
	}
	if progress != nil {
		progress("making room")
	}
	if s.services == nil {
		s.services = map[string][]copied{}
	}
	s.services[want.Service] = append(s.services[want.Service], copied{want, image, by})
	_, r.Revision, _ = s.newest(want.Service)
	r.URL, r.Percent = "shelf:"+want.Service, 100
	return r, nil
}

// Return takes the newest copy from the shelf again.
func (s *Shelf) Return(_ context.Context, want release.Spec, _ release.Released, by release.Run) ([]release.Share, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, _, ok := s.newest(want.Service)
	all := s.services[want.Service]
	if !ok || c.by != by || len(all) == 1 {
		return nil, nil
	}
	s.services[want.Service] = all[:len(all)-1]
	_, name, _ := s.newest(want.Service)
	return []release.Share{{Revision: name, Percent: 100}}, nil
}

// State gives the service for people to look at.
func (s *Shelf) State(_ context.Context, want release.Spec) (release.State, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, name, ok := s.newest(want.Service)
	if !ok {
		return release.State{}, false, nil
	}
	return release.State{
		URL: "shelf:" + want.Service, Revision: name, Image: c.image, Ready: true,
		Traffic: []release.Share{{Revision: name, Percent: 100}},
	}, true, nil
}

// Delete clears the shelf of a service.
func (s *Shelf) Delete(_ context.Context, want release.Spec) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.services[want.Service]
	delete(s.services, want.Service)
	return ok, nil
}

// Authorization gives none: everybody reaches a shelf.
func (s *Shelf) Authorization(context.Context, string) (h release.Header, err error) { return h, nil }

// Admit has nothing to do.
func (s *Shelf) Admit(context.Context, release.Spec) error { return nil }

// Logs gives a line for every copy; none are to come.
func (s *Shelf) Logs(_ context.Context, want release.Spec, q release.Query, each func(release.Line) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []release.Line
	for n, c := range s.services[want.Service] {
		lines = append(lines, release.Line{Time: c.by.Started, Revision: fmt.Sprint(want.Service, "-", n+1), Text: "put by " + c.by.ID})
	}
	for _, l := range lines[max(0, len(lines)-q.Limit):] {
		if err := each(l); err != nil {
			return err
		}
	}
	return nil
}

// Uses gives what every copy is of.
func (s *Shelf) Uses(context.Context, string, string) (uses []release.Use, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for service, all := range s.services {
		for n, c := range all {
			uses = append(uses, release.Use{
				Service: service, Revision: fmt.Sprint(service, "-", n+1), Images: []string{c.image}, Serving: n == len(all)-1,
			})
		}
	}
	return uses, nil
}
