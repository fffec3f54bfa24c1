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
	"slices"
	"strings"
	"testing"

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

// shown is a trigger in JSON.
type shown struct {
	Preview                                                         bool
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
