// Package rights knows who may do what: the policies of resources, the roles that
// they grant, and the permissions of those. It serves no API: each service has the
// methods of its own resources' policies, and keeps them here, so that one place
// can tell what a member may do with a resource and what lies above it.
package rights

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

// Store is the policies of all resources, by full name: projects/P,
// projects/P/secrets/S, projects/_/buckets/B. Its methods are safe for concurrent use.
type Store struct {
	// Admit are further rules of who may be in a policy. Add to it before first use.
	Admit []func(resource, member string) error

	dir      string
	projects frame.Projects
	mu       sync.Mutex
	policies map[string]*iampb.Policy
	parents  map[string]string // of buckets: the project
}

// kept is a policy on the disk.
type kept struct {
	Resource string
	Policy   json.RawMessage
}

// Memory is a Store that keeps nothing on the disk.
func Memory() *Store {
	return &Store{policies: map[string]*iampb.Policy{}, parents: map[string]string{}}
}

// Open reads the policies under dir, which it makes if needed.
func Open(dir string, projects frame.Projects, log *slog.Logger) (*Store, error) {
	s := Memory()
	s.dir, s.projects = dir, projects
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("opening the policies: %w", err)
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		if _, err := frame.ReadState(log, path, func(data []byte) error { return s.read(path, data) }); err != nil {
			return nil, fmt.Errorf("reading the policies: %w", err)
		}
	}
	return s, nil
}

func (s *Store) read(path string, data []byte) error {
	var k kept
	p := &iampb.Policy{}
	if err := json.Unmarshal(data, &k); err != nil {
		return err
	}
	if err := protojson.Unmarshal(k.Policy, p); err != nil {
		return err
	}
	if path != s.path(k.Resource) {
		return errors.New("it is of another resource")
	}
	s.policies[k.Resource] = p
	return nil
}

// path is a policy's file; its name is hashed, as resources' names may be longer
// than one.
func (s *Store) path(resource string) string {
	sum := sha256.Sum256([]byte(resource))
	return filepath.Join(s.dir, hex.EncodeToString(sum[:16])+".json")
}

// Get is a resource's policy, with an etag.
func (s *Store) Get(resource string) *iampb.Policy {
	s.mu.Lock()
	defer s.mu.Unlock()
	return proto.CloneOf(s.get(resource))
}

func (s *Store) get(resource string) *iampb.Policy {
	if p := s.policies[resource]; p != nil {
		return p
	}
	p := s.fresh(resource)
	if len(p.Bindings) == 0 {
		p.Etag = []byte{0, 32, 1} // "ACAB", Google's of a policy that was never set
		return p
	}
	return sealed(p)
}

// Below are the resources below a collection ("projects/") that have a policy.
func (s *Store) Below(prefix string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s.policies)), func(r string) bool { return !strings.HasPrefix(r, prefix) })
}

// Set replaces a resource's policy, if it is the one that the caller read.
func (s *Store) Set(req *iampb.SetIamPolicyRequest) (*iampb.Policy, error) {
	resource := req.GetResource()
	if req.GetPolicy() == nil {
		return nil, status.Error(codes.InvalidArgument, "Policy is required.")
	}
	want, err := s.normal(resource, req.GetPolicy())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.get(resource)
	if etag := req.GetPolicy().GetEtag(); len(etag) > 0 && string(etag) != string(old.GetEtag()) {
		return nil, status.Error(codes.Aborted, "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.")
	}
	if m := req.GetUpdateMask().GetPaths(); !slices.Contains(m, "auditConfigs") && !slices.Contains(m, "audit_configs") {
		want.AuditConfigs = old.GetAuditConfigs() // the default mask is bindings and etag
	}
	sealed(want)
	return proto.CloneOf(want), s.keep(resource, want)
}

// keep stores a policy; the caller holds the lock.
func (s *Store) keep(resource string, p *iampb.Policy) error {
	text, err := protojson.Marshal(p)
	if err == nil && s.dir != "" {
		err = atomicfile.KeepJSON(s.path(resource), kept{resource, text})
	}
	if err != nil {
		return status.Errorf(codes.Internal, "storing the policy of %s: %v", resource, err)
	}
	s.policies[resource] = p
	return nil
}

// Adopt gives a resource that is in no project's name, a bucket, the project whose
// policy is above its own.
func (s *Store) Adopt(resource, project string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parents[resource] = project
}

// Take keeps the policy of a resource that has none yet, from a state that kept it
// itself.
func (s *Store) Take(resource string, p *iampb.Policy) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(p.GetBindings()) == 0 || s.policies[resource] != nil {
		return nil
	}
	return s.keep(resource, sealed(p))
}

// Forget removes the policy of a resource that is deleted.
func (s *Store) Forget(resource string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.parents, resource)
	if s.policies[resource] == nil {
		return nil
	}
	delete(s.policies, resource)
	if s.dir == "" {
		return nil
	}
	if err := os.Remove(s.path(resource)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return status.Errorf(codes.Internal, "forgetting the policy of %s: %v", resource, err)
	}
	return nil
}

// sealed gives a policy its version and the etag of its content.
func sealed(p *iampb.Policy) *iampb.Policy {
	p.Etag, p.Version = nil, 1
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(p)
	if err != nil {
		data = nil
	}
	sum := sha256.Sum256(data)
	p.Etag = sum[:8]
	return p
}
