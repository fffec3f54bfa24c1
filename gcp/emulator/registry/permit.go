package registry

import (
	"fmt"
	"net/http"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// permit asks whether the caller may do what a request to the docker registry does
// with a repository. It says so itself if not.
func (s *Server) permit(w http.ResponseWriter, r *http.Request, project, repository string) bool {
	if s.config.Allow == nil {
		return true
	}
	verb := "upload"
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		verb = "download"
	case http.MethodDelete:
		verb = "delete"
	}
	s.mu.Lock()
	name := s.repos[project+"/"+repository].GetName()
	s.mu.Unlock()
	if name == "" {
		name = "projects/" + project
	}
	permission := "artifactregistry.repositories." + verb + "Artifacts"
	err := s.config.Allow(r.Context(), frame.Access{API: "artifactregistry.googleapis.com", Project: project, Permission: permission, Resource: name})
	if err == nil {
		return true
	}
	text := status.Convert(err).Message()
	if status.Code(err) == codes.PermissionDenied && len(status.Convert(err).Details()) == 1 { // of a permission, and not of the API
		text = fmt.Sprintf("Permission %q denied on resource %q (or it may not exist)", permission, name)
	}
	writeError(w, http.StatusForbidden, "DENIED", text)
	return false
}
