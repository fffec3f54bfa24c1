// Package orgpolicy emulates reading a project's effective organization policies.
// There is no organization: which ones are in force is a knob of tests.
package orgpolicy

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"

	"cloud.google.com/go/orgpolicy/apiv2/orgpolicypb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/fault"
)

// constraints are those that exist here, and whether their values are a list.
// Source: cloud.google.com/resource-manager/docs/organization-policy/org-policy-constraints.
var constraints = map[string]bool{
	"cloudbuild.allowedIntegrations":                  true,
	"cloudbuild.allowedWorkerPools":                   true,
	"cloudbuild.disableCreateDefaultServiceAccount":   false,
	"cloudbuild.useBuildServiceAccount":               false,
	"cloudbuild.useComputeServiceAccount":             false,
	"gcp.resourceLocations":                           true,
	"gcp.restrictServiceUsage":                        true,
	"iam.allowedPolicyMemberDomains":                  true,
	"iam.automaticIamGrantsForDefaultServiceAccounts": false,
	"iam.disableServiceAccountCreation":               false,
	"iam.disableServiceAccountKeyCreation":            false,
	"iam.disableCrossProjectServiceAccountUsage":      false,
	"run.allowedIngress":                              true,
	"run.allowedVPCEgress":                            true,
	"run.managed.requireInvokerIam":                   false,
	"storage.publicAccessPrevention":                  false,
	"storage.uniformBucketLevelAccess":                false,
}

// Server is the emulator. Its methods are safe for concurrent use.
type Server struct {
	orgpolicypb.UnimplementedOrgPolicyServer
	Faults fault.Set // what to get wrong, for tests

	mu    sync.Mutex
	rules map[string]*orgpolicypb.PolicySpec_PolicyRule
}

var _ orgpolicypb.OrgPolicyServer = (*Server)(nil)

// New makes a Server without a policy in force.
func New() *Server { return &Server{rules: map[string]*orgpolicypb.PolicySpec_PolicyRule{}} }

// Register adds the service to a gRPC server.
func (s *Server) Register(g *grpc.Server) { orgpolicypb.RegisterOrgPolicyServer(g, s) }

// Enforce puts a constraint that is on or off in force, for all projects.
func (s *Server) Enforce(constraint string) {
	s.put(constraint, &orgpolicypb.PolicySpec_PolicyRule{Kind: &orgpolicypb.PolicySpec_PolicyRule_Enforce{Enforce: true}})
}

// Permit lets a constraint with a list allow these values alone, for all projects.
func (s *Server) Permit(constraint string, values ...string) {
	s.put(constraint, &orgpolicypb.PolicySpec_PolicyRule{Kind: &orgpolicypb.PolicySpec_PolicyRule_Values{
		Values: &orgpolicypb.PolicySpec_PolicyRule_StringValues{AllowedValues: values}}})
}

func (s *Server) put(constraint string, rule *orgpolicypb.PolicySpec_PolicyRule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules[constraint] = rule
}

// rule is what is in force, as Google answers it: the constraint's default where
// there is no policy.
func (s *Server) rule(constraint string) *orgpolicypb.PolicySpec_PolicyRule {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rules[constraint]; r != nil {
		return r
	}
	if constraints[constraint] {
		return &orgpolicypb.PolicySpec_PolicyRule{Kind: &orgpolicypb.PolicySpec_PolicyRule_AllowAll{AllowAll: true}}
	}
	return &orgpolicypb.PolicySpec_PolicyRule{Kind: &orgpolicypb.PolicySpec_PolicyRule_Enforce{}}
}

// Enforced says whether a constraint is on.
func (s *Server) Enforced(constraint string) bool { return s.rule(constraint).GetEnforce() }

// Allows says whether a constraint's list allows a value: itself, or a group of
// locations that it is in, as in:europe-locations.
func (s *Server) Allows(constraint, value string) bool {
	r := s.rule(constraint)
	value = strings.ToLower(value)
	return r.GetAllowAll() || slices.ContainsFunc(r.GetValues().GetAllowedValues(), func(v string) bool {
		group, ok := strings.CutSuffix(strings.TrimPrefix(v, "in:"), "-locations")
		return v == value || ok && strings.HasPrefix(value, group)
	})
}

// admit refuses members that are of no allowed customer. Google knows whose a
// domain is; here all that has one is, and what is everybody's is not.
func (s *Server) admit(_, member string) error {
	if (member == "allUsers" || member == "allAuthenticatedUsers") && !s.rule("iam.allowedPolicyMemberDomains").GetAllowAll() {
		return status.Error(codes.FailedPrecondition, "One or more users named in the policy do not belong to a permitted customer, perhaps due to an organization policy.")
	}
	return nil
}

var policyName = regexp.MustCompile(`^projects/[a-z0-9][a-z0-9:.-]*/policies/([A-Za-z.]+)$`)

// GetEffectivePolicy implements the API.
func (s *Server) GetEffectivePolicy(ctx context.Context, req *orgpolicypb.GetEffectivePolicyRequest) (*orgpolicypb.Policy, error) {
	if err := s.Faults.Take(ctx, "GetEffectivePolicy"); err != nil {
		return nil, err
	}
	m := policyName.FindStringSubmatch(req.GetName())
	if m == nil {
		return nil, status.Errorf(codes.InvalidArgument, "Invalid policy name %.200q: it must be projects/{project}/policies/{constraint}.", req.GetName())
	}
	if _, ok := constraints[m[1]]; !ok {
		return nil, status.Errorf(codes.NotFound, "Constraint constraints/%s does not exist.", m[1])
	}
	return &orgpolicypb.Policy{Name: req.GetName(), Spec: &orgpolicypb.PolicySpec{Rules: []*orgpolicypb.PolicySpec_PolicyRule{s.rule(m[1])}}}, nil
}
