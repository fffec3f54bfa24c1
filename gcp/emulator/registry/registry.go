// Package registry emulates Artifact Registry for docker images: the OCI
// registry that docker pushes to (distribution on disk) and Google's own API of
// repositories, packages, versions and tags over the same files, so a tag made
// by one is seen by the other. An image in it is PROJECT/REPOSITORY/PACKAGE; the
// location of a repository is kept with it and is in no image's name, so one
// project has a repository's name once. A Python repository is a name with a policy:
// no index is behind it. It knows nothing of tokens or hosts: the
// frame guards it, and is asked who may do what.
package registry

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"github.com/distribution/distribution/v3"
	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/handlers"
	"github.com/distribution/distribution/v3/registry/storage"
	"github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	"github.com/sirupsen/logrus"
	"google.golang.org/grpc"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

// orphanAge is how old an upload without an end must be to be removed at the
// start: docker begins anew after a restart, so nothing younger is waited for.
const orphanAge = time.Hour

// Config is what a Server needs.
type Config struct {
	Dir string           // state
	Now func() time.Time // nil: time.Now
	Log *slog.Logger     // nil: none

	Policies *rights.Store // who may do what with repositories; nil: in memory
	Allow    frame.Allow   // decides on requests to the docker registry; nil: on none
}

// Server is the emulator. Its methods are safe for concurrent use.
type Server struct {
	artifactregistrypb.UnimplementedArtifactRegistryServer

	// Faults makes it misbehave for tests. Operations of the API are named as its
	// methods (GetTag), those of the OCI side as kind.METHOD (manifests.PUT; kinds
	// base, manifests, blobs, uploads, tags).
	Faults fault.Set

	config Config
	app    *handlers.App
	images distribution.Namespace

	mu    sync.Mutex // repositories, operations, and every change of a tag through the API
	repos map[string]*artifactregistrypb.Repository
	ops   map[string]*longrunningpb.Operation
	order []string // ops by age
}

var _ artifactregistrypb.ArtifactRegistryServer = (*Server)(nil)

// New opens the state under c.Dir, which it makes if needed, removes uploads
// that a kill left, and frees the layers of what was deleted before.
func New(c Config) (*Server, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Policies == nil {
		c.Policies = rights.Memory()
	}
	s := &Server{config: c, ops: map[string]*longrunningpb.Operation{}}
	if err := s.open(); err != nil {
		return nil, fmt.Errorf("opening the registry emulator: %w", err)
	}
	return s, nil
}

func (s *Server) open() (err error) {
	logrus.SetOutput(io.Discard) // distribution logs every request through the standard logger
	logrus.SetLevel(logrus.PanicLevel)
	defer func() {
		if r := recover(); r != nil { // NewApp's way of saying no
			err = fmt.Errorf("distribution: %v", r)
		}
	}()
	if err := os.MkdirAll(s.ociDir(), 0o700); err != nil {
		return err
	}
	if s.repos, err = s.loadRepositories(); err != nil {
		return err
	}
	secret, err := s.secret()
	if err != nil {
		return err
	}
	ctx := context.Background() // the app's own life, ended by Shutdown
	driver := filesystem.New(filesystem.DriverParameters{RootDirectory: s.ociDir(), MaxThreads: 100})
	if s.images, err = storage.NewRegistry(ctx, driver, storage.EnableDelete); err != nil {
		return err
	}
	s.removeOrphans()
	if err := s.collect(ctx, driver); err != nil {
		s.config.Log.Warn("freeing unused layers of the registry", "error", err) // all that is used is there
	}
	config := &configuration.Configuration{Version: configuration.CurrentVersion, Storage: configuration.Storage{
		"filesystem":  {"rootdirectory": s.ociDir(), "maxthreads": 100},
		"delete":      {"enabled": true},
		"maintenance": {"uploadpurging": map[any]any{"enabled": false}}, // at the start, by removeOrphans
	}}
	config.HTTP.Secret = secret
	config.Catalog.MaxEntries = 1000
	config.Validation.Manifests.Indexes.Platforms = "none"
	s.app = handlers.NewApp(ctx, config)
	return nil
}

func (s *Server) ociDir() string { return filepath.Join(s.config.Dir, "oci") }

// secret signs the state of uploads; it must outlive a restart.
func (s *Server) secret() (string, error) {
	path := filepath.Join(s.config.Dir, "secret")
	data, err := os.ReadFile(path)
	if err == nil && len(data) == 64 {
		return string(data), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	b := make([]byte, 32)
	rand.Read(b)
	text := hex.EncodeToString(b)
	return text, atomicfile.Keep(path, []byte(text), 0o600)
}

// removeOrphans removes the folders of uploads that nobody will end.
func (s *Server) removeOrphans() {
	_ = filepath.WalkDir(filepath.Join(s.ociDir(), repositoriesPath), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil
		}
		switch d.Name() {
		case "_manifests", "_layers":
			return filepath.SkipDir
		}
		if filepath.Base(filepath.Dir(path)) != "_uploads" {
			return nil
		}
		if info, err := d.Info(); err == nil && s.config.Now().Sub(info.ModTime()) > orphanAge {
			_ = os.RemoveAll(path)
		}
		return filepath.SkipDir
	})
}

// dirty is the mark that something was deleted, so its layers may be unused.
func (s *Server) dirty() string { return filepath.Join(s.config.Dir, "deleted") }

// collect frees unused layers. Only at the start: while a push runs, its layers
// are unused until the manifest comes.
func (s *Server) collect(ctx context.Context, driver *filesystem.Driver) error {
	if _, err := os.Stat(s.dirty()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, err := os.Stat(filepath.Join(s.ociDir(), repositoriesPath)); err == nil {
		if err := storage.MarkAndSweep(ctx, driver, s.images, storage.GCOpts{Quiet: true}); err != nil {
			return err
		}
	}
	return os.Remove(s.dirty())
}

// Register adds the API to a gRPC server.
func (s *Server) Register(g *grpc.Server) { artifactregistrypb.RegisterArtifactRegistryServer(g, s) }

// Close ends the registry; requests must have ended before.
func (s *Server) Close(context.Context) error { return s.app.Shutdown() }

// Handler serves the OCI distribution API below /v2/.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serveOCI) }
