package setup

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/storage"
)

// Sources become cheaper to keep and are never deleted: a refresh of the wheels
// starts from what was deployed last, however long ago. Logs go after three months.
var (
	sourceRules = []storage.Rule{{Action: storage.AbortUpload, Days: 7}, {Action: storage.Nearline, Days: 30}}
	logsRules   = []storage.Rule{{Action: storage.AbortUpload, Days: 7}, {Action: storage.Delete, Days: 90}}
)

// bucket is a bucket in the region, for nobody but who has a role on it.
type bucket struct {
	cloud         Cloud
	project, name string
	region        string
	label         string // in Terraform's module
	rules         []storage.Rule
}

var _ Resource = bucket{}

// Kind implements Resource.
func (b bucket) Kind() string { return "bucket" }

// Name implements Resource.
func (b bucket) Name() string { return "bucket gs://" + b.name }

// Observe implements Resource. A bucket of somebody else's is an error: whoever
// made it first would get the sources.
func (b bucket) Observe(ctx context.Context) (State, error) {
	now, err := b.cloud.Storage.Bucket(ctx, b.project, b.name)
	if gcp.Code(err) == codes.NotFound {
		return State{Found: Missing, Detail: "in " + b.region}, nil
	}
	if err != nil {
		return State{}, err
	}
	s := State{Found: Present, Detail: "in " + strings.ToLower(now.Location), Ours: now.Labels[Label] == LabelValue}
	var lack []string
	if !now.Uniform {
		lack = append(lack, "uniform access")
	}
	if !now.Private {
		lack = append(lack, "public access prevention")
	}
	if len(now.Rules) == 0 {
		lack = append(lack, "a lifecycle")
	}
	if len(lack) > 0 {
		s.Detail = "has no " + strings.Join(lack, ", no ")
		if s.Ours { // somebody else's may be read in ways that this would end
			s.Found = Differs
		}
	}
	return s, nil
}

// Make implements Resource.
func (b bucket) Make(ctx context.Context) error {
	now, err := b.cloud.Storage.Bucket(ctx, b.project, b.name)
	switch {
	case gcp.Code(err) == codes.NotFound:
		return b.cloud.Storage.CreateBucket(ctx, b.project, b.name, storage.Bucket{
			Location: b.region, Uniform: true, Private: true, Rules: b.rules, Labels: mark,
		})
	case err != nil:
		return err
	}
	// One that is there keeps its place, and a lifecycle that it has.
	var rules []storage.Rule
	if len(now.Rules) == 0 {
		rules = b.rules
	}
	return b.cloud.Storage.UpdateBucket(ctx, b.name, !now.Uniform || !now.Private, rules)
}

// Remove implements Resource.
func (b bucket) Remove(ctx context.Context) error { return b.cloud.Storage.DeleteBucket(ctx, b.name) }

// Commands implements Resource.
func (b bucket) Commands(now State) []string {
	at := "gs://" + b.name
	rules, err := json.Marshal(map[string]any{"rule": jsonRules(b.rules)})
	if err != nil {
		panic(err) // texts and numbers only
	}
	update := func(more ...string) []string { // gcloud reads the rules from a file alone, no pipe
		return []string{
			"rules=$(mktemp)", fed(`cat >"$rules"`, string(rules)),
			Line(append([]string{"gcloud", "storage", "buckets", "update", at}, more...)...) + ` --lifecycle-file="$rules"`,
			`rm "$rules"`,
		}
	}
	if now.Found == Differs {
		return update("--uniform-bucket-level-access", "--public-access-prevention")
	}
	return append([]string{
		Line("gcloud", "storage", "buckets", "create", at, "--project="+b.project, "--location="+b.region,
			"--uniform-bucket-level-access", "--public-access-prevention"),
	}, update("--update-labels="+Label+"="+LabelValue)...)
}

func jsonRules(rules []storage.Rule) (all []any) {
	for _, r := range rules {
		action := map[string]string{"type": r.Action}
		if r.Action == storage.Nearline {
			action = map[string]string{"type": "SetStorageClass", "storageClass": "NEARLINE"}
		}
		all = append(all, map[string]any{"action": action, "condition": map[string]int{"age": r.Days}})
	}
	return all
}

// Terraform implements Resource.
func (b bucket) Terraform() string {
	lines := []string{
		"project = " + HCL(b.project), "name = " + HCL(b.name),
		"location = " + HCL(b.region), "uniform_bucket_level_access = true",
		`public_access_prevention = "enforced"`, terraformLabels(),
	}
	for _, r := range b.rules {
		action := []string{"type = " + HCL(r.Action)}
		if r.Action == storage.Nearline {
			action = []string{`type = "SetStorageClass"`, "storage_class = " + HCL(storage.Nearline)}
		}
		lines = append(lines, Block("lifecycle_rule", Block("condition", fmt.Sprintf("age = %d", r.Days)), Block("action", action...)))
	}
	return Block(`resource "google_storage_bucket" "`+b.label+`"`, append(lines, "depends_on = [google_project_service.gcpdeploy]")...)
}
