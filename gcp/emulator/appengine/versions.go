package appengine

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// fullOnly are the fields of a version that the usual view leaves out.
var fullOnly = []string{"apiConfig", "buildEnvVariables", "defaultExpiration", "deployment", "envVariables", "errorHandlers", "handlers", "libraries", "nobuildFilesRegex"}

// viewed is a version as a request asks for it.
func viewed(r *http.Request, v document) document {
	if r.URL.Query().Get("view") == "FULL" {
		return v
	}
	v = maps.Clone(v)
	maps.DeleteFunc(v, func(name string, _ any) bool { return slices.Contains(fullOnly, name) })
	return v
}

func (s *Server) listVersions(r *http.Request, project string, named []string) (any, error) {
	return s.look(project, func(a *application) (any, error) {
		v, _, err := a.find(project, named)
		if err != nil {
			return nil, err
		}
		all := []document{}
		for _, id := range slices.Sorted(maps.Keys(v.Versions)) {
			all = append(all, viewed(r, v.Versions[id]))
		}
		return page(r, "versions", all)
	})
}

func (s *Server) getVersion(r *http.Request, project string, named []string) (any, error) {
	return s.look(project, func(a *application) (any, error) {
		_, doc, err := a.find(project, named)
		if err != nil {
			return nil, err
		}
		return viewed(r, doc), nil
	})
}

// createVersion makes a version, or one of the same id anew. The first of a service has
// all its traffic.
func (s *Server) createVersion(r *http.Request, project string, named []string) (any, error) {
	body, err := read(r, "Version")
	if err != nil {
		return nil, err
	}
	id := named[0]
	version, _ := body["id"].(string)
	if err := s.allow(r.Context(), frame.Access{API: "appengineflex.googleapis.com", Project: project}); err != nil {
		return nil, err
	}
	err = s.change(project, func(a *application) error {
		switch {
		case stopped(a.App):
			return status.Errorf(codes.FailedPrecondition, "The application %s is disabled: nothing can be deployed to it.", project)
		case !isID(id):
			return invalid("Invalid service id %.200q.", id)
		case id != "default" && !a.has("default"):
			return invalid(firstService, id, id)
		}
		doc, err := newVersion(version, body)
		if err != nil {
			return err
		}
		full := "apps/" + project + "/services/" + id
		doc["name"], doc["createTime"] = full+"/versions/"+version, s.now().UTC().Format(time.RFC3339Nano)
		doc["createdBy"], doc["versionUrl"] = callerOf(r), s.URL(project, id, version)
		if doc["serviceAccount"] == nil {
			doc["serviceAccount"] = a.App["serviceAccount"]
		}
		if a.Services == nil {
			a.Services = map[string]*service{}
		}
		if !a.has(id) {
			a.Services[id] = &service{Service: document{"name": full, "id": id, "split": document{"allocations": document{version: 1.0}}}, Versions: map[string]document{}}
		}
		a.Services[id].Versions[version] = doc
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.done(r, project, "Versions.CreateVersion", id, version)
}

// firstService is what Google says.
const firstService = "The first service (module) you upload to a new application must be the 'default' service (module). Please upload a version of the 'default' service (module) " +
	"before uploading a version for the '%s' service (module). See the documentation for more information. Service: %s."

// callerOf is the e-mail of who calls.
func callerOf(r *http.Request) string {
	_, email, _ := strings.Cut(frame.Caller(r.Context()), ":")
	return email
}

func (s *Server) patchVersion(r *http.Request, project string, named []string) (any, error) {
	body, err := read(r, "Version")
	if err != nil {
		return nil, err
	}
	err = s.change(project, func(a *application) error {
		_, doc, err := a.find(project, named)
		if err != nil {
			return err
		}
		return updateVersion(doc, body, r.URL.Query().Get("updateMask"))
	})
	if err != nil {
		return nil, err
	}
	return s.done(r, project, "Versions.UpdateVersion", named...)
}

func (s *Server) deleteVersion(r *http.Request, project string, named []string) (any, error) {
	err := s.change(project, func(a *application) error {
		v, _, err := a.find(project, named)
		switch {
		case err != nil:
			return err
		case named[0] == "default" && len(v.Versions) == 1:
			return invalid("The default service (module) may not be deleted, and must comprise at least one version.")
		case v.share(named[1]) > 0:
			return invalid("Cannot delete version '%s' of service '%s': it has traffic.", named[1], named[0])
		}
		delete(v.Versions, named[1])
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.done(r, project, "Versions.DeleteVersion", named...)
}

// listInstances lists what a version runs, which is nothing here.
func (s *Server) listInstances(r *http.Request, project string, named []string) (any, error) {
	return s.look(project, func(a *application) (any, error) {
		_, _, err := a.find(project, named)
		if err != nil {
			return nil, err
		}
		return page(r, "instances", []document{})
	})
}
