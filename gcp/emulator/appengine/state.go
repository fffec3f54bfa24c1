package appengine

import (
	"encoding/json"
	"maps"
	"slices"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

// document is a resource by the API's own names of fields.
type document = map[string]any

// state is all applications, by project.
type state map[string]*application

// application is a project's, with its services by id.
type application struct {
	App      document
	Services map[string]*service
}

// service is a service with its versions by id.
type service struct {
	Service  document
	Versions map[string]document
}

// has says whether there is a service.
func (a *application) has(service string) bool { return a.Services[service] != nil }

// services are those of an application in their order.
func (a *application) services() []string { return slices.Sorted(maps.Keys(a.Services)) }

// share is a version's of the traffic.
func (v *service) share(version string) float64 {
	split, _ := v.Service["split"].(document)
	allocations, _ := split["allocations"].(document)
	share, _ := allocations[version].(float64)
	return share
}

// copied is a state that can be changed without changing this one.
func (s state) copied() (state, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	next := state{}
	return next, json.Unmarshal(data, &next)
}

// change writes what f makes of the application of a project, and takes it over.
func (s *Server) change(project string, f func(a *application) error) error {
	return s.changeAll(func(all state) error {
		if all[project] == nil {
			return missing(project)
		}
		return f(all[project])
	})
}

// try says whether f could change the application of a project, and changes nothing.
func (s *Server) try(project string, f func(a *application) error) error {
	s.mu.Lock()
	next, err := s.state.copied()
	s.mu.Unlock()
	switch {
	case err != nil:
		return status.Errorf(codes.Internal, "reading applications: %v", err)
	case next[project] == nil:
		return missing(project)
	}
	return f(next[project])
}

func (s *Server) changeAll(f func(state) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, err := s.state.copied()
	if err != nil {
		return status.Errorf(codes.Internal, "reading applications: %v", err)
	}
	if err := f(next); err != nil {
		return err
	}
	if err := atomicfile.KeepJSON(s.file, next); err != nil {
		return status.Errorf(codes.Internal, "storing applications: %v", err)
	}
	s.state = next
	return nil
}

// look gives f the application of a project, which it must not change.
func (s *Server) look(project string, f func(a *application) (any, error)) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.state[project]; a != nil {
		return f(a)
	}
	return nil, missing(project)
}

// find is a service, and a version of it where one is named.
func (a *application) find(project string, named []string) (*service, document, error) {
	v := a.Services[named[0]]
	if v == nil {
		return nil, nil, status.Errorf(codes.NotFound, "Could not find Service '%s'.", named[0])
	}
	if len(named) < 2 {
		return v, nil, nil
	}
	doc := v.Versions[named[1]]
	if doc == nil {
		return nil, nil, status.Errorf(codes.NotFound, "Could not find Version '%s' of Service '%s' of '%s'.", named[1], named[0], project)
	}
	return v, doc, nil
}
