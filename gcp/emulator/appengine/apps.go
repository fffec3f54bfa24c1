package appengine

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func (s *Server) createApp(r *http.Request, _ string, _ []string) (any, error) {
	body, err := read(r)
	if err != nil {
		return nil, err
	}
	project, _ := body["id"].(string)
	if err := s.may(r, "appengine.applications.create", project); err != nil {
		return nil, err
	}
	err = s.change(func(apps map[string]map[string]any) error {
		if apps[project] != nil {
			return status.Error(codes.AlreadyExists, "This application already exists and cannot be re-created.")
		}
		apps[project], err = newApplication(project, strings.TrimPrefix(s.URL(project, "", ""), "http://"), body)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.done(r, project, "Applications.CreateApplication", "Application")
}

func (s *Server) patchApp(r *http.Request, project string, _ []string) (any, error) {
	body, err := read(r)
	if err != nil {
		return nil, err
	}
	err = s.change(func(apps map[string]map[string]any) (err error) {
		if apps[project] == nil {
			return missing(project)
		}
		apps[project], err = updateApplication(apps[project], body, r.URL.Query().Get("updateMask"), func(service string) bool { return s.hasService(project, service) })
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.done(r, project, "Applications.UpdateApplication", "Application")
}

func (s *Server) repairApp(r *http.Request, project string, _ []string) (any, error) {
	err := s.change(func(apps map[string]map[string]any) error {
		if apps[project] == nil {
			return missing(project)
		}
		apps[project] = maps.Clone(apps[project])
		repair(project, apps[project])
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.done(r, project, "Applications.RepairApplication", "Application")
}

// listLocations needs no application: who creates one asks where it can be.
func (s *Server) listLocations(r *http.Request, project string, _ []string) (any, error) {
	all := []map[string]any{}
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

// hasService says whether an application has a service.
func (s *Server) hasService(string, string) bool { return false }
