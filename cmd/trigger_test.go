package cmd_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

// teller is a worker whose steps say what they were told.
type teller struct{}

func (teller) Step(_ context.Context, r worker.StepRequest) (int, error) {
	fmt.Fprintln(r.Stdout, "the step runs", strings.Join(r.Step.Args, " "))
	for _, env := range r.Env {
		if name, value, _ := strings.Cut(env, "="); slices.Contains([]string{"BRANCH_NAME", "TRIGGER_NAME", "SERVICE_ACCOUNT_EMAIL", "_PR_NUMBER"}, name) {
			fmt.Fprintln(r.Stdout, name, "is", value)
		}
	}
	return 0, nil
}

// shop is a cloud whose app lies in a folder of a git repository, beside others.
func shop(t *testing.T, o emulator.Options) cloud {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git")
	}
	o.Executor = teller{}
	c := newCloud(t, o)
	c.git(t, "init", "-q", "-b", "main")
	c.file(t, "base.txt", "flask==3.1.0\ngunicorn==23.0.0\n")
	c.file(t, "hello/requirements.txt", "-r ../base.txt\n../lib\n")
	c.file(t, "lib/pyproject.toml", "[project]\nname = 'lib'\nversion = '1'\n")
	c.file(t, "other/x.py", "")
	return c
}

func (c cloud) file(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(filepath.Dir(c.dir), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func (c cloud) git(t *testing.T, args ...string) {
	t.Helper()
	git := exec.CommandContext(t.Context(), "git", append([]string{"-C", filepath.Dir(c.dir), "-c", "user.name=a", "-c", "user.email=a@b.c"}, args...)...)
	if out, err := git.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// commit commits all, and tells the emulators where the repository is.
func (c cloud) commit(t *testing.T, what string) {
	t.Helper()
	c.git(t, "add", ".")
	c.git(t, "commit", "-q", "--allow-empty", "-m", what)
}

// hear tells the emulators what happened in the repository.
func (c cloud) hear(t *testing.T, h cloudbuild.Hook) map[string]cloudbuild.Fired {
	t.Helper()
	h.Folder = filepath.Dir(c.dir)
	answer, err := emulator.Get[*cloudbuild.Server](c.Server).Hear(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]cloudbuild.Fired{}
	for _, f := range answer.Triggers {
		all[f.Name] = f
	}
	return all
}

// ask calls an API as the owner.
func (c cloud) ask(t *testing.T, method, path, body string) map[string]any {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, c.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	token, err := os.ReadFile(c.TokenFile())
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	out := map[string]any{}
	if err != nil || resp.StatusCode != http.StatusOK || json.Unmarshal(data, &out) != nil {
		t.Fatalf("%s %s: %s, %v\n%s", method, path, resp.Status, err, data)
	}
	return out
}

const europe = "/v2/projects/my-project/locations/europe-west1"

// connect connects the repository, as somebody does on Google's pages.
func (c cloud) connect(t *testing.T) {
	t.Helper()
	c.ask(t, http.MethodPost, europe+"/connections?connectionId=hub", `{"githubConfig":{"appInstallationId":"1"}}`)
	c.complete(t, "hub")
	c.ask(t, http.MethodPost, europe+"/connections/hub/repositories?repositoryId=ada-shop", `{"remoteUri":"https://github.com/ada/shop.git"}`)
}

func (c cloud) complete(t *testing.T, connection string) {
	t.Helper()
	for range 5 {
		got := c.ask(t, http.MethodGet, europe+"/connections/"+connection, "")
		if fmt.Sprint(got["installationState"].(map[string]any)["stage"]) == "COMPLETE" {
			return
		}
	}
	t.Fatal("the connection is not complete")
}

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

// shown is a trigger in JSON.
type shown struct {
	Name, ID, Service, Event, Pattern, Repository, Account, Builder string
	IncludedFiles                                                   []string `json:"included_files"`
	Outdated                                                        bool
	Last                                                            struct{ ID, Status string } `json:"last_build"`
	Trigger                                                         map[string]any
}

func (c cloud) show(t *testing.T, name string) (s shown) {
	t.Helper()
	out, errs, code := c.run(t, "", "trigger", "show", name, "--json")
	if code != 0 || json.Unmarshal([]byte(out), &s) != nil {
		t.Fatalf("show %s: %d\n%s%s", name, code, out, errs)
	}
	return s
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
}

// TestTriggerKinds: a repository that only GitHub's app knows, and one of Developer
// Connect, have triggers too; Cloud Build's own connection is preferred.
func TestTriggerKinds(t *testing.T) {
	t.Parallel()
	c := shop(t, emulator.Options{})
	c.want(t, 0, "", "setup --yes")
	c.git(t, "remote", "add", "origin", "https://github.com/ada/shop")
	c.commit(t, "one")
	c.hear(t, cloudbuild.Hook{})
	c.want(t, 0, "", "trigger create --tag-pattern ^v", "a tag ^v of ada/shop")
	c.want(t, 0, "", "trigger create --tag-pattern ^v", "nothing to do")
	if got := c.show(t, "hello-tag").Trigger["github"]; fmt.Sprint(got) != "map[name:shop owner:ada push:map[tag:^v]]" {
		t.Errorf("of the app it is of %v", got)
	}
	c.want(t, 0, "", "trigger create --manual", "somebody who runs it of github.com/ada/shop")
	c.want(t, 0, "", "trigger run hello-manual --wait", "the step runs up", "BRANCH_NAME is main")
	c.git(t, "tag", "v1")
	if f := c.hear(t, cloudbuild.Hook{Push: &cloudbuild.Push{Ref: "refs/tags/v1"}})["hello-tag"]; !f.Fired {
		t.Errorf("a tag: %+v", f)
	}
	c.want(t, 2, "", "trigger run hello-tag", "--tag")

	c.ask(t, http.MethodPost, "/v1/projects/my-project/services:batchEnable", `{"serviceIds":["developerconnect.googleapis.com"]}`)
	const connect = "/v1/projects/my-project/locations/europe-west1/connections"
	c.ask(t, http.MethodPost, connect+"?connectionId=dev", `{"githubConfig":{"githubApp":"DEVELOPER_CONNECT"}}`)
	for range 5 {
		c.ask(t, http.MethodGet, connect+"/dev", "")
	}
	c.ask(t, http.MethodPost, connect+"/dev/gitRepositoryLinks?gitRepositoryLinkId=ada-shop", `{"cloneUri":"https://github.com/ada/shop.git"}`)
	c.want(t, 0, "", "trigger create --tag-pattern ^v", "changed developerConnectEventConfig, github, tags: a tag ^v of dev/ada-shop")
	if got := c.show(t, "hello-tag").Trigger; got["github"] != nil || fmt.Sprint(got["developerConnectEventConfig"].(map[string]any)["push"]) != "map[tag:^v]" {
		t.Errorf("of Developer Connect it is of %v", got)
	}
	c.want(t, 2, "", "trigger create --manual --name other", "have no manual triggers")
	c.connect(t)
	c.want(t, 0, "", "trigger create --tag-pattern ^v", "changed developerConnectEventConfig, repositoryEventConfig, tags: a tag ^v of hub/ada-shop")
	c.want(t, 0, "", "trigger create --build-config cloudbuild.yaml --substitutions _A=1 --name by-file", "by-file")
	if got := c.show(t, "by-file").Trigger; got["filename"] != "cloudbuild.yaml" || got["build"] != nil || fmt.Sprint(got["substitutions"]) != "map[_A:1]" {
		t.Errorf("with a file it is %v", got)
	}
	c.want(t, 0, "", "trigger create --name by-file", "changed build, filename, tags")
}

// TestTriggerAnswersGetLost: a trigger whose making was not answered is found, and not
// made twice; a run that was not answered is not begun again.
func TestTriggerAnswersGetLost(t *testing.T) {
	t.Parallel()
	c := shop(t, emulator.Options{})
	c.want(t, 0, "", "setup --yes")
	c.git(t, "remote", "add", "origin", "https://github.com/ada/shop")
	c.commit(t, "one")
	c.hear(t, cloudbuild.Hook{})
	c.connect(t)
	server := emulator.Get[*cloudbuild.Server](c.Server)
	server.Faults.FailNext("CreateBuildTrigger.reply", codes.Unavailable)
	if got := c.want(t, 0, "", "trigger create", "deploys hello", "hello-push"); strings.Contains(got, "nothing to do") {
		t.Errorf("who made it hears:\n%s", got)
	}
	server.Faults.FailNext("RunBuildTrigger.reply", codes.Unavailable)
	c.want(t, 75, "", "trigger run", "it may have started", "gcpdeploy trigger show hello-push")
	if all := server.Builds(); len(all) != 1 {
		t.Errorf("%d builds were begun", len(all))
	}
}
