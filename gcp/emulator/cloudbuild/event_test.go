package cloudbuild_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

// fired are the names of those triggers that made a build.
func fired(t testing.TB, a *cloudbuild.Answer) string {
	t.Helper()
	var names []string
	for _, f := range a.Triggers {
		if (f.Build != "") != f.Fired || f.Fired == (f.Reason != "") || f.Error != "" {
			t.Errorf("%+v", f)
		}
		if f.Fired {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func file() *cloudbuildpb.BuildTrigger_Filename {
	return &cloudbuildpb.BuildTrigger_Filename{Filename: "cloudbuild.yaml"}
}

const yaml = "steps: [{name: x, id: show, args: [$BRANCH_NAME, $TAG_NAME, $_PR_NUMBER, $_HEAD_BRANCH, $_BASE_BRANCH, $_HEAD_REPO_URL]}]\noptions: {logging: CLOUD_LOGGING_ONLY}\n"

func TestPushes(t *testing.T) {
	t.Parallel()
	r, f := newRepo(t), withGit(t, t.TempDir())
	first := r.commit("cloudbuild.yaml", yaml, "apps/a/x.py", "1", "apps/b/x.py", "1")
	f.create(t, &cloudbuildpb.BuildTrigger{Name: "a", RepositoryEventConfig: pushTo("^main$"), BuildTemplate: file(), IncludedFiles: []string{"apps/a/**"}})
	f.create(t, &cloudbuildpb.BuildTrigger{Name: "b", RepositoryEventConfig: pushTo("^main$"), BuildTemplate: file(), IncludedFiles: []string{"apps/b/**"}})
	f.create(t, &cloudbuildpb.BuildTrigger{Name: "code", RepositoryEventConfig: pushTo(".*"), BuildTemplate: file(), IgnoredFiles: []string{"**/*.md"}})
	f.create(t, &cloudbuildpb.BuildTrigger{Name: "off", RepositoryEventConfig: pushTo(".*"), BuildTemplate: file(), Disabled: true})
	f.create(t, &cloudbuildpb.BuildTrigger{Name: "pull", RepositoryEventConfig: pullTo(".*", 0), BuildTemplate: file()})
	f.create(t, &cloudbuildpb.BuildTrigger{Name: "hand", BuildTemplate: inline()})
	f.create(t, &cloudbuildpb.BuildTrigger{Name: "tags", BuildTemplate: file(), Github: &cloudbuildpb.GitHubEventsConfig{Owner: "ada", Name: "shop", Event: &cloudbuildpb.GitHubEventsConfig_Push{
		Push: &cloudbuildpb.PushFilter{GitRef: &cloudbuildpb.PushFilter_Tag{Tag: `^v\d`}}}}}, f.connect(r))
	push := func(p cloudbuild.Push) *cloudbuild.Answer { return f.hear(t, cloudbuild.Hook{Folder: r.dir, Push: &p}) }
	check := func(what string, p cloudbuild.Push, want string) *cloudbuild.Answer {
		t.Helper()
		a := push(p)
		if got := fired(t, a); got != want {
			t.Errorf("%s: fired %q, want %q: %+v", what, got, want, a)
		}
		return a
	}
	zeros := strings.Repeat("0", 40)
	a := check("a new branch, of which all files count", cloudbuild.Push{Before: zeros}, "a b code")
	if a.Commit != first || a.Ref != "refs/heads/main" || a.Remote != origin || len(a.Changed) != 3 {
		t.Errorf("%+v", a)
	}
	for _, x := range a.Triggers {
		if x.Build != "" {
			if b := f.wait(t, x.Build); b.Status != cloudbuildpb.Build_SUCCESS || b.Steps[0].Args[0] != "main" || b.Source.GetConnectedRepository().GetRevision() != first {
				t.Errorf("built %v", b)
			}
		}
	}
	r.commit("apps/a/x.py", "2")
	check("only a", cloudbuild.Push{}, "a code")
	r.commit("apps/b/x.py", "2")
	r.commit("README.md", "2")
	check("two commits at once", cloudbuild.Push{}, "b code")
	r.commit("README.md", "3")
	check("what is ignored", cloudbuild.Push{}, "")
	check("the same again", cloudbuild.Push{}, "")
	check("since a commit that is named", cloudbuild.Push{Before: first}, "a b code")
	r.git("switch", "--quiet", "--create", "dev")
	check("another branch", cloudbuild.Push{}, "code")
	check("a deleted one", cloudbuild.Push{Ref: "refs/heads/dev", After: zeros}, "")
	r.git("tag", "--annotate", "v1", "--message", "one")
	a = check("a tag", cloudbuild.Push{Ref: "refs/tags/v1"}, "tags")
	for _, x := range a.Triggers {
		if x.Build != "" {
			if b := f.wait(t, x.Build); b.Steps[0].Args[1] != "v1" || b.Source.GetGitSource().GetUrl() != origin || b.Substitutions["REPO_NAME"] != "shop" {
				t.Errorf("built %v", b)
			}
		}
	}
	check("another tag", cloudbuild.Push{Ref: "refs/tags/w1", After: r.git("rev-parse", "HEAD")}, "")
	for _, h := range []cloudbuild.Hook{
		{Folder: "relative", Push: &cloudbuild.Push{}}, {Folder: t.TempDir(), Push: &cloudbuild.Push{}},
		{Folder: r.dir, Push: &cloudbuild.Push{Ref: "main"}}, {Folder: r.dir, Push: &cloudbuild.Push{Ref: "refs/heads/none"}}, {Folder: r.dir, Push: &cloudbuild.Push{Before: "1234567890"}},
		{Folder: r.dir, Remote: "no url", Push: &cloudbuild.Push{}}, {Folder: r.dir, Pull: &cloudbuild.Pull{}}, {Folder: r.dir, Pull: &cloudbuild.Pull{Number: 1}, Push: &cloudbuild.Push{}},
	} {
		if a, err := f.Hear(t.Context(), h); status.Code(err) != codes.InvalidArgument && status.Code(err) != codes.FailedPrecondition {
			t.Errorf("%+v: %+v, %v", h, a, err)
		}
	}
	r.git("switch", "--quiet", "main")
	r.git("rm", "--quiet", "cloudbuild.yaml")
	r.commit("apps/a/x.py", "3")
	a = push(cloudbuild.Push{})
	if x := a.Triggers[0]; !x.Fired || x.Build != "" || !strings.Contains(x.Error, "Failed to trigger build: shop:cloudbuild.yaml:") {
		t.Errorf("without a build file: %+v", x)
	}
}

// connect makes a repository's folder known.
func (f *fixture) connect(r repo) func(testing.TB) {
	return func(t testing.TB) {
		if a := f.hear(t, cloudbuild.Hook{Folder: r.dir}); a.Commit != "" || len(a.Triggers) != 0 {
			t.Errorf("connected: %+v", a)
		}
	}
}

func TestPullRequests(t *testing.T) {
	t.Parallel()
	r, f := newRepo(t), withGit(t, t.TempDir())
	r.commit("cloudbuild.yaml", yaml, "a/x.py", "1", "b/x.py", "1")
	r.git("switch", "--quiet", "--create", "topic")
	head := r.commit("a/x.py", "2")
	r.git("switch", "--quiet", "main")
	r.commit("b/x.py", "2") // meanwhile, which is none of the pull request's files
	var source string
	f.exec.On("show", func(_ context.Context, q worker.StepRequest) (int, error) {
		data, err := os.ReadFile(filepath.Join(q.Options.Workspace, "a/x.py"))
		source = string(data)
		return 0, err
	})
	f.create(t, &cloudbuildpb.BuildTrigger{Name: "a", RepositoryEventConfig: pullTo("^main$", cloudbuildpb.PullRequestFilter_COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY), BuildTemplate: file(), IncludedFiles: []string{"a/**"}})
	f.create(t, &cloudbuildpb.BuildTrigger{Name: "b", RepositoryEventConfig: pullTo("^main$", 0), BuildTemplate: file(), IncludedFiles: []string{"b/**"}})
	f.create(t, &cloudbuildpb.BuildTrigger{Name: "push", RepositoryEventConfig: pushTo(".*"), BuildTemplate: file()})
	pull := cloudbuild.Pull{Number: 7, Head: "topic"}
	a := f.hear(t, cloudbuild.Hook{Folder: r.dir, Pull: &pull})
	if fired(t, a) != "a" || a.Commit != head || strings.Join(a.Changed, " ") != "a/x.py" {
		t.Errorf("%+v", a)
	}
	b := f.wait(t, a.Triggers[0].Build)
	if got := strings.Join(b.Steps[0].Args, "|"); got != "topic||7|topic|main|https://github.com/ada/shop" || source != "2" || b.Substitutions["COMMIT_SHA"] != head || b.Substitutions["_PR_NUMBER"] != "7" {
		t.Errorf("args %q, source %q, %v", got, source, b.Substitutions)
	}
	pull.Fork, pull.Outsider = "https://github.com/eve/shop", true
	if a = f.hear(t, cloudbuild.Hook{Folder: r.dir, Pull: &pull}); fired(t, a) != "" {
		t.Errorf("of a fork: %+v", a)
	}
	pull.Comment, pull.Stranger = "/gcbrun", true
	if a = f.hear(t, cloudbuild.Hook{Folder: r.dir, Pull: &pull}); fired(t, a) != "" {
		t.Errorf("of a fork, its author comments: %+v", a)
	}
	pull.Stranger = false
	if a = f.hear(t, cloudbuild.Hook{Folder: r.dir, Pull: &pull}); fired(t, a) != "a" {
		t.Fatalf("of a fork, a member comments: %+v", a)
	}
	if b := f.wait(t, a.Triggers[0].Build); b.Steps[0].Args[5] != "https://github.com/eve/shop" {
		t.Errorf("args %q", b.Steps[0].Args)
	}
}

// TestApproval: a build that waits survives a restart, and ends by what is decided.
func TestApproval(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := withGit(t, dir)
	made := f.create(t, &cloudbuildpb.BuildTrigger{Name: "hand", BuildTemplate: inline(), ApprovalConfig: &cloudbuildpb.ApprovalConfig{ApprovalRequired: true}})
	run := func() string {
		op, err := f.client.RunBuildTrigger(t.Context(), &cloudbuildpb.RunBuildTriggerRequest{Name: made.ResourceName, ProjectId: "my-project", TriggerId: made.Id})
		if err != nil {
			t.Fatal(err)
		}
		m, err := op.Metadata()
		if err != nil || m.GetBuild().GetStatus() != cloudbuildpb.Build_PENDING || m.GetBuild().GetApproval().GetState() != cloudbuildpb.BuildApproval_PENDING {
			t.Fatalf("%v, %v", m, err)
		}
		return m.GetBuild().GetName()
	}
	decide := func(name string, d cloudbuildpb.ApprovalResult_Decision) error {
		_, err := f.client.ApproveBuild(t.Context(), &cloudbuildpb.ApproveBuildRequest{Name: name, ApprovalResult: &cloudbuildpb.ApprovalResult{Decision: d, Comment: "well"}})
		return err
	}
	yes, no, cut := run(), run(), run()
	if err := f.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	f = withGit(t, dir)
	id := func(name string) string { return filepath.Base(name) }
	if err := decide(yes, 0); status.Code(err) != codes.InvalidArgument {
		t.Errorf("no decision: %v", err)
	}
	if err := decide(yes, cloudbuildpb.ApprovalResult_APPROVED); err != nil {
		t.Fatal(err)
	}
	if b := f.wait(t, id(yes)); b.Status != cloudbuildpb.Build_SUCCESS || b.Approval.State != cloudbuildpb.BuildApproval_APPROVED || b.Approval.Result.Comment != "well" {
		t.Errorf("approved: %v", b)
	}
	if err := decide(no, cloudbuildpb.ApprovalResult_REJECTED); err != nil {
		t.Fatal(err)
	}
	if b := f.wait(t, id(no)); b.Status != cloudbuildpb.Build_CANCELLED || b.Approval.State != cloudbuildpb.BuildApproval_REJECTED {
		t.Errorf("rejected: %v", b)
	}
	if b, err := f.client.CancelBuild(t.Context(), &cloudbuildpb.CancelBuildRequest{Name: cut, ProjectId: "my-project", Id: id(cut)}); err != nil || b.Approval.State != cloudbuildpb.BuildApproval_CANCELLED {
		t.Errorf("cancelled: %v, %v", b, err)
	}
	for _, name := range []string{yes, no, cut} {
		if err := decide(name, cloudbuildpb.ApprovalResult_APPROVED); status.Code(err) != codes.FailedPrecondition {
			t.Errorf("again: %v", err)
		}
	}
}
