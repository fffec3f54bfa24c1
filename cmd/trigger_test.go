package cmd_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
)

// TestTriggerNeedsARepository: each thing that lacks has one error, which says what to
// do; nothing is made.
func TestTriggerNeedsARepository(t *testing.T) {
	t.Parallel()
	c := shop(t, emulator.Options{})
	c.want(t, 0, "", "setup --yes")
	c.want(t, 2, "", "trigger create", `has no remote "origin"`, "--remote")
	c.git(t, "remote", "add", "origin", "git@github.com:ada/shop.git")
	const how = "`gcloud builds connections create github github --region=europe-west1 --project=my-project`, then " +
		"`gcloud builds repositories create ada-shop --connection=github --remote-uri=https://github.com/ada/shop.git --region=europe-west1 --project=my-project`"
	const page = "https://console.cloud.google.com/cloud-build/repositories/2nd-gen;region=europe-west1?project=my-project"
	c.want(t, 2, "", "trigger create", "https://github.com/ada/shop.git is not connected to Cloud Build in europe-west1", page, how)
	c.want(t, 2, "", "trigger create --build-region global", "is not connected to Cloud Build in global", "build.region")
	c.want(t, 2, "", "trigger create --remote https://gitlab.com/ada/shop.git", "https://gitlab.com/ada/shop.git is not connected", "connections create gitlab gitlab")
	c.ask(t, http.MethodPost, europe+"/connections?connectionId=hub", `{"githubConfig":{"appInstallationId":"1"}}`)
	c.complete(t, "hub")
	c.want(t, 2, "", "trigger create", "is not connected", "`gcloud builds repositories create ada-shop --connection=hub ")
	c.commit(t, "one")
	c.hear(t, cloudbuild.Hook{})
	c.connectOnly(t)
	c.want(t, 2, "", "trigger create --connection other", "is not in the connection other, but in hub")
	c.want(t, 2, "", "trigger create --name a_b", "letters, digits and dashes")
	c.want(t, 2, "", "trigger create --branch-pattern main(", "RE2")
	c.want(t, 2, "", "trigger create --pull-request", "setup --pull-requests")
	c.want(t, 0, "", "trigger list", "no triggers of gcpdeploy in europe-west1")
	c.want(t, 1, "", "trigger show", "there is no trigger of hello")
	if err := os.Rename(filepath.Join(filepath.Dir(c.dir), ".git"), filepath.Join(filepath.Dir(c.dir), "gone")); err != nil {
		t.Fatal(err)
	}
	c.file(t, "hello/requirements.txt", "flask==3.1.0\ngunicorn==23.0.0\n")
	c.want(t, 2, "", "trigger create", "is in no git repository")
}

func (c cloud) connectOnly(t *testing.T) {
	t.Helper()
	c.ask(t, http.MethodPost, europe+"/connections/hub/repositories?repositoryId=ada-shop", `{"remoteUri":"https://github.com/ada/shop.git"}`)
}

// TestTrigger: a trigger is made from what is there, changed by what is said, fires
// for what the app is made of, and goes.
func TestTrigger(t *testing.T) {
	t.Parallel()
	c := shop(t, emulator.Options{})
	c.want(t, 0, "", "setup --yes --pull-requests")
	c.git(t, "remote", "add", "origin", "https://ada:secret@github.com/ada/shop")
	c.commit(t, "one")
	c.hear(t, cloudbuild.Hook{})
	c.connect(t)

	out, _, code := c.run(t, "", "trigger", "create", "--dry-run")
	var sent map[string]any
	if err := json.Unmarshal([]byte(out), &sent); err != nil || code != 0 || sent["name"] != "hello-push" || strings.Contains(out, "secret") {
		t.Errorf("a dry run: %d, %v\n%s", code, err, out)
	}
	c.want(t, 0, "", "trigger list", "no triggers")
	c.want(t, 0, "", "trigger create --memory 1Gi", "a push to ^main$ of hub/ada-shop, where it touches base.txt, hello/**, lib/**, deploys hello, as gcpdeploy-builds@", "hello-push\n")
	c.want(t, 0, "", "trigger create --memory 1Gi", "nothing to do")
	got := c.show(t, "hello-push")
	if got.Service != "hello" || got.Event != "push" || got.Pattern != "^main$" || got.Outdated || !regexp.MustCompile(`/builder@sha256:[0-9a-f]{64}$`).MatchString(got.Builder) {
		t.Errorf("it is %+v", got)
	}
	args := fmt.Sprint(got.Trigger["build"].(map[string]any)["steps"].([]any)[0].(map[string]any)["args"])
	if args != "[up --source=hello --service=hello --project=my-project --region=europe-west1 --memory=1Gi]" {
		t.Errorf("the step runs %s", args)
	}

	// What others set stays, and what is not known here.
	at := "/v1/projects/my-project/locations/europe-west1/triggers/"
	c.ask(t, http.MethodPatch, at+"hello-push?updateMask=includeBuildLogs,ignoredFiles,approvalConfig",
		`{"includeBuildLogs":"INCLUDE_BUILD_LOGS_WITH_STATUS","ignoredFiles":["**/*.md"],"approvalConfig":{"approvalRequired":true}}`)
	c.want(t, 0, "", "trigger create --memory 1Gi", "nothing to do")
	c.want(t, 0, "", "trigger create --branch-pattern ^prod$ --dry-run", "would change build, repositoryEventConfig, tags of the trigger hello-push", `"branch": "^prod$"`)
	c.want(t, 0, "", "trigger create --branch-pattern ^prod$", "changed build, repositoryEventConfig, tags: a push to ^prod$")
	got = c.show(t, "hello-push")
	if got.Pattern != "^prod$" || got.Trigger["includeBuildLogs"] != "INCLUDE_BUILD_LOGS_WITH_STATUS" || fmt.Sprint(got.Trigger["ignoredFiles"], got.Trigger["approvalConfig"]) != "[**/*.md] map[approvalRequired:true]" {
		t.Errorf("after a change it is %v", got.Trigger)
	}
	c.want(t, 0, "", "trigger create --no-require-approval --ignored-files README.md", "changed approvalConfig, ignoredFiles, repositoryEventConfig, tags")
	if got = c.show(t, "hello-push"); fmt.Sprint(got.Trigger["ignoredFiles"], got.Trigger["approvalConfig"]) != "[README.md] map[]" || got.Pattern != "^main$" {
		t.Errorf("after another change it is %v", got.Trigger)
	}

	// Somebody else's, and another service's.
	c.ask(t, http.MethodPost, strings.TrimSuffix(at, "/"), `{"name":"theirs","serviceAccount":"projects/my-project/serviceAccounts/gcpdeploy-builds@my-project.iam.gserviceaccount.com","build":{"steps":[{"name":"x"}],"options":{"logging":"NONE"}}}`)
	c.want(t, 2, "", "trigger create --name theirs", "is not gcpdeploy's", "--name")
	c.want(t, 2, "", "trigger delete theirs --yes", "is not gcpdeploy's", "gcloud builds triggers delete theirs")
	c.want(t, 2, "", "trigger create --service other --name hello-push", "deploys hello")

	// Pushes.
	c.file(t, "other/x.py", "changed")
	c.commit(t, "two")
	if f := c.hear(t, cloudbuild.Hook{Push: &cloudbuild.Push{}})["hello-push"]; f.Fired {
		t.Errorf("a push that touches another app's folder alone: %+v", f)
	}
	c.file(t, "lib/lib.py", "changed")
	c.commit(t, "three")
	f := c.hear(t, cloudbuild.Hook{Push: &cloudbuild.Push{}})["hello-push"]
	if !f.Fired || f.Build == "" {
		t.Fatalf("a push that touches a library of the app: %+v", f)
	}
	if _, err := emulator.Get[*cloudbuild.Server](c.Server).Wait(t.Context(), f.Build); err != nil {
		t.Fatal(err)
	}
	c.want(t, 0, "", "logs --build "+f.Build, "the step runs up --source=hello", "BRANCH_NAME is main", "TRIGGER_NAME is hello-push")
	c.want(t, 0, "", "trigger list", "hello-push  push", "hub/ada-shop", "^main$", "gcpdeploy-builds", f.Build+" SUCCESS", "1 trigger not made by gcpdeploy")

	// By hand.
	c.want(t, 2, "", "trigger run --branch b --tag t", "exclude each other")
	got2 := c.want(t, 0, "", "trigger run --wait", "the step runs up --source=hello", "SERVICE_ACCOUNT_EMAIL is gcpdeploy-builds@")
	if last := c.show(t, "hello-push").Last; !strings.Contains(got2, last.ID+"\n") || last.Status != "SUCCESS" {
		t.Errorf("its last build is %v, and it said\n%s", last, got2)
	}
	c.want(t, 0, "", "trigger create --manual", "somebody who runs it", "hello-manual")
	c.want(t, 2, "", "trigger show", "has several triggers: hello-manual, hello-push")
	c.want(t, 0, "", "trigger run hello-manual --wait", "BRANCH_NAME is main")

	// Another version of this program.
	version := c.deps.Version
	c.deps.Version = func() string { return "v1.2.4" }
	c.want(t, 0, "", "trigger list", "hello-push runs another version of gcpdeploy")
	c.want(t, 1, "", "doctor --json", `"hello-push runs another version of gcpdeploy`)
	c.deps.Version = version

	c.want(t, 2, "", "trigger delete hello-push", "--yes")
	c.want(t, 130, "n\n", "trigger delete hello-push", "nothing was changed")
	c.want(t, 0, "y\n", "trigger delete hello-push", "deleted the trigger hello-push")
	c.want(t, 0, "", "trigger delete hello-push --yes", "nothing to do")
}

// TestTriggerOfPullRequests: they run as an account of their own, release nothing, and
// a stranger's waits for somebody's word.
func TestTriggerOfPullRequests(t *testing.T) {
	t.Parallel()
	c := shop(t, emulator.Options{})
	c.want(t, 0, "", "setup --yes --pull-requests")
	c.git(t, "remote", "add", "origin", "https://github.com/ada/shop")
	c.commit(t, "one")
	c.hear(t, cloudbuild.Hook{})
	c.connect(t)
	c.want(t, 0, "", "trigger create --pull-request", "a pull request into ^main$ of hub/ada-shop", "tests hello, as gcpdeploy-pull-requests@my-project.iam.gserviceaccount.com")
	got := c.show(t, "hello-pull-request")
	build := got.Trigger["build"].(map[string]any)
	if got.Account != "gcpdeploy-pull-requests@my-project.iam.gserviceaccount.com" || build["serviceAccount"] != got.Trigger["serviceAccount"] ||
		build["options"].(map[string]any)["logging"] != "CLOUD_LOGGING_ONLY" || build["logsBucket"] != nil ||
		fmt.Sprint(got.Trigger["repositoryEventConfig"].(map[string]any)["pullRequest"]) != "map[branch:^main$ commentControl:COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY]" {
		t.Errorf("it is %v", got.Trigger)
	}
	c.git(t, "checkout", "-q", "-b", "feature")
	c.file(t, "hello/wsgi.py", "app = 1\n")
	c.commit(t, "two")
	pull := cloudbuild.Pull{Number: 7, Base: "main", Head: "feature", Fork: "https://github.com/mallory/shop.git", Outsider: true}
	if f := c.hear(t, cloudbuild.Hook{Pull: &pull})["hello-pull-request"]; f.Fired {
		t.Errorf("a stranger's runs by itself: %+v", f)
	}
	pull.Comment = "/gcbrun"
	f := c.hear(t, cloudbuild.Hook{Pull: &pull})["hello-pull-request"]
	if !f.Fired {
		t.Fatalf("with somebody's word: %+v", f)
	}
	if _, err := emulator.Get[*cloudbuild.Server](c.Server).Wait(t.Context(), f.Build); err != nil {
		t.Fatal(err)
	}
	c.want(t, 0, "", "logs --build "+f.Build, "the step runs up --source=hello", "--no-release", "_PR_NUMBER is 7", "SERVICE_ACCOUNT_EMAIL is gcpdeploy-pull-requests@")
	c.want(t, 0, "", "trigger create --pull-request --comment-control all", "changed repositoryEventConfig, tags")
	c.want(t, 2, "", "trigger run hello-pull-request", "which branch")

	// Those that are shown are released, so by the account that does; strangers' are not.
	c.want(t, 2, "", "trigger create --preview --pull-request", "exclude each other")
	c.want(t, 2, "", "trigger create --preview --comment-control none", "exclude each other")
	c.want(t, 2, "", "trigger create --preview --build-config cloudbuild.yaml", "exclude each other")
	c.want(t, 0, "", "trigger create --preview --pull-request-pattern ^main$", "a pull request into ^main$ of hub/ada-shop", "shows hello as a preview, as gcpdeploy-builds@my-project.iam.gserviceaccount.com", "without preview.ttl previews stay")
	c.want(t, 0, "", "trigger create --preview --preview-ttl 72h --name other", "shows hello")
	c.want(t, 0, "", "trigger delete other --yes", "deleted")
	if got := c.show(t, "hello-preview"); !got.Preview || got.Event != "pull-request" || fmt.Sprint(got.Trigger["repositoryEventConfig"].(map[string]any)["pullRequest"]) != "map[branch:^main$ commentControl:COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY]" {
		t.Errorf("it is %+v", got)
	}
	if f := c.hear(t, cloudbuild.Hook{Pull: &cloudbuild.Pull{Number: 9, Base: "main", Head: "feature", Fork: "https://github.com/mallory/shop.git", Outsider: true}})["hello-preview"]; f.Fired {
		t.Errorf("a stranger's is shown by itself: %+v", f)
	}
	f = c.hear(t, cloudbuild.Hook{Pull: &cloudbuild.Pull{Number: 8, Base: "main", Head: "feature"}})["hello-preview"]
	if _, err := emulator.Get[*cloudbuild.Server](c.Server).Wait(t.Context(), f.Build); !f.Fired || err != nil {
		t.Fatalf("%+v, %v", f, err)
	}
	c.want(t, 0, "", "logs --build "+f.Build, "the step runs up --source=hello", "--preview auto", "_PR_NUMBER is 8", "SERVICE_ACCOUNT_EMAIL is gcpdeploy-builds@")
}
