// Package appengine emulates the App Engine Admin API: a project's application, where
// it can be, and its operations. It is served over JSON alone, as v1 and, for what
// gcloud asks there, as v1beta; documents are kept as they came, and fields that the
// API does not have are refused.
package appengine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

const api = "appengine.googleapis.com"

// Server is the emulator. Its methods are safe for concurrent use.
type Server struct {
	Faults fault.Set // what to get wrong, for tests

	file  string
	addr  string // of the port that all share
	allow frame.Allow
	now   func() time.Time

	mu         sync.Mutex
	apps       map[string]map[string]any // by project
	operations []map[string]any          // of this process, the newest first
}

// Service is App Engine for the frame.
func Service(f frame.Frame) (frame.Service, error) {
	s := &Server{file: filepath.Join(f.Dir, "apps.json"), addr: f.Addr, allow: f.Allow, now: f.Now, apps: map[string]map[string]any{}}
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return frame.Service{}, fmt.Errorf("opening the emulator of App Engine: %w", err)
	}
	_, err := frame.ReadState(f.Log, s.file, func(data []byte) error { return json.Unmarshal(data, &s.apps) })
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return frame.Service{}, fmt.Errorf("opening the emulator of App Engine: %w", err)
	}
	if s.apps == nil {
		s.apps = map[string]map[string]any{}
	}
	on := frame.Surface{Handler: s, Takes: frame.JSON, Challenge: frame.Google, Refuse: frame.RefuseJSON}
	web := &frame.Web{Host: api, Has: has, Surface: func(path string) frame.Surface {
		if !has(path) {
			return frame.Surface{}
		}
		return on
	}}
	return frame.Service{Server: s, APIs: []string{"appengine"}, Web: web}, nil
}

func has(path string) bool {
	return strings.HasPrefix(path, "/v1/apps") || strings.HasPrefix(path, "/v1beta/apps")
}

// change writes what f makes of a copy of all, and takes it over.
func (s *Server) change(f func(apps map[string]map[string]any) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := maps.Clone(s.apps)
	if err := f(next); err != nil {
		return err
	}
	if err := atomicfile.KeepJSON(s.file, next); err != nil {
		return status.Errorf(codes.Internal, "storing applications: %v", err)
	}
	s.apps = next
	return nil
}

// app is a project's application.
func (s *Server) app(project string) (map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if app := s.apps[project]; app != nil {
		return app, nil
	}
	return nil, missing(project)
}

func missing(project string) error {
	return status.Errorf(codes.NotFound, "App does not exist: %s", project)
}

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

// Region is where a project's application is, by the name that other APIs have for it.
func (s *Server) Region(project string) (string, bool) {
	app, err := s.app(project)
	location, _ := app["locationId"].(string)
	return region(location), err == nil
}

// URL is where a version of a service answers. An empty version is what has the
// traffic, an empty service what dispatch rules find.
func (s *Server) URL(project, service, version string) string {
	host := project + ".localhost"
	for _, name := range []string{service, version} {
		if name != "" {
			host = name + "-dot-" + host
		}
	}
	_, port, _ := strings.Cut(s.addr, ":")
	return (&url.URL{Scheme: "http", Host: host + ":" + port}).String()
}
