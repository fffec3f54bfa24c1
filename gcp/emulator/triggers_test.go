package emulator_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
)

// TestFieldsThatTheClientLacks are kept over REST, survive an update with a mask, and
// are wiped by one without.
func TestFieldsThatTheClientLacks(t *testing.T) {
	t.Parallel()
	s := startGuarded(t, frame.Projects{}, echo{})
	made := s.must("POST", "/v1/"+p+"/locations/europe-west1/triggers", `{"name":"t","serviceAccount":"`+builds+`","includeBuildLogs":"INCLUDE_BUILD_LOGS_WITH_STATUS",
		"eventType":"MANUAL","build":{"steps":[{"name":"x"}]}}`)
	gcloudtest.Contains(t, made, `"includeBuildLogs":"INCLUDE_BUILD_LOGS_WITH_STATUS"`, `"eventType":"MANUAL"`)
	path := "/v1/" + p + "/locations/europe-west1/triggers/t"
	gcloudtest.Contains(t, s.must("PATCH", path+"?updateMask=description,disabled", `{"description":"d"}`), `"includeBuildLogs":"INCLUDE_BUILD_LOGS_WITH_STATUS"`, `"description":"d"`)
	gcloudtest.Contains(t, s.must("GET", path, ""), `"eventType":"MANUAL"`)
	if bare := s.must("PATCH", path, `{"name":"t","serviceAccount":"`+builds+`","build":{"steps":[{"name":"x"}]}}`); strings.Contains(bare, "includeBuildLogs") || strings.Contains(bare, "description") {
		t.Errorf("replaced: %s", bare)
	}
	gcloudtest.Contains(t, s.must("PATCH", path+"?updateMask=includeBuildLogs", `{"includeBuildLogs":"INCLUDE_BUILD_LOGS_WITH_STATUS"}`), `"includeBuildLogs"`)
	for _, body := range []string{`{"branchName":"main"}`, `{"nothing":1}`} {
		if code, text := s.as("", "POST", path+":run", body); code != 400 {
			t.Errorf("%s on the locations path: %d %s", body, code, text)
		}
	}
	if code, text := s.as("", "PATCH", path+"?updateMask=nothing", `{}`); code != 400 || !strings.Contains(text, "nothing") {
		t.Errorf("an unknown path: %d %s", code, text)
	}
	s.must("POST", path+":run", `{}`)
	global := s.must("POST", "/v1/"+p+"/triggers", `{"name":"g","serviceAccount":"`+builds+`","build":{"steps":[{"name":"x"}],"options":{"logging":"NONE"}}}`)
	gcloudtest.Contains(t, global, "/locations/global/triggers/")
	s.must("POST", "/v1/"+p+"/triggers/g:run", `{}`)
	if code, text := s.as("", "POST", "/v1/"+p+"/triggers/t:run", `{}`); code != 404 {
		t.Errorf("a regional one on the old path: %d %s", code, text)
	}
}

// TestRightsOfTriggers: what the methods need, and actAs on the trigger's account of who
// makes it, changes it and runs it.
func TestRightsOfTriggers(t *testing.T) {
	t.Parallel()
	s := startGuarded(t, frame.Projects{}, echo{})
	s.must("POST", "/v1/"+p+"/serviceAccounts", `{"accountId":"builds"}`)
	s.grant(p, binding("roles/cloudbuild.builds.editor", ada)+","+binding("roles/cloudbuild.builds.viewer", "user:bob@example.com"))
	at := "/v1/" + p + "/locations/europe-west1/triggers"
	body := `{"name":"t","serviceAccount":"` + builds + `","build":{"steps":[{"name":"x"}],"options":{"logging":"NONE"}}}`
	s.denied(ada, "POST", at, body, "iam.serviceAccounts.actAs", "builds@my-project")
	s.grant(builds, binding("roles/iam.serviceAccountUser", ada))
	s.allowed(ada, "POST", at, body)
	s.denied("user:bob@example.com", "POST", at+"/t:run", `{}`, "cloudbuild.builds.create")
	s.denied("user:bob@example.com", "DELETE", at+"/t", "", "cloudbuild.builds.update")
	s.denied("user:bob@example.com", "POST", "/emulator/v1/events", `{"folder":"/"}`, "only the owner")
	s.allowed("user:bob@example.com", "GET", at, "")
	s.grant(builds, binding("roles/iam.serviceAccountUser", "user:bob@example.com"))
	s.denied(ada, "POST", at+"/t:run", `{}`, "iam.serviceAccounts.actAs")
	s.denied(ada, "PATCH", at+"/t?updateMask=disabled", `{"disabled":true}`, "iam.serviceAccounts.actAs")
	s.allowed(ada, "DELETE", at+"/t", "")
}
