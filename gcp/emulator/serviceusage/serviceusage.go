// Package serviceusage emulates Service Usage: which APIs a project has enabled, and
// the limits of some quotas.
// What is not enabled is refused by the server around, which asks Check.
package serviceusage

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/serviceusage/apiv1/serviceusagepb"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

// Config is what the emulator works with. Dir is required.
type Config struct {
	Dir      string      // state: a file for each project that changed something
	Allow    frame.Allow // of what is no gRPC; nil: everybody may do everything
	Projects frame.Projects
	Now      func() time.Time // nil = the system's clock
	Log      *slog.Logger     // nil = none
}

// Server is the emulator. Its methods are safe for concurrent use.
type Server struct {
	serviceusagepb.UnimplementedServiceUsageServer
	Faults fault.Set // what to get wrong, for tests

	cfg Config
	mu  sync.Mutex
	lag time.Duration
	of  map[string]changes // by the project's number
	ops map[string]*longrunningpb.Operation

	overrides map[string][]override // by the project's number
}

var _ serviceusagepb.ServiceUsageServer = (*Server)(nil)

// changes are the APIs that a project has enabled or disabled.
type changes map[string]change

type change struct {
	Enabled bool
	At      time.Time
}

// New opens the state in cfg.Dir.
func New(cfg Config) (*Server, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{cfg: cfg, of: map[string]changes{}, ops: map[string]*longrunningpb.Operation{}, overrides: map[string][]override{}}
	if err := os.MkdirAll(filepath.Join(cfg.Dir, overridesDir), 0o700); err != nil {
		return nil, fmt.Errorf("opening the Service Usage emulator: %w", err)
	}
	err := load(cfg, cfg.Dir, s.of)
	if err == nil {
		err = load(cfg, filepath.Join(cfg.Dir, overridesDir), s.overrides)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the Service Usage emulator: %w", err)
	}
	return s, nil
}

// overridesDir is the folder of the limits that projects have set, in Dir.
const overridesDir = "overrides"

// load reads the files of projects.
func load[T any](cfg Config, dir string, into map[string]T) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	for _, path := range paths {
		var v T
		ok, err := frame.ReadState(cfg.Log, path, func(data []byte) error { return json.Unmarshal(data, &v) })
		if err != nil {
			return err
		}
		if ok {
			into[strings.TrimSuffix(filepath.Base(path), ".json")] = v
		}
	}
	return err
}

// Register adds the service to a gRPC server.
func (s *Server) Register(g *grpc.Server) { serviceusagepb.RegisterServiceUsageServer(g, s) }

// Lag makes APIs refuse calls for a while after they were enabled, as Google's do.
func (s *Server) Lag(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lag = d
}

// enabled says whether a project, by its number, has an API on; the caller holds
// the lock.
func (s *Server) enabled(number, api string) bool {
	if c, ok := s.of[number][api]; ok {
		return c.Enabled
	}
	return !s.cfg.Projects.New || catalogue[api].fresh
}

// set switches an API, and says whether that changed anything.
func (s *Server) set(number, api string, on bool) (bool, error) {
	if s.enabled(number, api) == on {
		return false, nil
	}
	next := changes{api: {on, s.cfg.Now()}}
	for name, c := range s.of[number] {
		if name != api {
			next[name] = c
		}
	}
	if err := atomicfile.KeepJSON(filepath.Join(s.cfg.Dir, number+".json"), next); err != nil {
		return false, status.Errorf(codes.Internal, "storing the APIs of project %s: %v", number, err)
	}
	s.of[number] = next
	return true, nil
}

// Check is nil if a project may call an API, and else the error that the API sends.
func (s *Server) Check(project, api string) error {
	number := frame.ProjectNumber(project)
	s.mu.Lock()
	on := s.enabled(number, api)
	if c, ok := s.of[number][api]; on && ok && s.cfg.Now().Before(c.At.Add(s.lag)) {
		on = false
	}
	s.mu.Unlock()
	if on {
		return nil
	}
	url := "https://console.developers.google.com/apis/api/" + api + "/overview?project=" + number
	title := catalogue[api].title
	text := title + " has not been used in project " + number + " before or it is disabled. Enable it by visiting " + url +
		" then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry."
	return with(status.New(codes.PermissionDenied, text), &errdetails.ErrorInfo{
		Reason: "SERVICE_DISABLED", Domain: "googleapis.com",
		Metadata: map[string]string{"service": api, "serviceTitle": title, "consumer": "projects/" + number, "containerInfo": number, "activationUrl": url},
	}, &errdetails.LocalizedMessage{Locale: "en-US", Message: text},
		&errdetails.Help{Links: []*errdetails.Help_Link{{Description: "Google developers console API activation", Url: url}}})
}
