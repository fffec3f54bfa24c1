package developerconnect

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/git"
)

// route is a method of the API: the permission that it needs on the resource of its path.
type route struct {
	method     string
	path       *regexp.Regexp
	verb       string // of the path's end
	permission string
	serve      func(s *Server, r *http.Request, m []string) (any, error)
}

// routes are all methods that are served.
var routes = []route{
	{"POST", parents, "", "developerconnect.connections.create", (*Server).createConnection},
	{"GET", parents, "", "developerconnect.connections.list", func(s *Server, r *http.Request, m []string) (any, error) {
		return page(r, "connections", s.below(m[1]+"/connections/"))
	}},
	{"GET", connection, "", "developerconnect.connections.get", func(s *Server, _ *http.Request, m []string) (any, error) { return s.get(m[1]) }},
	{"DELETE", connection, "", "developerconnect.connections.delete", (*Server).remove},
	{"GET", connection, ":fetchLinkableGitRepositories", "developerconnect.connections.fetchLinkableGitRepositories", (*Server).linkable},
	{"POST", links, "", "developerconnect.gitRepositoryLinks.create", (*Server).createLink},
	{"GET", links, "", "developerconnect.gitRepositoryLinks.list", (*Server).listLinks},
	{"GET", link, "", "developerconnect.gitRepositoryLinks.get", func(s *Server, _ *http.Request, m []string) (any, error) { return s.get(m[1]) }},
	{"DELETE", link, "", "developerconnect.gitRepositoryLinks.delete", (*Server).remove},
	{"GET", link, ":fetchGitRefs", "developerconnect.gitRepositoryLinks.fetchGitRefs", (*Server).refs},
	{"GET", operation, "", "", (*Server).operation}, // its name is a secret of who began it
}

// ServeHTTP finds the method, asks whether the caller may, and answers.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, t := range routes {
		m := t.path.FindStringSubmatch(r.URL.Path)
		if m == nil || t.method != r.Method || (t.path == connection || t.path == link) && m[len(m)-1] != t.verb {
			continue
		}
		project, _, _ := strings.Cut(strings.TrimPrefix(m[1], "projects/"), "/")
		if s.allow != nil {
			if err := s.allow(r.Context(), frame.Access{API: api, Project: project, Permission: t.permission, Resource: m[1]}); err != nil {
				frame.WriteError(w, err)
				return
			}
		}
		answer, err := t.serve(s, r, m)
		if err != nil {
			frame.WriteError(w, err)
			return
		}
		frame.WriteJSON(w, http.StatusOK, answer)
		return
	}
	frame.WriteError(w, status.Error(codes.Unimplemented, "the emulators serve no such method of Developer Connect"))
}

// read takes a resource from a body.
func read(r *http.Request) (resource, error) {
	var v resource
	err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<20)).Decode(&v)
	if errors.Is(err, io.EOF) || err == nil && v == nil {
		return resource{}, nil
	}
	if err != nil {
		return nil, invalid("Invalid JSON payload received. %v", err)
	}
	return v, nil
}

// hosts are the kinds of connections.
var hosts = []string{"githubConfig", "githubEnterpriseConfig", "gitlabConfig", "gitlabEnterpriseConfig", "bitbucketDataCenterConfig", "bitbucketCloudConfig"}

func (s *Server) createConnection(r *http.Request, m []string) (any, error) {
	v, err := read(r)
	if err != nil {
		return nil, err
	}
	given := 0
	for _, h := range hosts {
		if _, ok := v[h].(map[string]any); ok {
			given++
		}
	}
	if given != 1 {
		return nil, invalid("the connection's configuration of its host is missing, as githubConfig")
	}
	v["installationState"] = resource{"stage": "COMPLETE"}
	return s.create(m[1], "connections", r.URL.Query().Get("connectionId"), v)
}

func (s *Server) createLink(r *http.Request, m []string) (any, error) {
	v, err := read(r)
	if err != nil {
		return nil, err
	}
	c, err := s.get(m[1])
	if err != nil {
		return nil, err
	}
	uri, _ := v["cloneUri"].(string)
	if _, err := git.Canonical(uri); err != nil || !strings.HasPrefix(uri, "https://") || !strings.HasSuffix(uri, ".git") {
		return nil, invalid("invalid clone_uri %q: must be the HTTPS URL of a repository, as https://github.com/owner/name.git", uri)
	}
	if c["githubConfig"] != nil && !strings.HasPrefix(uri, "https://github.com/") {
		return nil, invalid("clone_uri %q is no repository of GitHub, which the connection is to", uri)
	}
	return s.create(m[1], "gitRepositoryLinks", r.URL.Query().Get("gitRepositoryLinkId"), v)
}

// create keeps a resource, and gives the operation that made it.
func (s *Server) create(parent, kind, name string, v resource) (any, error) {
	if !id.MatchString(name) {
		return nil, invalid("invalid id %q", name)
	}
	full, now := parent+"/"+kind+"/"+name, s.now().UTC().Format(time.RFC3339Nano)
	v["name"], v["createTime"], v["updateTime"], v["etag"], v["uid"] = full, now, now, rand.Text(), rand.Text()
	err := s.change(func(all map[string]resource) error {
		if all[full] != nil {
			return status.Errorf(codes.AlreadyExists, "Resource '%s' already exists", full)
		}
		all[full] = v
		return nil
	})
	if err != nil {
		return nil, err
	}
	answer := resource{"@type": "type.googleapis.com/google.cloud.developerconnect.v1." + map[string]string{"connections": "Connection", "gitRepositoryLinks": "GitRepositoryLink"}[kind]}
	for k, x := range v {
		answer[k] = x
	}
	return s.done(full, "create", answer), nil
}

// remove forgets a resource; a connection that has links stays.
func (s *Server) remove(_ *http.Request, m []string) (any, error) {
	err := s.change(func(all map[string]resource) error {
		if all[m[1]] == nil {
			return notFound(m[1])
		}
		for name := range all {
			if strings.HasPrefix(name, m[1]+"/") {
				return status.Errorf(codes.FailedPrecondition, "connection %q still has git repository links", m[1])
			}
		}
		delete(all, m[1])
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.done(m[1], "delete", resource{"@type": "type.googleapis.com/google.protobuf.Empty"}), nil
}

// done makes the operation of what is done already.
func (s *Server) done(target, verb string, response resource) resource {
	parts := strings.SplitN(target, "/", 5)
	now := s.now().UTC().Format(time.RFC3339Nano)
	op := resource{"name": strings.Join(parts[:4], "/") + "/operations/operation-dc-" + rand.Text(), "done": true, "response": response,
		"metadata": resource{"@type": "type.googleapis.com/google.cloud.developerconnect.v1.OperationMetadata", "createTime": now, "endTime": now, "target": target, "verb": verb, "apiVersion": "v1"}}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.operations) >= 1000 {
		clear(s.operations)
	}
	s.operations[op["name"].(string)] = op
	return op
}

func (s *Server) operation(_ *http.Request, m []string) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if op, ok := s.operations[m[1]]; ok {
		return op, nil
	}
	return nil, notFound(m[1])
}
