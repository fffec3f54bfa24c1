package appengine

import (
	"net/http"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func (s *Server) createApp(r *http.Request, _ string, _ []string) (any, error) {
	body, err := read(r, "Application")
	if err != nil {
		return nil, err
	}
	project, _ := body["id"].(string)
	if err := s.may(r, "appengine.applications.create", project); err != nil {
		return nil, err
	}
	err = s.changeAll(func(all state) error {
		if all[project] != nil {
			return status.Error(codes.AlreadyExists, "This application already exists and cannot be re-created.")
		}
		app, err := newApplication(project, strings.TrimPrefix(s.URL(project, "", ""), "http://"), body)
		all[project] = &application{App: app}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.done(r, project, "Applications.CreateApplication")
}

func (s *Server) getApp(_ *http.Request, project string, _ []string) (any, error) {
	return s.look(project, func(a *application) (any, error) { return a.App, nil })
}

func (s *Server) patchApp(r *http.Request, project string, _ []string) (any, error) {
	body, err := read(r, "Application")
	if err != nil {
		return nil, err
	}
	err = s.change(project, func(a *application) (err error) {
		a.App, err = updateApplication(a.App, body, r.URL.Query().Get("updateMask"), a.has)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.done(r, project, "Applications.UpdateApplication")
}

func (s *Server) repairApp(r *http.Request, project string, _ []string) (any, error) {
	err := s.change(project, func(a *application) error { repair(project, a.App); return nil })
	if err != nil {
		return nil, err
	}
	return s.done(r, project, "Applications.RepairApplication")
}

// listLocations needs no application: who creates one asks where it can be.
func (s *Server) listLocations(r *http.Request, project string, _ []string) (any, error) {
	all := []document{}
	for _, id := range locations {
		all = append(all, listed(project, id))
	}
	return page(r, "locations", all)
}

func (s *Server) getLocation(_ *http.Request, project string, named []string) (any, error) {
	if !slices.Contains(locations, named[0]) {
		return nil, status.Errorf(codes.NotFound, "Location %q not found.", named[0])
	}
	return listed(project, named[0]), nil
}
