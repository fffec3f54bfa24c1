package rights

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// memberForm is what a member may look like. Source: the proto's comment on
// Binding.members.
var memberForm = regexp.MustCompile(`^(allUsers|allAuthenticatedUsers|(deleted:)?(user|serviceAccount|group):[^@\s]+@[^@\s]+|domain:[^@\s]+|` +
	`project(Owner|Editor|Viewer):[^\s]+|(deleted:)?principal(Set)?://iam\.googleapis\.com/\S+)$`)

// identity is a member that can call.
var identity = regexp.MustCompile(`^(user|serviceAccount):[^@\s]+@[^@\s]+$`)

// Identity says whether a member is one that can call: a person or a service account.
func Identity(member string) bool { return identity.MatchString(member) }

var roleForm = regexp.MustCompile(`^(roles/[A-Za-z0-9_.]+|(projects|organizations)/[^/]+/roles/[A-Za-z0-9_.]+)$`)

// normal is a policy as Google keeps it: one binding for each role, roles and
// members in order and none twice. What Google refuses is refused.
func (s *Store) normal(resource string, p *iampb.Policy) (*iampb.Policy, error) {
	if v := p.GetVersion(); v < 0 || v == 2 || v > 3 {
		return nil, status.Errorf(codes.InvalidArgument, "Invalid policy version %d: it must be 0, 1 or 3.", v)
	}
	members := map[string][]string{}
	for _, b := range p.GetBindings() {
		role := b.GetRole()
		switch {
		case role == "" || len(b.GetMembers()) == 0:
			return nil, status.Error(codes.InvalidArgument, "Policy bindings need a role and members.")
		case !roleForm.MatchString(role):
			return nil, status.Errorf(codes.InvalidArgument, "Invalid role %q: it must be roles/{role} or projects/{project}/roles/{role}.", role)
		case unknown(role):
			return nil, status.Errorf(codes.InvalidArgument, "Role %s is not supported for this resource.", role)
		case b.GetCondition() != nil:
			return nil, status.Error(codes.Unimplemented, "conditions of bindings are not emulated")
		}
		for _, m := range b.GetMembers() {
			if !memberForm.MatchString(m) {
				return nil, status.Errorf(codes.InvalidArgument, "Invalid member %q: it must be allUsers, allAuthenticatedUsers, or have a type, as in user:NAME@DOMAIN.", m)
			}
			if strings.HasPrefix(m, "project") && !strings.HasPrefix(resource, "projects/_/buckets/") {
				return nil, status.Errorf(codes.InvalidArgument, "Invalid member %q: buckets alone have members of that type.", m)
			}
			for _, admit := range s.Admit {
				if err := admit(resource, m); err != nil {
					return nil, err
				}
			}
			if !slices.Contains(members[role], m) {
				members[role] = append(members[role], m)
			}
		}
	}
	out := &iampb.Policy{}
	for role, who := range members {
		slices.Sort(who)
		out.Bindings = append(out.Bindings, &iampb.Binding{Role: role, Members: who})
	}
	slices.SortFunc(out.Bindings, func(a, b *iampb.Binding) int { return cmp.Compare(a.GetRole(), b.GetRole()) })
	for _, a := range p.GetAuditConfigs() {
		out.AuditConfigs = append(out.AuditConfigs, proto.CloneOf(a))
	}
	return out, nil
}
