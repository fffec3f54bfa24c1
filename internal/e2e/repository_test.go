package e2e

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	emubuild "github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
)

// inGit makes the apps a git repository that is connected to Cloud Build, with all that is
// there committed to main.
func (w *world) inGit(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git")
	}
	w.git(t, "init", "-q", "-b", "main")
	w.git(t, "remote", "add", "origin", "https://github.com/acme/shop.git")
	w.commit(t)
	w.hear(t, emubuild.Hook{})
	const at = "v2/projects/" + project + "/locations/" + region + "/connections"
	build := gcp.NewJSON(w.access, gcp.CloudBuild)
	ask := func(method, path string, body, out any) {
		t.Helper()
		if err := build.Call(t.Context(), "connecting the repository", method, path, body, out); err != nil {
			t.Fatal(err)
		}
	}
	ask(http.MethodPost, at+"?connectionId=hub", map[string]any{"githubConfig": map[string]any{"appInstallationId": "1"}}, nil)
	until(t, "the connection is complete", func() bool {
		var c struct{ InstallationState struct{ Stage string } }
		ask(http.MethodGet, at+"/hub", nil, &c)
		return c.InstallationState.Stage == "COMPLETE"
	})
	ask(http.MethodPost, at+"/hub/repositories?repositoryId=acme-shop", map[string]any{"remoteUri": "https://github.com/acme/shop.git"}, nil)
}

func (w *world) git(t *testing.T, args ...string) {
	t.Helper()
	words := append([]string{"-C", filepath.Dir(w.app), "-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)
	if out, err := exec.CommandContext(t.Context(), "git", words...).CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// commit commits all that is there.
func (w *world) commit(t *testing.T) {
	t.Helper()
	w.git(t, "add", ".")
	w.git(t, "commit", "-q", "--allow-empty", "-m", "more")
}

// hear tells Cloud Build what happened in the repository, and gives the ids of the builds
// that triggers started, by the triggers' names.
func (w *world) hear(t *testing.T, h emubuild.Hook) map[string]string {
	t.Helper()
	h.Folder = filepath.Dir(w.app)
	answer, err := w.cloudbuild().Hear(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range answer.Triggers {
		if f.Fired {
			all[f.Name] = f.Build
		}
	}
	return all
}

// outcome waits for the end of a build.
func (w *world) outcome(t *testing.T, id string) (ended *cloudbuildpb.Build) {
	t.Helper()
	until(t, "build "+id+" ends", func() bool {
		for _, b := range w.cloudbuild().Builds() {
			if b.GetId() == id && b.GetFinishTime() != nil {
				ended = b
			}
		}
		return ended != nil
	})
	return ended
}
