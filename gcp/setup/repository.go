package setup

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
)

// repository is the repository of the images.
type repository struct {
	cloud Cloud
	spec  Spec
}

var _ Resource = repository{}

// leftovers is how long the finished wheels of a failed build stay.
const leftovers = 30 * 24 * time.Hour

// Policies are the cleanup policies of the repository. The registry cannot see what
// runs, so they remove what never does, is needed by nothing that stays, and has no
// tag but its own: the finished wheels of builds that failed, and the leases of runs,
// when even the longest is over. `wheels prune` removes the rest. The others guard
// what has a key, and the builder, against policies that somebody adds.
var Policies = []registry.Policy{
	{ID: "gcpdeploy-partial-wheels", Packages: []string{"wheels"}, TagPrefixes: []string{"partial-"}, OlderThan: leftovers},
	{ID: "gcpdeploy-leases", Packages: []string{"leases"}, TagPrefixes: []string{"lease-"}, OlderThan: 2 * 24 * time.Hour},
	{ID: "gcpdeploy-keep-builder", Keep: true, Packages: []string{"builder"}},
	{ID: "gcpdeploy-keep-keys", Keep: true, TagPrefixes: strings.Split("0123456789abcdef", "")},
}

// Kind implements Resource.
func (r repository) Kind() string { return "repository" }

// Name implements Resource.
func (r repository) Name() string { return "repository " + r.spec.Repository }

// Observe implements Resource.
func (r repository) Observe(ctx context.Context) (State, error) {
	now, err := r.cloud.Registry.Setup(ctx)
	if gcp.Code(err) == codes.NotFound {
		return State{Found: Missing, Detail: "in " + r.spec.Region}, nil
	}
	if err != nil {
		return State{}, err
	}
	s := State{Found: Present, Detail: "in " + r.spec.Region, Ours: now.Labels[Label] == LabelValue}
	for _, p := range Policies {
		if !now.Policies[p.ID] {
			s.Found, s.Detail = Differs, "has no cleanup policy "+p.ID
		} else if !s.Ours {
			s.Added = true
		}
	}
	return s, nil
}

// Make implements Resource.
func (r repository) Make(ctx context.Context) error {
	if err := r.cloud.Registry.EnsureRepository(ctx, mark); err != nil {
		return err
	}
	return r.cloud.Registry.SetPolicies(ctx, Policies)
}

// Remove implements Resource. Of somebody else's repository it removes the policies.
func (r repository) Remove(ctx context.Context) error {
	now, err := r.cloud.Registry.Setup(ctx)
	switch {
	case gcp.Code(err) == codes.NotFound:
		return nil
	case err != nil:
		return err
	case now.Labels[Label] == LabelValue:
		return r.cloud.Registry.DeleteRepository(ctx)
	}
	var ids []string
	for _, p := range Policies {
		ids = append(ids, p.ID)
	}
	return r.cloud.Registry.SetPolicies(ctx, nil, ids...)
}

// Commands implements Resource.
func (r repository) Commands(now State) (lines []string) {
	at := []string{r.spec.Repository, "--project=" + r.spec.Project, "--location=" + r.spec.Region}
	if now.Found != Differs {
		lines = append(lines, Line(append([]string{"gcloud", "artifacts", "repositories", "create"}, append(at,
			"--repository-format=docker", "--description="+registry.Description, "--labels="+Label+"="+LabelValue)...)...))
	}
	var all []any
	for _, p := range Policies {
		all = append(all, jsonPolicy(p))
	}
	policies, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		panic(err) // texts only
	}
	return append(lines, fed(Line(append([]string{"gcloud", "artifacts", "repositories", "set-cleanup-policies"}, append(at, "--policy=-")...)...), string(policies)))
}

// jsonPolicy is a policy as gcloud reads it from a file.
func jsonPolicy(p registry.Policy) map[string]any {
	condition := map[string]any{"tagState": "ANY"}
	if len(p.TagPrefixes) > 0 {
		condition = map[string]any{"tagState": "TAGGED", "tagPrefixes": p.TagPrefixes}
	}
	if len(p.Packages) > 0 {
		condition["packageNamePrefixes"] = p.Packages
	}
	if p.OlderThan > 0 {
		condition["olderThan"] = seconds(p.OlderThan)
	}
	return map[string]any{"name": p.ID, "action": map[string]string{"type": action(p)}, "condition": condition}
}

func action(p registry.Policy) string {
	if p.Keep {
		return "KEEP"
	}
	return "DELETE"
}

func seconds(d time.Duration) string { return fmt.Sprintf("%ds", int(d.Seconds())) }

// Terraform implements Resource.
func (r repository) Terraform() string {
	lines := []string{
		"project = " + HCL(r.spec.Project), "location = " + HCL(r.spec.Region), "repository_id = " + HCL(r.spec.Repository),
		`format = "DOCKER"`, "description = " + HCL(registry.Description), terraformLabels(),
	}
	for _, p := range Policies {
		condition := []string{`tag_state = "ANY"`}
		if len(p.TagPrefixes) > 0 {
			condition = []string{`tag_state = "TAGGED"`, "tag_prefixes = " + hclList(p.TagPrefixes)}
		}
		if len(p.Packages) > 0 {
			condition = append(condition, "package_name_prefixes = "+hclList(p.Packages))
		}
		if p.OlderThan > 0 {
			condition = append(condition, "older_than = "+HCL(seconds(p.OlderThan)))
		}
		lines = append(lines, Block("cleanup_policies", "id = "+HCL(p.ID), "action = "+HCL(action(p)), Block("condition", condition...)))
	}
	return Block(`resource "google_artifact_registry_repository" "gcpdeploy"`, append(lines, "depends_on = [google_project_service.gcpdeploy]")...)
}
