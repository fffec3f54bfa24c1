package ci_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
)

const commit = "0f1e2d3c4b5a69788796a5b4c3d2e1f001234567"

func lookup(pairs ...string) ci.Lookup {
	return func(name string) (string, bool) {
		for i := len(pairs) - 2; i >= 0; i -= 2 { // what is said last holds
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

var (
	cloudBuild = []string{
		"BUILD_ID", "c0ffee00-1111-2222-3333-444455556666", "PROJECT_ID", "my-project", "PROJECT_NUMBER", "123", "LOCATION", "europe-west1",
		"TRIGGER_NAME", "shop-main", "COMMIT_SHA", commit, "SHORT_SHA", commit[:7], "REPO_NAME", "shop", "REPO_FULL_NAME", "acme/shop",
		"SERVICE_ACCOUNT_EMAIL", "builds@my-project.iam.gserviceaccount.com", "BUILDER_OUTPUT", "/builder/outputs",
	}
	github = []string{
		"CI", "true", "GITHUB_ACTIONS", "true", "GITHUB_RUN_ID", "987654321", "GITHUB_WORKFLOW", "deploy", "GITHUB_SHA", commit,
		"GITHUB_REPOSITORY", "acme/shop", "GITHUB_SERVER_URL", "https://github.com",
	}
	gitlab = []string{
		"CI", "true", "GITLAB_CI", "true", "CI_JOB_ID", "77", "CI_JOB_URL", "https://gitlab.com/acme/web/shop/-/jobs/77", "CI_JOB_NAME", "deploy",
		"CI_COMMIT_SHA", commit, "CI_PROJECT_PATH", "acme/web/shop",
	}
	drone = []string{
		"CI", "true", "DRONE", "true", "DRONE_BUILD_NUMBER", "42", "DRONE_BUILD_LINK", "https://drone.acme.dev/acme/shop/42", "DRONE_STAGE_NAME", "deploy",
		"DRONE_COMMIT_SHA", commit, "DRONE_BRANCH", "main", "DRONE_REPO", "acme/shop", "DRONE_TARGET_BRANCH", "main", "DRONE_SOURCE_BRANCH", "main",
	}
	woodpecker = []string{
		"CI", "woodpecker", "CI_PIPELINE_NUMBER", "8", "CI_PIPELINE_URL", "https://ci.acme.dev/repos/7/pipeline/8", "CI_WORKFLOW_NAME", "deploy",
		"CI_COMMIT_SHA", commit, "CI_COMMIT_BRANCH", "main", "CI_REPO", "acme/shop",
	}
)

func TestFind(t *testing.T) {
	t.Parallel()
	inBuild := ci.Origin{
		System: ci.CloudBuild, Project: "my-project", Region: "europe-west1", Account: "builds@my-project.iam.gserviceaccount.com",
		Build: "c0ffee00-1111-2222-3333-444455556666", Trigger: "shop-main", Commit: commit, Repository: "acme/shop",
		BuildURL: "https://console.cloud.google.com/cloud-build/builds;region=europe-west1/c0ffee00-1111-2222-3333-444455556666?project=my-project",
	}
	onGitHub := ci.Origin{
		System: ci.GitHub, Build: "987654321", BuildURL: "https://github.com/acme/shop/actions/runs/987654321", Trigger: "deploy", Commit: commit, Repository: "acme/shop",
	}
	onGitLab := ci.Origin{System: ci.GitLab, Build: "77", BuildURL: "https://gitlab.com/acme/web/shop/-/jobs/77", Trigger: "deploy", Commit: commit, Repository: "acme/web/shop"}
	onDrone := ci.Origin{System: ci.Drone, Build: "42", BuildURL: "https://drone.acme.dev/acme/shop/42", Trigger: "deploy", Commit: commit, Repository: "acme/shop"}
	onWoodpecker := ci.Origin{System: ci.Woodpecker, Build: "8", BuildURL: "https://ci.acme.dev/repos/7/pipeline/8", Trigger: "deploy", Commit: commit, Repository: "acme/shop"}
	with := func(o ci.Origin, change func(*ci.Origin)) ci.Origin {
		change(&o)
		return o
	}
	pull := func(o *ci.Origin) {
		o.Event, o.PullRequest, o.HeadBranch, o.BaseBranch = ci.PullRequest, "12", "fix", "main"
	}
	push := func(o *ci.Origin) { o.Event, o.Branch = ci.Push, "main" }
	tag := func(o *ci.Origin) { o.Event, o.Tag = ci.TagPush, "v1.2" }
	for _, c := range []struct {
		name string
		base []string
		more []string
		want ci.Origin
		fork bool
	}{
		{"a branch in Cloud Build", cloudBuild, []string{"BRANCH_NAME", "main", "REF_NAME", "main"}, with(inBuild, push), false},
		{"a tag in Cloud Build", cloudBuild, []string{"TAG_NAME", "v1.2"}, with(inBuild, tag), false},
		{"a submitted build", cloudBuild, []string{"BRANCH_NAME", "", "TAG_NAME", "", "TRIGGER_NAME", ""}, with(inBuild, func(o *ci.Origin) { o.Event, o.Trigger = ci.Manual, "" }), false},
		{"a pull request in Cloud Build", cloudBuild,
			[]string{"BRANCH_NAME", "fix", "_PR_NUMBER", "12", "_HEAD_BRANCH", "fix", "_BASE_BRANCH", "main", "_HEAD_REPO_URL", "https://github.com/Acme/shop.git"},
			with(with(inBuild, pull), func(o *ci.Origin) { o.HeadRepository = "Acme/shop" }), false},
		{"a fork's pull request in Cloud Build", cloudBuild,
			[]string{"_PR_NUMBER", "12", "_HEAD_BRANCH", "fix", "_BASE_BRANCH", "main", "_HEAD_REPO_URL", "https://github.com/mallory/shop"},
			with(with(inBuild, pull), func(o *ci.Origin) { o.HeadRepository = "mallory/shop" }), true},
		{"a branch on GitHub", github, []string{"GITHUB_EVENT_NAME", "push", "GITHUB_REF", "refs/heads/main", "GITHUB_REF_NAME", "main", "GITHUB_REF_TYPE", "branch"}, with(onGitHub, push), false},
		{"a tag on GitHub", github, []string{"GITHUB_EVENT_NAME", "push", "GITHUB_REF_NAME", "v1.2", "GITHUB_REF_TYPE", "tag"}, with(onGitHub, tag), false},
		{"a schedule on GitHub", github, []string{"GITHUB_EVENT_NAME", "schedule", "GITHUB_REF_NAME", "main", "GITHUB_REF_TYPE", "branch"},
			with(onGitHub, func(o *ci.Origin) { o.Event, o.Branch = ci.Schedule, "main" }), false},
		{"a pull request on GitHub, without its file", github,
			[]string{"GITHUB_EVENT_NAME", "pull_request", "GITHUB_REF", "refs/pull/12/merge", "GITHUB_REF_NAME", "12/merge", "GITHUB_REF_TYPE", "branch", "GITHUB_HEAD_REF", "fix", "GITHUB_BASE_REF", "main"},
			with(onGitHub, pull), true},
		{"a branch on GitLab", gitlab, []string{"CI_PIPELINE_SOURCE", "push", "CI_COMMIT_BRANCH", "main"}, with(onGitLab, push), false},
		{"a tag on GitLab", gitlab, []string{"CI_PIPELINE_SOURCE", "push", "CI_COMMIT_TAG", "v1.2"}, with(onGitLab, tag), false},
		{"a merge request on GitLab", gitlab,
			[]string{"CI_PIPELINE_SOURCE", "merge_request_event", "CI_MERGE_REQUEST_IID", "12", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "fix", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main",
				"CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "acme/web/shop", "CI_MERGE_REQUEST_PROJECT_PATH", "acme/web/shop"},
			with(with(onGitLab, pull), func(o *ci.Origin) { o.HeadRepository = "acme/web/shop" }), false},
		{"a fork's merge request on GitLab", gitlab,
			[]string{"CI_PIPELINE_SOURCE", "merge_request_event", "CI_PROJECT_PATH", "mallory/shop", "CI_MERGE_REQUEST_IID", "12", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "fix", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main",
				"CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "mallory/shop", "CI_MERGE_REQUEST_PROJECT_PATH", "acme/web/shop"},
			with(with(onGitLab, pull), func(o *ci.Origin) { o.HeadRepository = "mallory/shop" }), true},
		{"a branch on Drone", drone, []string{"DRONE_BUILD_EVENT", "push"}, with(onDrone, push), false},
		{"a tag on Drone", drone, []string{"DRONE_BUILD_EVENT", "tag", "DRONE_TAG", "v1.2", "DRONE_BRANCH", ""}, with(onDrone, tag), false},
		{"a pull request on Drone", drone, []string{"DRONE_BUILD_EVENT", "pull_request", "DRONE_PULL_REQUEST", "12", "DRONE_SOURCE_BRANCH", "fix"}, with(onDrone, pull), true},
		{"a branch on Woodpecker", woodpecker, []string{"CI_PIPELINE_EVENT", "push"}, with(onWoodpecker, push), false},
		{"a pull request on Woodpecker", woodpecker,
			[]string{"CI_PIPELINE_EVENT", "pull_request", "CI_COMMIT_PULL_REQUEST", "12", "CI_COMMIT_SOURCE_BRANCH", "fix", "CI_COMMIT_TARGET_BRANCH", "main"}, with(onWoodpecker, pull), true},
		{"cron on Woodpecker, which speaks Drone, too", woodpecker, []string{"DRONE", "true", "CI_PIPELINE_EVENT", "cron"},
			with(onWoodpecker, func(o *ci.Origin) { o.Event, o.Branch = ci.Schedule, "main" }), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, ok := ci.Find(lookup(append(append([]string{}, c.base...), c.more...)...))
			if !ok {
				t.Fatal("no system was found")
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			if got.Fork() != c.fork {
				t.Errorf("Fork() = %v", got.Fork())
			}
		})
	}
}

// What is no system of these is none: a laptop, and Jenkins with its BUILD_ID.
func TestFindNone(t *testing.T) {
	t.Parallel()
	for _, l := range []ci.Lookup{
		nil, lookup(), lookup("CI", "true"), lookup("BUILD_ID", "17", "PROJECT_ID", "my-project", "LOCATION", "x"),
		lookup("PROJECT_ID", "my-project", "LOCATION", "europe-west1"), lookup("GITHUB_ACTIONS", ""),
	} {
		if o, ok := ci.Find(l); ok {
			t.Errorf("found %+v", o)
		}
	}
}

// Values that a system does not make are taken as not said: they reach labels,
// terminals and other people's pages.
func TestFindHostile(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"a\nb", "a\x1b[31mb", strings.Repeat("x", 10_000), "a\u202eb", "\xff\xfe", "a\x00b", "  \n"} {
		o, ok := ci.Find(lookup(append(append([]string{}, cloudBuild...), "LOCATION", bad, "TRIGGER_NAME", bad, "COMMIT_SHA", bad, "BRANCH_NAME", bad,
			"TAG_NAME", bad, "REPO_NAME", bad, "REPO_FULL_NAME", bad, "SERVICE_ACCOUNT_EMAIL", bad,
			"_PR_NUMBER", bad, "_HEAD_BRANCH", bad, "_BASE_BRANCH", bad, "_HEAD_REPO_URL", "https://github.com/"+bad)...))
		if !ok {
			t.Fatal("no system was found")
		}
		want := ci.Origin{System: ci.CloudBuild, Project: "my-project", Build: "c0ffee00-1111-2222-3333-444455556666", Event: ci.PullRequest}
		if d := cmp.Diff(want, o); d != "" {
			t.Errorf("of %.20q: %s", bad, d)
		}
		if !o.Fork() {
			t.Error("a pull request of nobody knows where counts as one of a friend")
		}
		o, _ = ci.Find(lookup(append(append([]string{}, drone...), "DRONE_BUILD_LINK", "https://x/"+bad, "DRONE_BUILD_NUMBER", bad, "DRONE_COMMIT_SHA", bad)...))
		if o.BuildURL != "" && bad != "  \n" || o.Build != "" || o.Commit != "" {
			t.Errorf("of %.20q: %+v", bad, o)
		}
	}
	o, _ := ci.Find(lookup(append(append([]string{}, drone...), "DRONE_BUILD_LINK", "https://me:secret@drone.acme.dev/42", "DRONE_REPO", "https://oauth2:secret@github.com/acme/shop.git")...))
	if o.BuildURL != "https://drone.acme.dev/42" || o.Repository != "acme/shop" {
		t.Errorf("%+v", o)
	}
	if o, _ := ci.Find(lookup(append(append([]string{}, drone...), "DRONE_BUILD_LINK", "javascript:alert(1)")...)); o.BuildURL != "" {
		t.Error(o.BuildURL)
	}
}

func TestWithEvent(t *testing.T) {
	t.Parallel()
	file := func(text string) func(string) ([]byte, error) {
		return func(path string) ([]byte, error) {
			if path != "/event.json" {
				return nil, os.ErrNotExist
			}
			return []byte(text), nil
		}
	}
	o, _ := ci.Find(lookup(append(append([]string{}, github...), "GITHUB_EVENT_NAME", "pull_request_target", "GITHUB_REF", "refs/heads/main", "GITHUB_REF_NAME", "main",
		"GITHUB_REF_TYPE", "branch", "GITHUB_HEAD_REF", "fix", "GITHUB_BASE_REF", "main", "GITHUB_EVENT_PATH", "/event.json")...))
	for _, c := range []struct {
		name, text, number, from string
		fork                     bool
	}{
		{"its own branch", `{"pull_request":{"number":12,"head":{"repo":{"full_name":"acme/shop"}}}}`, "12", "acme/shop", false},
		{"a fork", `{"pull_request":{"number":12,"head":{"repo":{"full_name":"mallory/shop"}}}}`, "12", "mallory/shop", true},
		{"a fork that is gone", `{"pull_request":{"number":12,"head":{"repo":null}}}`, "12", "", true},
		{"no JSON", `{`, "", "", true},
	} {
		got := o.WithEvent(file(c.text))
		if got.PullRequest != c.number || got.HeadRepository != c.from || got.Fork() != c.fork {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	if got := o.WithEvent(func(string) ([]byte, error) { return nil, errors.New("unreadable") }); !got.Fork() {
		t.Error("a file that cannot be read makes it no fork")
	}
}
