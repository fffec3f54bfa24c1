package cloudbuild_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/git"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

const (
	origin = "https://github.com/ada/shop.git"
	linked = parent + "/connections/hub/repositories/shop"
	runs   = "projects/my-project/serviceAccounts/builds@my-project.iam.gserviceaccount.com"
)

// repo is a git repository of a test's own.
type repo struct {
	t   testing.TB
	dir string
}

func newRepo(t testing.TB) repo {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	r := repo{t, t.TempDir()}
	r.git("init", "--quiet", "--initial-branch=main")
	r.git("remote", "add", "origin", "git@github.com:ada/shop.git")
	return r
}

func (r repo) git(args ...string) string {
	r.t.Helper()
	c := exec.CommandContext(r.t.Context(), "git", args...)
	c.Dir = r.dir
	c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	out, err := c.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit writes files (name, text, …), commits them and gives the hash.
func (r repo) commit(files ...string) string {
	r.t.Helper()
	for i := 0; i < len(files); i += 2 {
		path := filepath.Join(r.dir, files[i])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			r.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(files[i+1]), 0o600); err != nil {
			r.t.Fatal(err)
		}
	}
	r.git("add", "--all")
	r.git("commit", "--quiet", "--allow-empty", "--message", "change "+strings.Join(files, " "))
	return r.git("rev-parse", "HEAD")
}

// withGit is an emulator that knows one repository of the 2nd generation.
func withGit(t testing.TB, dir string) *fixture {
	t.Helper()
	return start(t, dir, func(c *cloudbuild.Config) {
		store, err := git.NewStore(dir+"/git", nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Remotes = store
		c.Repositories = []func(string) (string, bool){func(name string) (string, bool) { return origin, name == linked }}
	})
}

func (f *fixture) hear(t testing.TB, h cloudbuild.Hook) *cloudbuild.Answer {
	t.Helper()
	a, err := f.Hear(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (f *fixture) create(t testing.TB, tr *cloudbuildpb.BuildTrigger) *cloudbuildpb.BuildTrigger {
	t.Helper()
	if tr.ServiceAccount == "" {
		tr.ServiceAccount = runs
	}
	made, err := f.client.CreateBuildTrigger(t.Context(), &cloudbuildpb.CreateBuildTriggerRequest{Parent: parent, ProjectId: "my-project", Trigger: tr})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// pushTo is the event of a trigger that waits for a push to branches.
func pushTo(branches string) *cloudbuildpb.RepositoryEventConfig {
	return &cloudbuildpb.RepositoryEventConfig{Repository: linked, Filter: &cloudbuildpb.RepositoryEventConfig_Push{
		Push: &cloudbuildpb.PushFilter{GitRef: &cloudbuildpb.PushFilter_Branch{Branch: branches}}}}
}

func pullTo(branches string, c cloudbuildpb.PullRequestFilter_CommentControl) *cloudbuildpb.RepositoryEventConfig {
	return &cloudbuildpb.RepositoryEventConfig{Repository: linked, Filter: &cloudbuildpb.RepositoryEventConfig_PullRequest{
		PullRequest: &cloudbuildpb.PullRequestFilter{GitRef: &cloudbuildpb.PullRequestFilter_Branch{Branch: branches}, CommentControl: c}}}
}

// quiet are the options without which a build of a named account is refused.
func quiet() *cloudbuildpb.BuildOptions {
	return &cloudbuildpb.BuildOptions{Logging: cloudbuildpb.BuildOptions_CLOUD_LOGGING_ONLY}
}

func inline(args ...string) *cloudbuildpb.BuildTrigger_Build {
	return &cloudbuildpb.BuildTrigger_Build{Build: &build{Steps: []*step{{Name: "x", Id: "x", Args: args}}, Options: quiet()}}
}

func TestTriggers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := withGit(t, dir)
	made := f.create(t, &cloudbuildpb.BuildTrigger{Name: "deploy", RepositoryEventConfig: pushTo("^main$"), BuildTemplate: inline()})
	if made.ResourceName != parent+"/triggers/"+made.Id || made.CreateTime == nil {
		t.Errorf("made %v", made)
	}
	unnamed := f.create(t, &cloudbuildpb.BuildTrigger{BuildTemplate: inline()})
	if unnamed.Name != "trigger" {
		t.Errorf("a name of its own: %q", unnamed.Name)
	}
	_, err := f.client.CreateBuildTrigger(t.Context(), &cloudbuildpb.CreateBuildTriggerRequest{Parent: parent, Trigger: &cloudbuildpb.BuildTrigger{Name: "deploy", BuildTemplate: inline(), ServiceAccount: runs}})
	if status.Code(err) != codes.AlreadyExists {
		t.Errorf("twice: %v", err)
	}
	for _, id := range []string{"deploy", made.Id} {
		got, err := f.client.GetBuildTrigger(t.Context(), &cloudbuildpb.GetBuildTriggerRequest{Name: parent + "/triggers/" + id})
		if err != nil || !proto.Equal(got, made) {
			t.Errorf("get %s: %v, %v", id, got, err)
		}
	}
	if _, err := f.client.GetBuildTrigger(t.Context(), &cloudbuildpb.GetBuildTriggerRequest{ProjectId: "my-project", TriggerId: "deploy"}); status.Code(err) != codes.NotFound {
		t.Errorf("the legacy path, which means global: %v", err)
	}
	next, err := f.client.UpdateBuildTrigger(t.Context(), &cloudbuildpb.UpdateBuildTriggerRequest{
		ProjectId: "my-project", TriggerId: made.Id, Trigger: &cloudbuildpb.BuildTrigger{ResourceName: made.ResourceName, Description: "new", Disabled: true},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"description", "repository_event_config.push.branch"}}})
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("an update that takes the branch away: %v, %v", next, err)
	}
	next, err = f.client.UpdateBuildTrigger(t.Context(), &cloudbuildpb.UpdateBuildTriggerRequest{
		ProjectId: "my-project", TriggerId: made.Id, Trigger: &cloudbuildpb.BuildTrigger{ResourceName: made.ResourceName, Description: "new", Disabled: true},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"description"}}})
	if err != nil || next.Description != "new" || next.Disabled || next.RepositoryEventConfig == nil {
		t.Errorf("masked: %v, %v", next, err)
	}
	_, err = f.client.UpdateBuildTrigger(t.Context(), &cloudbuildpb.UpdateBuildTriggerRequest{
		ProjectId: "my-project", TriggerId: made.Id, Trigger: next, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"nothing"}}})
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("an unknown path: %v", err)
	}
	if err := f.client.DeleteBuildTrigger(t.Context(), &cloudbuildpb.DeleteBuildTriggerRequest{Name: unnamed.ResourceName, ProjectId: "my-project", TriggerId: unnamed.Id}); err != nil {
		t.Error(err)
	}
	if err := f.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	f = withGit(t, dir)
	all := f.client.ListBuildTriggers(t.Context(), &cloudbuildpb.ListBuildTriggersRequest{Parent: parent, ProjectId: "my-project"})
	got, err := all.Next()
	if err != nil || !proto.Equal(got, next) {
		t.Errorf("after a restart: %v, %v", got, err)
	}
	if more, err := all.Next(); err == nil {
		t.Errorf("and %v", more)
	}
}

func TestRunTrigger(t *testing.T) {
	t.Parallel()
	r, f := newRepo(t), withGit(t, t.TempDir())
	commit := r.commit("cloudbuild.yaml", `
steps:
- name: x
  id: show
  args: ["$_A $_B $TRIGGER_NAME $BRANCH_NAME $SHORT_SHA $REPO_FULL_NAME $_NONE", "${_A^^}", "$$_A"]
  automap_substitutions: true
options: {logging: CLOUD_LOGGING_ONLY}
substitutions: {_A: file, _B: file}
tags: [mine]
`, "app.py", "print(1)\n")
	later := r.commit("app.py", "print(2)\n")
	var app, env string
	f.exec.On("show", func(_ context.Context, q worker.StepRequest) (int, error) {
		data, err := os.ReadFile(filepath.Join(q.Options.Workspace, "app.py"))
		app, env = string(data), strings.Join(q.Step.GetEnv(), "\n")
		return 0, err
	})
	made := f.create(t, &cloudbuildpb.BuildTrigger{Name: "deploy", RepositoryEventConfig: pushTo("^main$"),
		BuildTemplate: &cloudbuildpb.BuildTrigger_Filename{Filename: "cloudbuild.yaml"}, Tags: []string{"theirs"}, Substitutions: map[string]string{"_B": "trigger", "_UNUSED": "1"}})
	run := func(src *cloudbuildpb.RepoSource) (*build, error) {
		op, err := f.client.RunBuildTrigger(t.Context(), &cloudbuildpb.RunBuildTriggerRequest{Name: made.ResourceName, ProjectId: "my-project", TriggerId: made.Id, Source: src})
		if err != nil {
			return nil, err
		}
		m, err := op.Metadata()
		if err != nil {
			t.Fatal(err)
		}
		return f.wait(t, m.GetBuild().GetId()), nil
	}
	main := &cloudbuildpb.RepoSource{Revision: &cloudbuildpb.RepoSource_BranchName{BranchName: "main"}, Substitutions: map[string]string{"_A": "run"}}
	if _, err := run(main); status.Code(err) != codes.FailedPrecondition || !strings.Contains(err.Error(), origin) {
		t.Errorf("no folder stands for the repository yet: %v", err)
	}
	f.hear(t, cloudbuild.Hook{Folder: r.dir})
	b, err := run(main)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(b.Steps[0].Args, "|"); got != "run trigger deploy main "+later[:7]+" ada/shop |RUN|$_A" || app != "print(2)\n" {
		t.Errorf("args %q, workspace %q", got, app)
	}
	if b.BuildTriggerId != made.Id || strings.Join(b.Tags, " ") != "mine theirs trigger-"+made.Id || b.ServiceAccount != runs || b.Substitutions["COMMIT_SHA"] != later ||
		b.GetSourceProvenance().GetResolvedConnectedRepository().GetRevision() != later || b.Substitutions["TRIGGER_BUILD_CONFIG_PATH"] != "cloudbuild.yaml" {
		t.Errorf("build %v", b)
	}
	for _, want := range []string{"SERVICE_ACCOUNT_EMAIL=builds@my-project.iam.gserviceaccount.com", "REF_NAME=main", "TAG_NAME=", "LOCATION=europe-west1", "REVISION_ID=" + later} {
		if !strings.Contains("\n"+env+"\n", "\n"+want+"\n") {
			t.Errorf("no %q in the step's environment:\n%s", want, env)
		}
	}
	if b, err = run(&cloudbuildpb.RepoSource{Revision: &cloudbuildpb.RepoSource_CommitSha{CommitSha: commit}}); err != nil || app != "print(1)\n" || b.Substitutions["BRANCH_NAME"] != "" {
		t.Errorf("of a commit: %q, %v", app, err)
	}
	op, err := f.client.RetryBuild(t.Context(), &cloudbuildpb.RetryBuildRequest{Name: b.Name, ProjectId: "my-project", Id: b.Id})
	if err != nil {
		t.Fatal(err)
	}
	m, err := op.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	if again := f.wait(t, m.GetBuild().GetId()); again.Substitutions["COMMIT_SHA"] != commit || again.BuildTriggerId != made.Id || again.Steps[0].Args[0] != b.Steps[0].Args[0] {
		t.Errorf("again: %v", again)
	}
	for _, tt := range []struct {
		src  *cloudbuildpb.RepoSource
		code codes.Code
	}{
		{nil, codes.InvalidArgument},
		{&cloudbuildpb.RepoSource{Revision: &cloudbuildpb.RepoSource_BranchName{BranchName: "none"}}, codes.FailedPrecondition},
		{&cloudbuildpb.RepoSource{Revision: &cloudbuildpb.RepoSource_BranchName{BranchName: "--upload-pack=touch x"}}, codes.FailedPrecondition},
		{&cloudbuildpb.RepoSource{Revision: &cloudbuildpb.RepoSource_BranchName{BranchName: "main"}, Substitutions: map[string]string{"COMMIT_SHA": "x"}}, codes.InvalidArgument},
	} {
		if _, err := run(tt.src); status.Code(err) != tt.code {
			t.Errorf("%v: %v", tt.src, err)
		}
	}
	r.git("rm", "--quiet", "cloudbuild.yaml")
	r.commit()
	if _, err := run(main); status.Code(err) != codes.NotFound || !strings.Contains(err.Error(), "shop:cloudbuild.yaml:") {
		t.Errorf("a missing file: %v", err)
	}
}
