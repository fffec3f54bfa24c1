package registry

import (
	"context"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

// UpdateRepository changes what the mask names of a repository's description,
// labels and clean-up policies. Those are kept, and never carried out.
func (s *Server) UpdateRepository(ctx context.Context, req *artifactregistrypb.UpdateRepositoryRequest) (*artifactregistrypb.Repository, error) {
	n, err := s.begin(ctx, "UpdateRepository", req.GetRepository().GetName(), repositoryIs)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, err := s.repository(n)
	if err != nil {
		return nil, err
	}
	r, want := proto.CloneOf(old), req.GetRepository()
	paths := req.GetUpdateMask().GetPaths()
	if len(paths) == 0 {
		paths = []string{"description", "labels", "cleanup_policies", "cleanup_policy_dry_run"}
	}
	for _, path := range paths {
		switch path {
		case "description":
			r.Description = want.GetDescription()
		case "labels":
			r.Labels = want.GetLabels()
		case "cleanup_policies", "cleanupPolicies":
			r.CleanupPolicies = want.GetCleanupPolicies()
		case "cleanup_policy_dry_run", "cleanupPolicyDryRun":
			r.CleanupPolicyDryRun = want.GetCleanupPolicyDryRun()
		default:
			return nil, status.Errorf(codes.InvalidArgument, "Invalid update mask: the field %.80q cannot be changed.", path)
		}
	}
	if err := checkCleanup(r); err != nil {
		return nil, err
	}
	r.UpdateTime = timestamppb.New(s.config.Now())
	if err := s.keep(n, r); err != nil {
		return nil, err
	}
	return s.shown(r), nil
}

// keep stores a repository; the caller holds the lock.
func (s *Server) keep(n name, r *artifactregistrypb.Repository) error {
	data, err := protojson.Marshal(r)
	if err == nil {
		err = atomicfile.Keep(s.repoPath(n.project, n.repository), data, 0o600)
	}
	if err != nil {
		return internal(err)
	}
	s.repos[n.project+"/"+n.repository] = r
	return nil
}

// maxCleanup is how many clean-up policies a repository may have. Source:
// cloud.google.com/artifact-registry/docs/repositories/cleanup-policy.
const maxCleanup = 10

// checkCleanup holds clean-up policies to their rules: each has an action and a
// condition, and its name is its key.
func checkCleanup(r *artifactregistrypb.Repository) error {
	if len(r.GetCleanupPolicies()) > maxCleanup {
		return status.Errorf(codes.InvalidArgument, "A repository may have %d cleanup policies at most.", maxCleanup)
	}
	for id, p := range r.GetCleanupPolicies() {
		switch {
		case p.GetId() != "" && p.GetId() != id:
			return status.Errorf(codes.InvalidArgument, "Cleanup policy %q has the id %q.", id, p.GetId())
		case p.GetAction() == artifactregistrypb.CleanupPolicy_ACTION_UNSPECIFIED:
			return status.Errorf(codes.InvalidArgument, "Cleanup policy %q has no action.", id)
		case p.GetConditionType() == nil:
			return status.Errorf(codes.InvalidArgument, "Cleanup policy %q has no condition.", id)
		case p.GetMostRecentVersions() != nil && p.GetAction() != artifactregistrypb.CleanupPolicy_KEEP:
			return status.Errorf(codes.InvalidArgument, "Cleanup policy %q: most recent versions can only be kept.", id)
		}
		p.Id = id
	}
	return nil
}
