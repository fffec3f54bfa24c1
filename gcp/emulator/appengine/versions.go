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
	id, _ := body["id"].(string)
	if err := s.allow(r.Context(), frame.Access{API: "appengineflex.googleapis.com", Project: project}); err != nil {
		return nil, err
	}
	doc, err := s.wanted(r, project, named[0], id, body)
	if err != nil {
		return nil, err
	}
	account, _ := doc["serviceAccount"].(string)
	as := frame.Access{API: api, Project: project, Permission: "iam.serviceAccounts.actAs", Resource: "projects/" + project + "/serviceAccounts/" + account}
	if err := s.allow(r.Context(), as); err != nil {
		return nil, err
	}
	op, err := s.begin(r, project, "Versions.CreateVersion", named[0], id)
	if err != nil {
		return nil, err
	}
	if err := checkSize(doc); err != nil {
		return s.finish(op, err), nil
	}
	return s.run(op, project, named[0], id, doc, func(a *application) error {
		full := "apps/" + project + "/services/" + named[0]
		if a.Services == nil {
			a.Services = map[string]*service{}
		}
		if !a.has(named[0]) {
			a.Services[named[0]] = &service{Service: document{"name": full, "id": named[0], "split": document{"allocations": document{id: 1.0}}}, Versions: map[string]document{}}
		}
		a.Services[named[0]].Versions[id] = doc
		return nil
	})
}

// wanted is the version that a call asks for, where it can be.
func (s *Server) wanted(r *http.Request, project, serviceID, id string, body document) (document, error) {
	found, err := s.look(project, func(a *application) (any, error) {
		switch {
		case stopped(a.App):
			return nil, status.Errorf(codes.FailedPrecondition, "The application %s is disabled: nothing can be deployed to it.", project)
		case !isID(serviceID):
			return nil, invalid("Invalid service id %.200q.", serviceID)
		case serviceID != "default" && !a.has("default"):
			return nil, invalid(firstService, serviceID, serviceID)
		}
		doc, err := newVersion(id, body)
		if err == nil {
			features, _ := a.App["featureSettings"].(document)
			err = checkFlexible(features, doc, s.addr)
		}
		if err != nil {
			return nil, err
		}
		doc["name"], doc["createTime"] = versionName(project, serviceID, id), s.now().UTC().Format(time.RFC3339Nano)
		doc["createdBy"] = callerOf(r)
		if doc["serviceAccount"] == nil {
			doc["serviceAccount"] = a.App["serviceAccount"]
		}
		return doc, nil
	})
	if err != nil {
		return nil, err
	}
	doc := found.(document)
	doc["versionUrl"] = s.URL(project, serviceID, id)
	return doc, nil
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
	change := func(a *application) (document, error) {
		_, doc, err := a.find(project, named)
		if err == nil {
			err = updateVersion(doc, body, r.URL.Query().Get("updateMask"))
		}
		return doc, err
	}
	var doc document
	err = s.try(project, func(a *application) (err error) {
		doc, err = change(a)
		return err
	})
	if err != nil {
		return nil, err
	}
	op, err := s.begin(r, project, "Versions.UpdateVersion", named...)
	if err != nil {
		return nil, err
	}
	store := func(a *application) error {
		_, err := change(a)
		return err
	}
	if now := s.runs(versionName(project, named[0], named[1])); now != nil && doc["servingStatus"] == "SERVING" && instancesOf(now.doc) == instancesOf(doc) {
		if err := s.change(project, store); err != nil {
			s.drop(op)
			return nil, err
		}
		return s.finish(op, nil), nil
	}
	return s.run(op, project, named[0], named[1], doc, store)
}

func (s *Server) deleteVersion(r *http.Request, project string, named []string) (any, error) {
	op, err := s.begin(r, project, "Versions.DeleteVersion", named...)
	if err != nil {
		return nil, err
	}
	err = s.change(project, func(a *application) error {
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
		s.drop(op)
		return nil, err
	}
	s.live(versionName(project, named[0], named[1]), nil)
	return s.finish(op, nil), nil
}
