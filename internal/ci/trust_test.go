package ci_test

import (
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
)

func TestStranger(t *testing.T) {
	t.Parallel()
	friend := ci.Origin{System: ci.GitHub, Event: ci.PullRequest, Repository: "acme/shop", HeadRepository: "Acme/shop"}
	fork, nobody, push, review := friend, friend, friend, friend
	fork.HeadRepository, nobody.HeadRepository, push.Event, review.Event = "mallory/shop", "", ci.Push, ci.Schedule
	const from, unsaid, none = "it is of a pull request from another repository, mallory/shop", "it is of a pull request, and nothing says from which repository", "it is of a pull request, and none is trusted"
	for name, tt := range map[string]struct {
		o    ci.Origin
		want map[string]string // by who is trusted
	}{
		"push":            {push, map[string]string{"": "", ci.TrustSameRepository: "", ci.TrustAll: "", ci.TrustNone: ""}},
		"schedule":        {review, map[string]string{"": "", ci.TrustNone: ""}},
		"same repository": {friend, map[string]string{"": "", ci.TrustSameRepository: "", ci.TrustAll: "", ci.TrustNone: none}},
		"fork":            {fork, map[string]string{"": from, ci.TrustSameRepository: from, ci.TrustAll: "", ci.TrustNone: none}},
		"not said whose":  {nobody, map[string]string{"": unsaid, ci.TrustSameRepository: unsaid, ci.TrustAll: "", ci.TrustNone: none}},
	} {
		for trusted, want := range tt.want {
			if got := tt.o.Stranger(trusted); got != want {
				t.Errorf("%s, where %q is trusted: %q, want %q", name, trusted, got, want)
			}
		}
	}
}

// TestPullRequestEvents: a pull request's code is that whatever has happened to it.
func TestPullRequestEvents(t *testing.T) {
	t.Parallel()
	for _, vars := range [][]string{
		append(append([]string{}, github...), "GITHUB_EVENT_NAME", "pull_request_review", "GITHUB_REF", "refs/pull/12/merge", "GITHUB_REF_NAME", "12/merge", "GITHUB_REF_TYPE", "branch"),
		append(append([]string{}, woodpecker...), "CI_PIPELINE_EVENT", "pull_request_metadata", "CI_COMMIT_PULL_REQUEST", "12"),
		append(append([]string{}, woodpecker...), "CI_PIPELINE_EVENT", "pull_request_tomorrow", "CI_COMMIT_PULL_REQUEST", "12"),
	} {
		if o, _ := ci.Find(lookup(vars...)); o.Event != ci.PullRequest || !o.Fork() || o.Branch != "" {
			t.Errorf("%+v", o)
		}
	}
}
