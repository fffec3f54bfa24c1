package cloudbuild_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/git"
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

// create makes a trigger, after what has to be done before.
func (f *fixture) create(t testing.TB, tr *cloudbuildpb.BuildTrigger, before ...func(testing.TB)) *cloudbuildpb.BuildTrigger {
	t.Helper()
	for _, do := range before {
		do(t)
	}
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
