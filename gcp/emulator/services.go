package emulator

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/appengine"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/billing"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/containeranalysis"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/developerconnect"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/git"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/iam"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/logging"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/orgpolicy"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/pubsub"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/registry"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/repository"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/resourcemanager"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run/job"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/scheduler"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/secretmanager"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/serviceusage"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/storage"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// row is a service by the folder of its state.
type row struct {
	dir  string
	open func(frame.Frame) (frame.Service, error)
}

// ground and table have all services. They are opened in this order, as one may
// need those above it, and ended in the reverse. The ground is what every call is
// decided by.
var (
	ground = []row{
		{"rights", rights.Service},
		{"serviceusage", serviceusage.Service},
		{"iam", iam.Service},
	}
	table = []row{
		{"resourcemanager", resourcemanager.Service},
		{"orgpolicy", orgpolicy.Service},
		{"billing", billing.Service},
		{"storage", storage.Service},
		{"registry", registry.Service},
		{"secretmanager", secretmanager.Service},
		{"pubsub", pubsub.Service},
		{"run", run.Service},
		{"jobs", job.Service},
		{"appengine", appengine.Service},
		{"logging", logging.Service},
		{"git", git.Service},
		{"repository", repository.Service},
		{"developerconnect", developerconnect.Service},
		{"cloudbuild", cloudbuild.Service},
		{"containeranalysis", containeranalysis.Service},
		{"scheduler", scheduler.Service},
	}
)

// openServices opens what is in the tables.
func (s *Server) openServices(o Options) error {
	f := frame.Frame{
		Addr: s.state.addr, Token: s.state.token, Tokens: s.tokens, Projects: s.projects, Allow: s.allow, StateID: s.state.id, Now: o.Now, At: o.At, Log: o.Log,
		Docker: o.Docker, DockerCommand: o.DockerCommand, Containers: o.Containers, Executor: o.Executor,
	}
	if f.Containers == nil && o.Docker != nil {
		f.Containers = o.Docker
	}
	if err := s.open(f, o.Dir, ground); err != nil {
		return err
	}
	s.usage, s.policies, s.accounts = Get[*serviceusage.Server](s), Get[*rights.Store](s), Get[*iam.Server](s)
	return s.open(f, o.Dir, table)
}

func (s *Server) open(f frame.Frame, dir string, rows []row) error {
	for _, row := range rows {
		f.Dir, f.Beside = filepath.Join(dir, row.dir), s.services
		svc, err := row.open(f)
		if err != nil {
			return errs.New(errs.Internal, "Remove what they keep with `gcpdeploy local stop --purge`, to begin anew.", "%w", err)
		}
		s.services = append(s.services, svc)
	}
	return nil
}

// stopServices ends what services do by themselves; all of them still serve.
func (s *Server) stopServices(ctx context.Context) error {
	var errs []error
	for _, svc := range slices.Backward(s.services) {
		if svc.Stop != nil {
			errs = append(errs, svc.Stop(ctx))
		}
	}
	return errors.Join(errs...)
}

// closeServices frees what services hold; nobody calls them any more.
func (s *Server) closeServices(ctx context.Context) error {
	var errs []error
	for _, svc := range slices.Backward(s.services) {
		if svc.Close != nil {
			errs = append(errs, svc.Close(ctx))
		}
	}
	return errors.Join(errs...)
}

// Get gives a service's own server, for tests: inspectors and fault knobs. It
// panics when none is a T.
func Get[T any](s *Server) T {
	t, err := frame.Find[T](s.services)
	if err != nil {
		panic(err)
	}
	return t
}

// Endpoints is URL by the names of what is served.
func (s *Server) Endpoints() map[string]string {
	all := map[string]string{}
	for _, svc := range s.services {
		for _, api := range svc.APIs {
			all[api] = s.URL()
		}
	}
	return all
}
