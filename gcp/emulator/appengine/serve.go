package appengine

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// route is a method of the API, with the permission that it needs on the project.
type route struct {
	method, name string // HTTP's, and the API's
	path         string // below v1 or v1beta, as a pattern whose first group is the project
	permission   string
	serve        func(s *Server, r *http.Request, project string, rest []string) (any, error)
}

// routes are all methods that are served.
var routes = []route{
	{"POST", "CreateApplication", `apps`, "appengine.applications.create", (*Server).createApp},
	{"GET", "GetApplication", `apps/([^/:]+)`, "appengine.applications.get", (*Server).getApp},
	{"PATCH", "UpdateApplication", `apps/([^/:]+)`, "appengine.applications.update", (*Server).patchApp},
	{"POST", "RepairApplication", `apps/([^/:]+):repair`, "appengine.applications.update", (*Server).repairApp},
	{"GET", "ListLocations", `apps/([^/:]+)/locations`, "appengine.applications.get", (*Server).listLocations},
	{"GET", "GetLocation", `apps/([^/:]+)/locations/([^/:]+)`, "appengine.applications.get", (*Server).getLocation},
	{"GET", "ListServices", `apps/([^/:]+)/services`, "appengine.services.list", (*Server).listServices},
	{"GET", "GetService", `apps/([^/:]+)/services/([^/:]+)`, "appengine.services.get", (*Server).getService},
	{"PATCH", "UpdateService", `apps/([^/:]+)/services/([^/:]+)`, "appengine.services.update", (*Server).patchService},
	{"DELETE", "DeleteService", `apps/([^/:]+)/services/([^/:]+)`, "appengine.services.delete", (*Server).deleteService},
	{"GET", "ListVersions", `apps/([^/:]+)/services/([^/:]+)/versions`, "appengine.versions.list", (*Server).listVersions},
	{"POST", "CreateVersion", `apps/([^/:]+)/services/([^/:]+)/versions`, "appengine.versions.create", (*Server).createVersion},
	{"GET", "GetVersion", `apps/([^/:]+)/services/([^/:]+)/versions/([^/:]+)`, "appengine.versions.get", (*Server).getVersion},
	{"PATCH", "UpdateVersion", `apps/([^/:]+)/services/([^/:]+)/versions/([^/:]+)`, "appengine.versions.update", (*Server).patchVersion},
	{"DELETE", "DeleteVersion", `apps/([^/:]+)/services/([^/:]+)/versions/([^/:]+)`, "appengine.versions.delete", (*Server).deleteVersion},
	{"GET", "GetInstance", `apps/([^/:]+)/services/([^/:]+)/versions/([^/:]+)/instances/([^/:]+)`, "appengine.instances.get", (*Server).getInstance},
	{"DELETE", "DeleteInstance", `apps/([^/:]+)/services/([^/:]+)/versions/([^/:]+)/instances/([^/:]+)`, "appengine.instances.delete", (*Server).deleteInstance},
	{"POST", "DebugInstance", `apps/([^/:]+)/services/([^/:]+)/versions/([^/:]+)/instances/([^/:]+):debug`, "appengine.instances.enableDebug", (*Server).debugInstance},
	{"GET", "ListInstances", `apps/([^/:]+)/services/([^/:]+)/versions/([^/:]+)/instances`, "appengine.instances.list", (*Server).listInstances},
	{"GET", "ListOperations", `apps/([^/:]+)/operations`, "appengine.operations.list", (*Server).listOperations},
	{"GET", "GetOperation", `apps/([^/:]+)/operations/([^/:]+)`, "appengine.operations.get", (*Server).getOperation},
}

// paths are those of the routes.
var paths = sync.OnceValue(func() (all []*regexp.Regexp) {
	for _, t := range routes {
		all = append(all, regexp.MustCompile(`^/v1(?:beta)?/`+t.path+`$`))
	}
	return all
})

// ServeHTTP finds the method, asks whether the caller may, and answers.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for i, t := range routes {
		m := paths()[i].FindStringSubmatch(r.URL.Path)
		if m == nil || t.method != r.Method {
			continue
		}
		answer, err := s.call(r, t, m[1:])
		if err != nil {
			frame.WriteError(w, err)
			return
		}
		frame.WriteJSON(w, http.StatusOK, answer)
		return
	}
	frame.WriteError(w, status.Error(codes.Unimplemented, "the emulators serve no such method of App Engine"))
}

func (s *Server) call(r *http.Request, t route, named []string) (any, error) {
	if err := s.Faults.Take(r.Context(), t.name); err != nil {
		return nil, err
	}
	project, rest := "", named // createApp reads it from the body, and asks whether it may
	if len(named) > 0 {
		project, rest = named[0], named[1:]
		if err := s.may(r, t.permission, project); err != nil {
			return nil, err
		}
	}
	answer, err := t.serve(s, r, project, rest)
	if err == nil {
		err = s.Faults.Take(r.Context(), t.name+".reply")
	}
	return answer, err
}

func (s *Server) may(r *http.Request, permission, project string) error {
	return s.allow(r.Context(), frame.Access{API: api, Project: project, Permission: permission, Resource: "projects/" + project})
}

// read takes a message from a body.
func read(r *http.Request, message string) (document, error) {
	var v document
	err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<20)).Decode(&v)
	if errors.Is(err, io.EOF) || err == nil && v == nil {
		return document{}, nil
	}
	if err != nil {
		return nil, invalid("Invalid JSON payload received. %v", err)
	}
	return conform(v, message, strings.HasPrefix(r.URL.Path, "/v1beta/"))
}
