package developerconnect

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

func (s *Server) listLinks(r *http.Request, m []string) (any, error) {
	if _, err := s.get(m[1]); err != nil {
		return nil, err
	}
	return page(r, "gitRepositoryLinks", s.below(m[1]+"/gitRepositoryLinks/"))
}

// linkable are the remotes that folders on this machine stand for.
func (s *Server) linkable(r *http.Request, m []string) (any, error) {
	c, err := s.get(m[1])
	if err != nil {
		return nil, err
	}
	var list []resource
	for _, remote := range s.remotes.Remotes() {
		if strings.HasPrefix(remote, "https://") && (c["githubConfig"] == nil || strings.HasPrefix(remote, "https://github.com/")) {
			list = append(list, resource{"cloneUri": remote})
		}
	}
	return page(r, "linkableGitRepositories", list)
}

// refs are a link's branches, or tags, by their short names.
func (s *Server) refs(r *http.Request, m []string) (any, error) {
	if _, err := s.get(m[1]); err != nil {
		return nil, err
	}
	prefix, ok := map[string]string{"BRANCH": "refs/heads/", "TAG": "refs/tags/"}[r.URL.Query().Get("refType")]
	if !ok {
		return nil, invalid("ref_type must be BRANCH or TAG")
	}
	remote, _ := s.Remote(m[1])
	repo, err := s.remotes.Find(r.Context(), remote)
	var all map[string]string
	if err == nil {
		all, err = repo.Refs(r.Context())
	}
	if err != nil {
		return nil, status.Errorf(codes.FailedPrecondition, "reading %s: %v", remote, err)
	}
	names := []string{}
	for ref := range all {
		if name, ok := strings.CutPrefix(ref, prefix); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return resource{"refNames": names}, nil
}

// page answers a list.
func page(r *http.Request, field string, list []resource) (any, error) {
	var size int32
	if text := r.URL.Query().Get("pageSize"); text != "" {
		if err := json.Unmarshal([]byte(text), &size); err != nil {
			return nil, invalid("invalid page_size %q", text)
		}
	}
	some, next, err := frame.Page(list, size, r.URL.Query().Get("pageToken"), 50, 1000)
	answer := resource{}
	if len(some) > 0 {
		answer[field] = some
	}
	if next != "" {
		answer["nextPageToken"] = next
	}
	return answer, err
}
