package ci

import (
	"regexp"
	"strings"
)

var uuid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// inCloudBuild tells a step of Cloud Build whose environment has the build's
// substitutions (`automapSubstitutions`). Others have a BUILD_ID, too: Jenkins.
func inCloudBuild(v variables) bool {
	return uuid.MatchString(v.raw("BUILD_ID")) && v.place("PROJECT_ID") != "" &&
		(v.raw("LOCATION") != "" || v.raw("BUILDER_OUTPUT") != "")
}

// cloud.google.com/build/docs/configuring-builds/substitute-variable-values
func cloudBuild(v variables) Origin {
	o := Origin{
		System: CloudBuild, Project: v.place("PROJECT_ID"), Region: v.place("LOCATION"), Account: v.email("SERVICE_ACCOUNT_EMAIL"),
		Build: v.raw("BUILD_ID"), Trigger: v.text("TRIGGER_NAME"),
		Commit: v.commit("COMMIT_SHA", "REVISION_ID"), Branch: v.text("BRANCH_NAME"), Tag: v.text("TAG_NAME"),
		Repository:  v.repository("REPO_FULL_NAME", "REPO_NAME"),
		PullRequest: v.number("_PR_NUMBER"), HeadBranch: v.text("_HEAD_BRANCH"), BaseBranch: v.text("_BASE_BRANCH"),
		HeadRepository: v.repository("_HEAD_REPO_URL"),
	}
	if o.Region != "" {
		o.BuildURL = "https://console.cloud.google.com/cloud-build/builds;region=" + o.Region + "/" + o.Build + "?project=" + o.Project
	}
	switch {
	case v.raw("_PR_NUMBER") != "":
		o.Event = PullRequest
	case o.Tag != "":
		o.Event = TagPush
	case o.Branch != "":
		o.Event = Push // or run by hand: a build does not say which
	default:
		o.Event = Manual
	}
	return o
}

// docs.github.com/actions/reference/workflows-and-actions/variables
func github(v variables) Origin {
	o := Origin{
		System: GitHub, Build: v.number("GITHUB_RUN_ID"), Trigger: v.text("GITHUB_WORKFLOW"),
		Commit: v.commit("GITHUB_SHA"), Repository: v.repository("GITHUB_REPOSITORY"),
		HeadBranch: v.text("GITHUB_HEAD_REF"), BaseBranch: v.text("GITHUB_BASE_REF"),
		EventFile: v.raw("GITHUB_EVENT_PATH"),
	}
	if server := v.page("GITHUB_SERVER_URL"); server != "" && o.Repository != "" && o.Build != "" {
		o.BuildURL = server + "/" + o.Repository + "/actions/runs/" + o.Build
	}
	switch v.raw("GITHUB_REF_TYPE") {
	case "tag":
		o.Tag = v.text("GITHUB_REF_NAME")
	case "branch":
		o.Branch = v.text("GITHUB_REF_NAME")
	}
	if n, ok := strings.CutPrefix(v.text("GITHUB_REF"), "refs/pull/"); ok {
		n, _, _ = strings.Cut(n, "/")
		o.PullRequest = matching(number)(n)
	}
	o.Event = named(v.raw("GITHUB_EVENT_NAME"), map[string]Event{
		"push": Push, "pull_request": PullRequest, "pull_request_target": PullRequest, "schedule": Schedule,
		"workflow_dispatch": Manual, "repository_dispatch": Manual,
	})
	if o.Event == Push && o.Tag != "" {
		o.Event = TagPush
	}
	return o
}

// docs.gitlab.com/ci/variables/predefined_variables
func gitlab(v variables) Origin {
	o := Origin{
		System: GitLab, Build: v.number("CI_JOB_ID"), BuildURL: v.page("CI_JOB_URL"), Trigger: v.text("CI_JOB_NAME"),
		Commit: v.commit("CI_COMMIT_SHA"), Branch: v.text("CI_COMMIT_BRANCH"), Tag: v.text("CI_COMMIT_TAG"),
		Repository:  v.repository("CI_PROJECT_PATH"),
		PullRequest: v.number("CI_MERGE_REQUEST_IID"), HeadBranch: v.text("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"),
		BaseBranch: v.text("CI_MERGE_REQUEST_TARGET_BRANCH_NAME"), HeadRepository: v.repository("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH"),
	}
	if target := v.repository("CI_MERGE_REQUEST_PROJECT_PATH"); target != "" {
		o.Repository = target // a fork's own pipeline has the fork's path in CI_PROJECT_PATH
	}
	o.Event = named(v.raw("CI_PIPELINE_SOURCE"), map[string]Event{
		"push": Push, "merge_request_event": PullRequest, "external_pull_request_event": PullRequest, "schedule": Schedule, "web": Manual, "api": Manual,
		"trigger": Manual, "chat": Manual,
	})
	if o.Event == Push && o.Tag != "" {
		o.Event = TagPush
	}
	return o
}

// docs.drone.io/pipeline/environment/reference
func drone(v variables) Origin {
	o := Origin{
		System: Drone, Build: v.number("DRONE_BUILD_NUMBER"), BuildURL: v.page("DRONE_BUILD_LINK"), Trigger: v.text("DRONE_STAGE_NAME"),
		Commit: v.commit("DRONE_COMMIT_SHA", "DRONE_COMMIT"), Branch: v.text("DRONE_BRANCH", "DRONE_COMMIT_BRANCH"),
		Tag: v.text("DRONE_TAG"), Repository: v.repository("DRONE_REPO"),
		PullRequest: v.number("DRONE_PULL_REQUEST"), HeadBranch: v.text("DRONE_SOURCE_BRANCH"), BaseBranch: v.text("DRONE_TARGET_BRANCH"),
	}
	o.Event = named(v.raw("DRONE_BUILD_EVENT"), map[string]Event{
		"push": Push, "tag": TagPush, "pull_request": PullRequest, "cron": Schedule, "custom": Manual, "promote": Manual, "rollback": Manual,
	})
	return o
}

// woodpecker-ci.org/docs/usage/environment
func woodpecker(v variables) Origin {
	o := Origin{
		System: Woodpecker, Build: v.number("CI_PIPELINE_NUMBER"), BuildURL: v.page("CI_PIPELINE_URL"), Trigger: v.text("CI_WORKFLOW_NAME"),
		Commit: v.commit("CI_COMMIT_SHA"), Branch: v.text("CI_COMMIT_BRANCH"),
		Tag: v.text("CI_COMMIT_TAG"), Repository: v.repository("CI_REPO"),
		PullRequest: v.number("CI_COMMIT_PULL_REQUEST"), HeadBranch: v.text("CI_COMMIT_SOURCE_BRANCH"), BaseBranch: v.text("CI_COMMIT_TARGET_BRANCH"),
	}
	o.Event = named(v.raw("CI_PIPELINE_EVENT"), map[string]Event{
		"push": Push, "tag": TagPush, "release": TagPush, "pull_request": PullRequest, "pull_request_closed": PullRequest,
		"pull_request_metadata": PullRequest, "cron": Schedule, "manual": Manual, "deployment": Manual,
	})
	return o
}

func named(event string, known map[string]Event) Event {
	if e, ok := known[event]; ok {
		return e
	}
	return Other
}
