// Package appengine emulates the App Engine Admin API: a project's application, its
// services with their versions of the flexible environment, and how traffic is split
// among those. It is served over JSON alone, as v1 and, for what gcloud asks there, as
// v1beta; documents are kept as they came, and fields that the API does not have are
// refused. A version is one container of its image, or as many as Most lets it have,
// started and asked for its readiness as the flexible environment does it; requests come to
// it by names under localhost, by the split of its service and by dispatch rules.
//
// Applications are created by the call. The project `local` alone has one from the
// beginning, in a location that is called like that: what runs on one machine is asked
// for no region.
package appengine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

const api = "appengine.googleapis.com"

// Server is the emulator. Its methods are safe for concurrent use.
type Server struct {
	Faults fault.Set // what to get wrong, for tests; "Start" is that of a container
	Most   int       // how many containers a version has at most on this machine; 0 = 1

	host    *container.Host
	logs    string // folder
	records string // folder of operations
	stateID string
	still   bool // see RunNothing
	file    string
	addr    string // of the port that all share
	allow   frame.Allow
	now     func() time.Time

	mu         sync.Mutex
	state      state
	operations []document       // the newest first
	lives      map[string]*live // by their full names
}

// Service is App Engine for the frame.
func Service(f frame.Frame) (frame.Service, error) {
	pull, err := container.PullAs(f, agent)
	if err != nil {
		return frame.Service{}, err
	}
	s := &Server{
		file: filepath.Join(f.Dir, "apps.json"), logs: filepath.Join(f.Dir, "logs"), records: filepath.Join(f.Dir, "operations"), addr: f.Addr, allow: f.Allow, now: f.Now, stateID: f.StateID, state: state{},
		lives: map[string]*live{}, host: (&container.Host{Docker: f.Containers, Pull: pull, Now: f.Now, Log: f.Log}).Open(),
	}
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return frame.Service{}, fmt.Errorf("opening the emulator of App Engine: %w", err)
	}
	_, err = frame.ReadState(f.Log, s.file, func(data []byte) error { return json.Unmarshal(data, &s.state) })
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return frame.Service{}, fmt.Errorf("opening the emulator of App Engine: %w", err)
	}
	if s.state == nil {
		s.state = state{}
	}
	if f.Projects.Exists(local) && s.state[local] == nil {
		app, err := newApplication(local, strings.TrimPrefix(s.URL(local, "", ""), "http://"), document{"id": local, "locationId": local})
		if err != nil {
			return frame.Service{}, err
		}
		s.state[local] = &application{App: app}
	}
	if err := s.readRecords(f.Log); err != nil {
		return frame.Service{}, fmt.Errorf("opening the emulator of App Engine: %w", err)
	}
	s.resume()
	on := frame.Surface{Handler: s, Takes: frame.JSON, Challenge: frame.Google, Refuse: frame.RefuseJSON}
	web := &frame.Web{Host: api, Has: has, Surface: func(path string) frame.Surface {
		if !has(path) {
			return frame.Surface{}
		}
		return on
	}}
	return frame.Service{Server: s, APIs: []string{"appengine"}, Web: web, App: s.App, Stop: s.Close}, nil
}

// RunNothing has versions kept, and nothing of them run: for tests of the API alone.
func (s *Server) RunNothing() { s.still = true }

// Running lists the full names of the versions that have a container ready, for tests.
func (s *Server) Running() (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, v := range s.lives {
		if slices.ContainsFunc(v.instances, func(in *instance) bool { return in.Instance.Running() }) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Close removes the running containers; the state stays, and a later Server starts
// them again when they are asked for.
func (s *Server) Close(ctx context.Context) error {
	s.host.Close()
	s.mu.Lock()
	for _, v := range s.lives {
		for _, in := range v.instances {
			in.Retire(0)
		}
	}
	s.mu.Unlock()
	return s.host.Wait(ctx)
}

func has(path string) bool {
	return strings.HasPrefix(path, "/v1/apps") || strings.HasPrefix(path, "/v1beta/apps")
}

func missing(project string) error {
	return status.Errorf(codes.NotFound, "App does not exist: %s", project)
}

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

// Region is where a project's application is, by the name that other APIs have for it.
func (s *Server) Region(project string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.state[project]
	if a == nil {
		return "", false
	}
	location, _ := a.App["locationId"].(string)
	return region(location), true
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
