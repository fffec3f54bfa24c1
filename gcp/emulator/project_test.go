package emulator_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/billing"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/orgpolicy"
)

// refused wants a status and these words.
func (g guarded) refused(code int, method, path, body string, words ...string) {
	g.t.Helper()
	got, text := g.as("", method, path, body)
	if got != code {
		g.t.Errorf("%s %s: %d, not %d: %s", method, path, got, code, text)
	}
	gcloudtest.Contains(g.t, text, words...)
}

func TestServiceAccounts(t *testing.T) {
	t.Parallel()
	g := startGuarded(t, frame.Projects{}, echo{})
	const at = "/v1/" + p + "/serviceAccounts"
	gcloudtest.Contains(t, g.must("POST", at, `{"accountId":"builder","serviceAccount":{"displayName":"Builds","description":"of gcpdeploy"}}`), robot, "uniqueId", "of gcpdeploy")
	g.refused(409, "POST", at, `{"accountId":"builder"}`, "ALREADY_EXISTS", "Service account builder already exists within project "+p+".")
	g.refused(400, "POST", at, `{"accountId":"short"}`, "INVALID_ARGUMENT")
	gcloudtest.Contains(t, g.must("GET", at, ""), robot, "-compute@developer.gserviceaccount.com")
	gcloudtest.Contains(t, g.must("PATCH", at+"/"+robot, `{"serviceAccount":{"displayName":"Others"},"updateMask":"displayName"}`), "Others", "of gcpdeploy")
	g.grant(p, binding("roles/logging.logWriter", asRobo))
	g.must("DELETE", at+"/"+robot, "")
	g.refused(404, "GET", at+"/"+robot, "", "NOT_FOUND")
	g.refused(400, "POST", "/v1/"+p+":setIamPolicy", `{"policy":{"bindings":[`+binding("roles/viewer", asRobo)+`]}}`, "Service account "+robot+" does not exist.")
	gcloudtest.Contains(t, g.must("GET", "/v1/roles/run.developer", ""), "run.services.update")
	g.refused(404, "GET", "/v1/roles/run.develper", "", "NOT_FOUND")
}

// TestPolicyOfAProject: what Google has granted is there, and a stale policy is refused.
func TestPolicyOfAProject(t *testing.T) {
	t.Parallel()
	g := startGuarded(t, frame.Projects{Account: frame.CloudBuild}, echo{})
	number := frame.ProjectNumber("my-project")
	first := g.must("POST", "/v1/"+p+":getIamPolicy", `{"options":{"requestedPolicyVersion":3}}`)
	gcloudtest.Contains(t, first, number+"@cloudbuild.gserviceaccount.com", "roles/cloudbuild.builds.builder", number+"-compute@developer.gserviceaccount.com", "roles/run.serviceAgent", "roles/owner")
	if by := g.must("POST", "/v3/projects/"+number+":getIamPolicy", `{}`); by != first {
		t.Errorf("by number and the other version %s, not %s", by, first)
	}
	var policy map[string]any
	if err := json.Unmarshal([]byte(first), &policy); err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{"policy": policy})
	if err != nil {
		t.Fatal(err)
	}
	g.must("POST", "/v1/"+p+":setIamPolicy", string(body))
	g.grant(p, binding("roles/viewer", ada))
	g.refused(409, "POST", "/v1/"+p+":setIamPolicy", string(body), "ABORTED", "concurrent policy changes")
}

func TestBucketSettings(t *testing.T) {
	t.Parallel()
	g := startGuarded(t, frame.Projects{}, echo{})
	const at = "/storage/v1/b/a-bucket"
	gcloudtest.Contains(t, g.must("POST", "/storage/v1/b?project=my-project", `{"name":"a-bucket","location":"europe-west1","iamConfiguration":{"uniformBucketLevelAccess":{"enabled":true},"publicAccessPrevention":"enforced"},"labels":{"a":"b"}}`),
		`"location":"EUROPE-WEST1"`, `"locationType":"region"`, `"projectNumber":"`+frame.ProjectNumber("my-project")+`"`, `"metageneration":"1"`)
	gcloudtest.Contains(t, g.must("PATCH", at+"?ifMetagenerationMatch=1", `{"labels":{"a":null,"c":"d"},"lifecycle":{"rule":[{"action":{"type":"Delete"},"condition":{"age":7}}]}}`),
		`"labels":{"c":"d"}`, `"age":7`, `"metageneration":"2"`, `"publicAccessPrevention":"enforced"`, `"uniformBucketLevelAccess":{"enabled":true}`)
	g.refused(412, "PATCH", at+"?ifMetagenerationMatch=1", `{"labels":null}`, "conditionNotMet")
	g.refused(400, "PATCH", at, `{"lifecycle":{"rule":[{"action":{"type":"Burn"},"condition":{"age":7}}]}}`, "invalid action")
	g.refused(400, "PATCH", at, `{"website":{}}`, "does not have the field website")
	g.refused(412, "PUT", at+"/iam", `{"bindings":[`+binding("roles/storage.objectViewer", "allUsers")+`]}`, "public access prevention is enforced")
	policy := g.must("GET", at+"/iam", "")
	gcloudtest.Contains(t, policy, `"projectOwner:my-project"`, "roles/storage.legacyBucketOwner", "projects/_/buckets/a-bucket")
	g.must("PUT", at+"/iam", `{"bindings":[`+binding("roles/storage.objectViewer", ada)+`]}`)
	g.refused(412, "PUT", at+"/iam", policy, "conditionNotMet")
	gcloudtest.Contains(t, g.must("GET", at+"/iam/testPermissions?permissions=storage.objects.get", ""), "storage.objects.get")
	g.must("DELETE", at, "")
	g.must("POST", "/storage/v1/b?project=my-project", `{"name":"a-bucket"}`)
	if text := g.must("GET", at+"/iam", ""); strings.Contains(text, ada) {
		t.Errorf("the policy of the bucket before: %s", text)
	}
}

func TestRepositorySettings(t *testing.T) {
	t.Parallel()
	g := startGuarded(t, frame.Projects{}, echo{})
	const repos = "/v1/" + p + "/locations/europe-west1/repositories"
	g.must("POST", repos+"?repositoryId=wheels", `{"format":"DOCKER","labels":{"a":"b"},"cleanupPolicyDryRun":true}`)
	gcloudtest.Contains(t, g.must("PATCH", repos+"/wheels?updateMask=cleanupPolicies,cleanupPolicyDryRun", `{"cleanupPolicies":{"old":{"action":"DELETE","condition":{"olderThan":"864000s","tagState":"UNTAGGED"}}}}`), `"old"`, "864000s")
	text := g.must("GET", repos+"/wheels", "")
	gcloudtest.Contains(t, text, "UNTAGGED", `"a"`)
	if strings.Contains(text, "cleanupPolicyDryRun") {
		t.Errorf("still a dry run: %s", text)
	}
	g.refused(400, "PATCH", repos+"/wheels?updateMask=cleanupPolicies", `{"cleanupPolicies":{"old":{"action":"DELETE"}}}`, "no condition")
	g.refused(400, "PATCH", repos+"/wheels?updateMask=format", `{"format":"APT"}`, "cannot be changed")
	g.must("POST", repos+"/wheels:setIamPolicy", `{"policy":{"bindings":[`+binding("roles/artifactregistry.reader", ada)+`]}}`)
	gcloudtest.Contains(t, g.must("GET", repos+"/wheels:getIamPolicy", ""), ada)
	g.allowed(ada, "GET", repos+"/wheels", "")
	g.denied(ada, "GET", repos, "", "artifactregistry.repositories.list")
}

func TestOrganization(t *testing.T) {
	t.Parallel()
	g := startGuarded(t, frame.Projects{}, echo{})
	const effective = ":getEffectivePolicy"
	const policies = "/v2/" + p + "/policies/"
	gcloudtest.Contains(t, g.must("GET", policies+"iam.allowedPolicyMemberDomains"+effective, ""), "allowAll")
	g.refused(404, "GET", policies+"no.such"+effective, "", "does not exist")
	g.must("POST", "/v1/"+p+"/secrets?secretId=s", `{"replication":{"automatic":{}}}`)
	org := emulator.Get[*orgpolicy.Server](g.Server)
	org.Permit("iam.allowedPolicyMemberDomains", "C0123")
	org.Permit("gcp.resourceLocations", "in:europe-locations")
	org.Enforce("storage.uniformBucketLevelAccess")
	gcloudtest.Contains(t, g.must("GET", policies+"iam.allowedPolicyMemberDomains"+effective, ""), "C0123")
	gcloudtest.Contains(t, g.must("GET", policies+"storage.uniformBucketLevelAccess"+effective, ""), "enforce")
	g.refused(400, "POST", "/v1/"+p+"/secrets/s:setIamPolicy", `{"policy":{"bindings":[`+binding("roles/secretmanager.viewer", "allUsers")+`]}}`, "FAILED_PRECONDITION", "do not belong to a permitted customer")
	const uniform = `,"iamConfiguration":{"uniformBucketLevelAccess":{"enabled":true}}}`
	g.refused(412, "POST", "/storage/v1/b?project=my-project", `{"name":"a-bucket"`+uniform, "constraints/gcp.resourceLocations")
	g.refused(412, "POST", "/storage/v1/b?project=my-project", `{"name":"a-bucket","location":"europe-west1"}`, "constraints/storage.uniformBucketLevelAccess")
	g.must("POST", "/storage/v1/b?project=my-project", `{"name":"a-bucket","location":"europe-west1"`+uniform)

	gcloudtest.Contains(t, g.must("GET", "/v1/"+p+"/billingInfo", ""), `"billingEnabled"`)
	emulator.Get[*billing.Server](g.Server).Disable("my-project")
	if text := g.must("GET", "/v1/"+p+"/billingInfo", ""); strings.Contains(text, "billingEnabled") {
		t.Errorf("nobody pays: %s", text)
	}
}
