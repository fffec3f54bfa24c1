// Package iam emulates as much of IAM as deploying takes: service accounts with
// their policies, tokens of them, and the predefined roles. Keys and custom roles
// are Unimplemented.
package iam

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"cloud.google.com/go/iam/admin/apiv1/adminpb"
	"cloud.google.com/go/iam/credentials/apiv1/credentialspb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/rights"
)

// Config is what the emulator works with.
type Config struct {
	Dir      string // state: a file for each account
	Projects frame.Projects
	Policies *rights.Store
	Tokens   frame.Tokens
	Now      func() time.Time
	Log      *slog.Logger
}

// Server is the emulator. Its methods are safe for concurrent use.
type Server struct {
	adminpb.UnimplementedIAMServer
	Faults fault.Set // what to get wrong, for tests

	cfg      Config
	mu       sync.Mutex
	accounts map[string]*account // by e-mail
}

// account is a service account as it is on the disk.
type account struct {
	Project, Email, UniqueID string
	DisplayName, Description string
	Disabled                 bool
}

var _ adminpb.IAMServer = (*Server)(nil)

// New opens the state in cfg.Dir.
func New(cfg Config) (*Server, error) {
	s := &Server{cfg: cfg, accounts: map[string]*account{}}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("opening the IAM emulator: %w", err)
	}
	paths, err := filepath.Glob(filepath.Join(cfg.Dir, "*.json"))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		a := &account{}
		ok, err := frame.ReadState(cfg.Log, path, func(data []byte) error {
			if err := json.Unmarshal(data, a); err != nil {
				return err
			}
			if path != s.path(a) {
				return errors.New("it is of another account")
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("opening the IAM emulator: %w", err)
		}
		if ok {
			s.accounts[a.Email] = a
		}
	}
	return s, nil
}

// Register adds IAM and IAM Credentials to a gRPC server.
func (s *Server) Register(g *grpc.Server) {
	adminpb.RegisterIAMServer(g, s)
	credentialspb.RegisterIAMCredentialsServer(g, &credentials{server: s})
}

var (
	accountID   = regexp.MustCompile(`^[a-z](?:[-a-z0-9]{4,28}[a-z0-9])$`)
	accountName = regexp.MustCompile(`^projects/([^/]+)/serviceAccounts/([^/]+)$`)
	projectName = regexp.MustCompile(`^projects/([a-z0-9][a-z0-9:.-]*)$`)
	agentOf     = regexp.MustCompile(`^(?:service-[0-9]+@[a-z0-9-]+(?:\.google\.com)?\.iam|[0-9]+@(?:cloudbuild|cloudservices))\.gserviceaccount\.com$`)
	computeOf   = regexp.MustCompile(`^([0-9]+)-compute@developer\.gserviceaccount\.com$`)
)

// domainOf is what the e-mails of a project's accounts end in.
func domainOf(project string) string {
	if domain, id, ok := strings.Cut(project, ":"); ok {
		project = id + "." + domain
	}
	return "@" + project + ".iam.gserviceaccount.com"
}

// Name is the name of an account, given by any of its names; ok is whether it is
// there. The default account of Compute Engine is there in every project.
func (s *Server) Name(name string) (full string, ok bool) {
	a, err := s.find(name)
	if err != nil {
		return "", false
	}
	return a.name(), true
}

func (a *account) name() string { return "projects/" + a.Project + "/serviceAccounts/" + a.Email }

// find is the account of a name, whose project may be "-" and whose last part an
// e-mail or a unique id.
func (s *Server) find(name string) (*account, error) {
	m := accountName.FindStringSubmatch(name)
	if m == nil {
		return nil, status.Errorf(codes.InvalidArgument, "Invalid service account name %.200q: it must be projects/{project}/serviceAccounts/{account}.", name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[m[2]]
	if a == nil {
		for _, other := range s.accounts {
			if other.UniqueID == m[2] {
				a = other
			}
		}
	}
	if c := computeOf.FindStringSubmatch(m[2]); a == nil && c != nil {
		project := m[1]
		if project == "-" {
			project = s.cfg.Projects.ID(c[1])
		}
		if frame.ProjectNumber(project) == c[1] && s.cfg.Projects.Exists(project) {
			a = computeAccount(s.cfg.Projects.ID(project))
		}
	}
	if a == nil || m[1] != "-" && s.cfg.Projects.ID(m[1]) != a.Project {
		return nil, status.Error(codes.NotFound, "Unknown service account")
	}
	return a, nil
}

func computeAccount(project string) *account {
	number := frame.ProjectNumber(project)
	return &account{Project: project, Email: frame.ComputeAccount(project), UniqueID: "101" + number + "000000"[:18-len(number)],
		DisplayName: "Default compute service account"}
}

// admit refuses to grant a role to a service account that does not exist.
func (s *Server) admit(_, member string) error {
	email, ok := strings.CutPrefix(member, "serviceAccount:")
	if !ok || agentOf.MatchString(email) || computeOf.MatchString(email) || !s.ours(email) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.accounts[email] == nil {
		return status.Errorf(codes.InvalidArgument, "Service account %s does not exist.", email)
	}
	return nil
}

// ours says whether an e-mail is of a project that is known here.
func (s *Server) ours(email string) bool {
	_, domain, _ := strings.Cut(email, "@")
	project, ok := strings.CutSuffix(domain, ".iam.gserviceaccount.com")
	return ok && s.cfg.Projects.Exists(project)
}

func (a *account) message() *adminpb.ServiceAccount {
	return &adminpb.ServiceAccount{Name: a.name(), ProjectId: a.Project, UniqueId: a.UniqueID, Email: a.Email, DisplayName: a.DisplayName,
		Etag: []byte("01021920"), Description: a.Description, Oauth2ClientId: a.UniqueID, Disabled: a.Disabled}
}
