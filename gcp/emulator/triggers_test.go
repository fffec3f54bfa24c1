package emulator_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
)

// TestFieldsThatTheClientLacks are kept over REST, survive an update with a mask, and
// are wiped by one without.
func TestFieldsThatTheClientLacks(t *testing.T) {
	t.Parallel()
	s := startGuarded(t, frame.Projects{}, echo{})
	made := s.must("POST", "/v1/"+p+"/locations/europe-west1/triggers", `{"name":"t","serviceAccount":"`+builds+`","includeBuildLogs":"INCLUDE_BUILD_LOGS_WITH_STATUS",
		"eventType":"MANUAL","build":{"steps":[{"name":"x"}],"options":{"logging":"NONE"}}}`)
	gcloudtest.Contains(t, made, `"includeBuildLogs":"INCLUDE_BUILD_LOGS_WITH_STATUS"`, `"eventType":"MANUAL"`)
	path := "/v1/" + p + "/locations/europe-west1/triggers/t"
	gcloudtest.Contains(t, s.must("PATCH", path+"?updateMask=description,disabled", `{"description":"d"}`), `"includeBuildLogs":"INCLUDE_BUILD_LOGS_WITH_STATUS"`, `"description":"d"`)
	gcloudtest.Contains(t, s.must("GET", path, ""), `"eventType":"MANUAL"`)
	if bare := s.must("PATCH", path+"?updateMask=", `{"name":"t","serviceAccount":"`+builds+`","build":{"steps":[{"name":"x"}],"options":{"logging":"NONE"}}}`); strings.Contains(bare, "includeBuildLogs") || strings.Contains(bare, "description") {
		t.Errorf("replaced: %s", bare)
	}
	gcloudtest.Contains(t, s.must("PATCH", path+"?updateMask=included_files,approval_config.approval_required", `{"includedFiles":["a"],"approvalConfig":{"approvalRequired":false}}`), `"includedFiles":["a"]`) // as gcloud writes it
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
	s.denied(ada, "POST", at, body, "iam.serviceaccounts.actAs", "builds@my-project")
	s.grant(builds, binding("roles/iam.serviceAccountUser", ada))
	s.allowed(ada, "POST", at, body)
	s.denied("user:bob@example.com", "POST", at+"/t:run", `{}`, "does not have permission")
	s.denied("user:bob@example.com", "DELETE", at+"/t", "", "does not have permission")
	s.denied("user:bob@example.com", "POST", "/v1/emulators/events", `{"folder":"/"}`, "only the owner")
	s.allowed("user:bob@example.com", "GET", at, "")
	s.grant(builds, binding("roles/iam.serviceAccountUser", "user:bob@example.com"))
	s.denied(ada, "POST", at+"/t:run", `{}`, "iam.serviceaccounts.actAs")
	s.denied(ada, "PATCH", at+"/t?updateMask=disabled", `{"disabled":true}`, "iam.serviceaccounts.actAs")
	s.allowed(ada, "DELETE", at+"/t", "")
}

// TestDeveloperConnect: a trigger on a link fires for a push, as who has the least
// roles makes them; what the emulators are told of is kept.
func TestDeveloperConnect(t *testing.T) {
	t.Parallel()
	dir := shop(t, map[string]string{"cloudbuild.yaml": "steps: [{name: x, args: [$COMMIT_SHA]}]\noptions: {logging: NONE}\n"})
	s := startGuarded(t, frame.Projects{}, echo{})
	s.must("POST", "/v1/"+p+"/serviceAccounts", `{"accountId":"builds"}`)
	s.grant(p, binding("roles/cloudbuild.builds.editor", ada)+","+binding("roles/developerconnect.admin", ada))
	s.grant(builds, binding("roles/iam.serviceAccountUser", ada))
	at := "/v1/" + p + "/locations/europe-west1"
	config := `{"name":"t","serviceAccount":"` + builds + `","filename":"cloudbuild.yaml","developerConnectEventConfig":{"gitRepositoryLink":"` + p + `/locations/europe-west1/connections/hub/gitRepositoryLinks/shop","push":{"branch":"^main$"}}}`
	if code, text := s.as(ada, "POST", at+"/triggers", config); code != 404 {
		t.Errorf("no such link yet: %d %s", code, text)
	}
	s.allowed(ada, "POST", at+"/connections?connectionId=hub", `{"githubConfig":{"githubApp":"DEVELOPER_CONNECT"}}`)
	code, text := s.as(ada, "POST", at+"/connections/hub/gitRepositoryLinks?gitRepositoryLinkId=shop", `{"cloneUri":"https://github.com/ada/shop.git"}`)
	var op struct {
		Name     string
		Done     bool
		Response struct{ Name, CloneURI string }
	}
	if err := json.Unmarshal([]byte(text), &op); err != nil || code != 200 || !op.Done || op.Response.CloneURI != "https://github.com/ada/shop.git" {
		t.Fatalf("link: %d %s %v", code, text, err)
	}
	gcloudtest.Contains(t, s.must("GET", "/v1/"+op.Name, ""), op.Response.Name)
	s.denied("user:bob@example.com", "GET", at+"/connections", "", "permission")
	s.denied("user:bob@example.com", "POST", at+"/connections/hub/gitRepositoryLinks?gitRepositoryLinkId=other", `{"cloneUri":"https://github.com/ada/x.git"}`, "permission")
	for _, x := range []struct {
		method, path, body string
		code               int
	}{
		{"POST", "/connections?connectionId=hub", `{"githubConfig":{}}`, 409},
		{"POST", "/connections?connectionId=none", `{}`, 400},
		{"POST", "/connections/none/gitRepositoryLinks?gitRepositoryLinkId=a", `{"cloneUri":"https://github.com/ada/x.git"}`, 404},
		{"POST", "/connections/hub/gitRepositoryLinks?gitRepositoryLinkId=a", `{"cloneUri":"https://gitlab.com/ada/x.git"}`, 400},
		{"DELETE", "/connections/hub", "", 400},
		{"GET", "/connections/hub/gitRepositoryLinks/none", "", 404},
	} {
		if code, text := s.as("", x.method, at+x.path, x.body); code != x.code {
			t.Errorf("%s %s: %d %s, want %d", x.method, x.path, code, text, x.code)
		}
	}
	s.allowed(ada, "POST", at+"/triggers", config)
	var answer cloudbuild.Answer
	if err := json.Unmarshal([]byte(s.must("POST", cloudbuild.HookPath, `{"folder":"`+dir+`","push":{}}`)), &answer); err != nil || len(answer.Triggers) != 1 || !answer.Triggers[0].Fired {
		t.Fatalf("pushed: %+v, %v", answer, err)
	}
	b, err := emulator.Get[*cloudbuild.Server](s.Server).Wait(t.Context(), answer.Triggers[0].Build)
	if err != nil || b.GetStatus().String() != "SUCCESS" || b.GetSteps()[0].GetArgs()[0] != answer.Commit {
		t.Errorf("built %v, %v", b, err)
	}
	gcloudtest.Contains(t, s.must("GET", at+"/connections/hub:fetchLinkableGitRepositories", ""), "https://github.com/ada/shop.git")
	gcloudtest.Contains(t, s.must("GET", at+"/connections/hub/gitRepositoryLinks/shop:fetchGitRefs?refType=BRANCH", ""), `"main"`)
	gcloudtest.Contains(t, s.must("GET", at+"/triggers/t", ""), "developerConnectEventConfig")
}
