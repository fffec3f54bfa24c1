package rights

import (
	"context"
	"slices"
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// Test gives those of the permissions that the caller of a request has on a
// resource, as testIamPermissions answers.
func (s *Store) Test(ctx context.Context, resource string, wanted []string) []string {
	member := frame.Caller(ctx)
	return slices.DeleteFunc(slices.Clone(wanted), func(p string) bool { return member != "" && !s.Has(member, p, resource) })
}

// Has says whether a member has a permission on a resource: by a policy of its own,
// or of what is above it.
func (s *Store) Has(member, permission, resource string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.has(member, permission, resource)
}

func (s *Store) has(member, permission, resource string) bool {
	for at := resource; at != ""; at = s.above(at) {
		for _, b := range s.get(at).GetBindings() {
			r, ok := Find(b.GetRole())
			if _, granted := slices.BinarySearch(r.Permissions, permission); ok && granted && s.includes(b.GetMembers(), member) {
				return true
			}
		}
	}
	return false
}

// above is what a resource lies in; "" of a project.
func (s *Store) above(resource string) string {
	if strings.HasSuffix(resource, ".googleusercontent.com") { // Google's own bucket is in a project of Google's
		return ""
	}
	if parent := s.parents[resource]; parent != "" {
		return parent
	}
	for range 1 + strings.Count(resource, "/")%2 { // kind and id; what there is one of has no id
		i := strings.LastIndexByte(resource, '/')
		if i < 0 {
			return ""
		}
		resource = resource[:i]
	}
	if resource == "projects/_" || !strings.Contains(resource, "/") {
		return ""
	}
	return resource
}

// includes says whether a member is among those of a binding.
func (s *Store) includes(members []string, member string) bool {
	return slices.ContainsFunc(members, func(m string) bool {
		switch {
		case m == member, m == "allUsers", m == "allAuthenticatedUsers" && member != "allUsers":
			return true
		case strings.HasPrefix(m, "domain:"):
			return strings.HasPrefix(member, "user:") && strings.HasSuffix(member, "@"+m[len("domain:"):])
		}
		for kind, role := range map[string]string{"projectOwner:": "roles/owner", "projectEditor:": "roles/editor", "projectViewer:": "roles/viewer"} {
			if project, ok := strings.CutPrefix(m, kind); ok {
				return slices.ContainsFunc(s.get("projects/"+project).GetBindings(), func(b *iampb.Binding) bool {
					return b.GetRole() == role && slices.Contains(b.GetMembers(), member)
				})
			}
		}
		return false
	})
}
