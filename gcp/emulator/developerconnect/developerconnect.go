// Package developerconnect emulates Developer Connect as far as triggers need it:
// connections to hosts of git repositories, and links to repositories through them.
// There is no Go client of that API, so it is served over JSON alone, and fields that
// are not looked at are kept as they came. Which folder on this machine stands for a
// remote is known to package git beside it.
package developerconnect

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/git"
	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

const api = "developerconnect.googleapis.com"

// resource is one by the API's own names of fields.
type resource = map[string]any

// Server is the emulator. Its methods are safe for concurrent use.
type Server struct {
	file    string
	remotes *git.Store
	allow   frame.Allow
	now     func() time.Time

	mu         sync.Mutex
	all        map[string]resource // by name
	operations map[string]resource // of this process; all are done
}

// Service is Developer Connect for the frame.
func Service(f frame.Frame) (frame.Service, error) {
	remotes, err := frame.Find[*git.Store](f.Beside)
	if err != nil {
		return frame.Service{}, err
	}
	s, err := New(f.Dir, remotes, f.Allow, f.Now, f.Log)
	if err != nil {
		return frame.Service{}, err
	}
	on := frame.Surface{Handler: s, Takes: frame.JSON, Challenge: frame.Google, Refuse: frame.RefuseJSON}
	web := &frame.Web{Host: api, Has: has, Surface: func(path string) frame.Surface {
		if !has(path) {
			return frame.Surface{}
		}
		return on
	}}
	return frame.Service{Server: s, APIs: []string{"developerconnect"}, Web: web}, nil
}

// New opens the state in a folder. Without allow everybody may do everything.
func New(dir string, remotes *git.Store, allow frame.Allow, now func() time.Time, log *slog.Logger) (*Server, error) {
	s := &Server{file: filepath.Join(dir, "links.json"), remotes: remotes, allow: allow, now: now, all: map[string]resource{}, operations: map[string]resource{}}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("opening the emulator of Developer Connect: %w", err)
	}
	_, err := frame.ReadState(log, s.file, func(data []byte) error {
		err := json.Unmarshal(data, &s.all)
		if s.all == nil {
			s.all = map[string]resource{}
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("opening the emulator of Developer Connect: %w", err)
	}
	return s, nil
}

// paths are those of the API: below connections, which no other API has in v1, and
// operations by names that are its own.
var (
	parents    = regexp.MustCompile(`^/v1/(projects/([^/]+)/locations/([a-z][a-z0-9-]*))/connections$`)
	connection = regexp.MustCompile(`^/v1/((projects/([^/]+)/locations/[a-z][a-z0-9-]*)/connections/([^/:]+))(:fetchLinkableGitRepositories)?$`)
	links      = regexp.MustCompile(`^/v1/((projects/([^/]+)/locations/[a-z][a-z0-9-]*)/connections/([^/:]+))/gitRepositoryLinks$`)
	link       = regexp.MustCompile(`^/v1/((projects/([^/]+)/locations/[a-z][a-z0-9-]*)/connections/[^/:]+/gitRepositoryLinks/([^/:]+))(:fetchGitRefs)?$`)
	operation  = regexp.MustCompile(`^/v1/(projects/([^/]+)/locations/[a-z][a-z0-9-]*/operations/operation-dc-[^/:]+)$`)
	id         = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)
)

func has(path string) bool {
	for _, p := range []*regexp.Regexp{parents, connection, links, link, operation} {
		if p.MatchString(path) {
			return true
		}
	}
	return false
}

// Remote is the canonical URL of a link by its resource name; false: there is none.
func (s *Server) Remote(name string) (string, bool) {
	s.mu.Lock()
	uri, _ := s.all[name]["cloneUri"].(string)
	s.mu.Unlock()
	remote, err := git.Canonical(uri)
	return remote, err == nil && strings.Contains(name, "/gitRepositoryLinks/")
}

// change writes what f makes of a copy of all, and takes it over.
func (s *Server) change(f func(all map[string]resource) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := maps.Clone(s.all)
	if err := f(next); err != nil {
		return err
	}
	if err := atomicfile.KeepJSON(s.file, next); err != nil {
		return status.Errorf(codes.Internal, "storing connections: %v", err)
	}
	s.all = next
	return nil
}

func (s *Server) get(name string) (resource, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.all[name]; ok {
		return r, nil
	}
	return nil, notFound(name)
}

// below are the resources of a collection, sorted.
func (s *Server) below(prefix string) (list []resource) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(s.all)) {
		if rest, ok := strings.CutPrefix(name, prefix); ok && !strings.Contains(rest, "/") {
			list = append(list, s.all[name])
		}
	}
	return list
}

func notFound(name string) error {
	return status.Errorf(codes.NotFound, "Resource '%s' was not found", name)
}

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

var _ http.Handler = (*Server)(nil)
