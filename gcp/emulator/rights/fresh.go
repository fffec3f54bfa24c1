package rights

import (
	"strings"

	"cloud.google.com/go/iam/apiv1/iampb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// Owner is the member that owns every project from the beginning.
const Owner = "user:owner@gcpdeploy.local"

// fresh is the policy of a resource that was never given one: what Google grants
// by itself. The caller holds the lock.
func (s *Store) fresh(resource string) *iampb.Policy {
	p := &iampb.Policy{}
	grant := func(role string, members ...string) {
		p.Bindings = append(p.Bindings, &iampb.Binding{Role: role, Members: members})
	}
	if parent := s.parents[resource]; strings.HasPrefix(resource, "projects/_/buckets/") && parent != "" {
		_, project, _ := strings.Cut(parent, "/")
		grant("roles/storage.legacyBucketOwner", "projectEditor:"+project, "projectOwner:"+project)
		grant("roles/storage.legacyBucketReader", "projectViewer:"+project)
		grant("roles/storage.legacyObjectOwner", "projectEditor:"+project, "projectOwner:"+project)
		grant("roles/storage.legacyObjectReader", "projectViewer:"+project)
		return p
	}
	if project, ok := strings.CutPrefix(resource, "projects/"); ok && !strings.Contains(project, "/") {
		number := frame.ProjectNumber(project)
		agent := func(domain string) string {
			return "serviceAccount:service-" + number + "@" + domain + ".iam.gserviceaccount.com"
		}
		grant("roles/appengineflex.serviceAgent", agent("gae-api-prod.google.com"))
		grant("roles/artifactregistry.serviceAgent", agent("gcp-sa-artifactregistry"))
		if s.projects.Account == frame.CloudBuild {
			grant("roles/cloudbuild.builds.builder", "serviceAccount:"+s.projects.BuildAccount(project))
		}
		grant("roles/cloudbuild.serviceAgent", agent("gcp-sa-cloudbuild"))
		grant("roles/cloudscheduler.serviceAgent", agent("gcp-sa-cloudscheduler"))
		if s.projects.Account != frame.ComputeBare {
			grant("roles/editor", "serviceAccount:"+frame.ComputeAccount(project))
		}
		grant("roles/owner", Owner)
		grant("roles/run.serviceAgent", agent("serverless-robot-prod"))
	}
	return p
}
