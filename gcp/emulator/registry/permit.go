package registry

import (
	"fmt"
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// Repository is the full name of the repository that an image of this registry is
// in, as PROJECT/REPOSITORY/PACKAGE; "" where there is none.
func (s *Server) Repository(image string) string {
	parts := strings.SplitN(image, "/", 3)
	if len(parts) < 3 {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.repos[parts[0]+"/"+parts[1]].GetName()
}

// permit asks whether the caller may do what a request to the docker registry does
// with a repository. It says so itself if not.
func (s *Server) permit(w http.ResponseWriter, r *http.Request, project, repository string) bool {
	verb := "upload"
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		verb = "download"
	case http.MethodDelete:
		verb = "delete"
	}
	access, err := s.allowed(r, project, repository, verb)
	if err == nil {
		return true
	}
	text := status.Convert(err).Message()
	if status.Code(err) == codes.PermissionDenied && len(status.Convert(err).Details()) == 1 { // of a permission, and not of the API
		text = fmt.Sprintf("Permission %q denied on resource %q (or it may not exist)", access.Permission, access.Resource)
	}
	writeError(w, http.StatusForbidden, "DENIED", text)
	return false
}

// allowed asks whether the caller may upload to a repository, download from it or delete in it.
func (s *Server) allowed(r *http.Request, project, repository, verb string) (frame.Access, error) {
	s.mu.Lock()
	name := s.repos[project+"/"+repository].GetName()
	s.mu.Unlock()
	if name == "" {
		name = "projects/" + project
	}
	access := frame.Access{API: "artifactregistry.googleapis.com", Project: project, Permission: "artifactregistry.repositories." + verb + "Artifacts", Resource: name}
	if s.config.Allow == nil {
		return access, nil
	}
	return access, s.config.Allow(r.Context(), access)
}

// unlessMounted is an upload as the caller may begin it: a layer of another image is there
// at once only for who may download that one. Anybody else sends the layer.
func (s *Server) unlessMounted(r *http.Request) *http.Request {
	query := r.URL.Query()
	if r.Method != http.MethodPost || query.Get("mount") == "" {
		return r
	}
	if parts := strings.SplitN(query.Get("from"), "/", 3); len(parts) == 3 {
		if _, err := s.allowed(r, parts[0], parts[1], "download"); err == nil {
			return r
		}
	}
	r = r.Clone(r.Context())
	query.Del("mount")
	query.Del("from")
	r.URL.RawQuery = query.Encode()
	return r
}
