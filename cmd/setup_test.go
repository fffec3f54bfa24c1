package cmd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/cmd"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// cloud is the program as a user has it, and a project at "Google" where nothing was
// done yet.
type cloud struct {
	*emulator.Server
	dir  string
	deps cmd.Deps
}

func newCloud(t *testing.T, o emulator.Options) cloud {
	t.Helper()
	o.Dir, o.Projects = t.TempDir(), frame.Projects{Known: []string{"my-project"}, New: true}
	s, err := emulator.Start(context.WithoutCancel(t.Context()), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	dir := filepath.Join(t.TempDir(), "hello")
	for name, text := range map[string]string{"requirements.txt": "flask==3.1.0\ngunicorn==23.0.0\n", "wsgi.py": "app = None\n", ".python-version": "3.12\n"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(dir, 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{"GCPDEPLOY_ENDPOINT": s.URL(), "GCPDEPLOY_REGISTRY": s.Addr(), "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": s.TokenFile(), "GCPDEPLOY_STATE_DIR": t.TempDir()}
	return cloud{s, dir, cmd.Deps{
		Version: func() string { return "v1.2.3" }, Exe: "/bin/true", Now: time.Now,
		Lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	}}
}

// run gives what a command printed and its exit code. in is what somebody answers;
// "" = nobody is there.
func (c cloud) run(t *testing.T, in string, args ...string) (out, errs string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	s := ui.Streams{In: strings.NewReader(in), Out: &stdout, Err: &stderr, Answers: in != ""}
	words := 1
	if slices.Contains([]string{"trigger", "schedule"}, args[0]) {
		words = 2
	}
	args = slices.Concat([]string{"gcpdeploy"}, args[:words], []string{"--source", c.dir, "--project", "my-project", "--region", "europe-west1"}, args[words:])
	code = cmd.Main(t.Context(), s, c.deps, args)
	return stdout.String(), stderr.String(), code
}

// want runs a command, and looks at its exit code and for some texts.
func (c cloud) want(t *testing.T, code int, in, args string, texts ...string) string {
	t.Helper()
	out, errs, got := c.run(t, in, strings.Fields(args)...)
	if got != code {
		t.Errorf("%s: exit code %d, want %d\n%s%s", args, got, code, out, errs)
	}
	for _, text := range texts {
		if !strings.Contains(out+errs, text) {
			t.Errorf("%s: no %q in\n%s%s", args, text, out, errs)
		}
	}
	return out + errs
}

// TestFirstHour is how a new project becomes one that can be deployed to, and how
// it is left.
func TestFirstHour(t *testing.T) {
	t.Parallel()
	c := newCloud(t, emulator.Options{})
	settings := filepath.Join(c.dir, "gcpdeploy.yaml")
	c.want(t, 1, "", "doctor", "✗ apis", "✗ repository", "✗ bucket", "✗ builder", "✓ app", "→ gcpdeploy setup --only=repository --project=my-project --region=europe-west1 --repository=gcpdeploy --yes --source "+c.dir+"\n")
	c.want(t, 4, "", "up", "my-project is not set up for deploys to europe-west1: it lacks APIs", "repository gcpdeploy", "hint: Run `gcpdeploy setup --project my-project --region europe-west1`.")
	c.want(t, 2, "", "setup", "--yes")
	c.want(t, 130, "n\n", "setup", "+ bucket gs://my-project_europe-west1_source", "Make this? [y/N]", "nothing was changed")
	c.want(t, 0, "", "setup --dry-run", "+ repository gcpdeploy", "This was a dry run")
	if _, err := os.Stat(settings); err == nil {
		t.Fatal("a dry run wrote settings")
	}
	c.want(t, 0, "", "setup --yes", "my-project is ready for deploys to europe-west1")
	text, err := os.ReadFile(settings)
	for _, line := range []string{"service_account: gcpdeploy-builds@my-project.iam.gserviceaccount.com", "source_bucket: my-project_europe-west1_source", "service_account: gcpdeploy-app@"} {
		if err != nil || !strings.Contains(string(text), line) {
			t.Errorf("the settings do not say %q (%v):\n%s", line, err, text)
		}
	}
	if got := c.want(t, 0, "", "doctor"); strings.Contains(got, "✗") {
		t.Errorf("after setup doctor says:\n%s", got)
	}
	c.want(t, 0, "", "setup", "nothing to do")
	c.want(t, 0, "", "setup --undo", "- repository gcpdeploy", "--undo --yes")
	c.want(t, 0, "", "setup --undo --yes", "removed what setup made")
	if _, err := os.Stat(settings); err == nil {
		t.Error("the settings are still there")
	}
	c.want(t, 0, "", "setup --undo", "nothing in my-project, europe-west1 was made by setup")
	c.want(t, 0, "", "doctor --fix")
	c.want(t, 0, "", "setup", "nothing to do")
}

// TestPullRequestsAccount: it is there for who wants it, and goes with the rest.
func TestPullRequestsAccount(t *testing.T) {
	t.Parallel()
	c := newCloud(t, emulator.Options{})
	const account = "gcpdeploy-pull-requests@my-project.iam.gserviceaccount.com"
	if got := c.want(t, 0, "", "setup --dry-run"); strings.Contains(got, "pull-requests") {
		t.Errorf("who does not want it gets the account:\n%s", got)
	}
	c.want(t, 0, "", "setup --yes --pull-requests")
	if text, _ := os.ReadFile(filepath.Join(c.dir, "gcpdeploy.yaml")); !strings.Contains(string(text), "pull_request_account: "+account) {
		t.Errorf("the settings do not name it:\n%s", text)
	}
	c.want(t, 0, "", "setup", "nothing to do")
	c.want(t, 0, "", "doctor", "✓ service_account", account)
	c.want(t, 0, "", "setup --dry-run --deployer user:ada@example.com", "roles on the service account "+account+": iam.serviceAccountUser to ada")
	c.want(t, 0, "", "setup --undo --yes")
	if got := c.want(t, 0, "", "setup --dry-run --pull-requests"); !strings.Contains(got, "+ service account "+account) {
		t.Errorf("undo left it:\n%s", got)
	}
}

func TestSetupJSON(t *testing.T) {
	t.Parallel()
	c := newCloud(t, emulator.Options{})
	out, _, code := c.run(t, "", "setup", "--dry-run", "--json", "--deployer", "user:ada@example.com")
	var r struct {
		Project string
		DryRun  bool `json:"dry_run"`
		Steps   []struct {
			Kind, Name, State string
			Commands          []string
		}
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 || r.Project != "my-project" || !r.DryRun || len(r.Steps) < 10 {
		t.Fatalf("%d, %v: %s", code, err, out)
	}
	ada := 0
	for _, s := range r.Steps {
		if strings.HasPrefix(s.Name, "roles on the secret") { // which deploys make, where they are given logins
			continue
		}
		if s.State == "present" || len(s.Commands) == 0 {
			t.Errorf("%s is %s, and is made by %q", s.Name, s.State, s.Commands)
		}
		ada += strings.Count(strings.Join(s.Commands, "\n"), "--member=user:ada@example.com")
	}
	if ada < 5 {
		t.Errorf("a deployer gets %d roles", ada)
	}
	out, _, code = c.run(t, "", "doctor", "--json")
	var d struct {
		Well   bool
		Checks []struct{ Name, Mark, Text, Fix string }
	}
	if err := json.Unmarshal([]byte(out), &d); err != nil || code != 1 || d.Well || len(d.Checks) < 20 {
		t.Errorf("doctor: %d, %v: %s", code, err, out)
	}
	for args, want := range map[string]string{
		"setup --only=bukket":                     `Did you mean bucket?`,
		"setup --undo --print-commands":           "exclude each other",
		"setup --deployer ada@example.com":        "user:ADDRESS",
		"setup --json":                            "nobody is here to agree",
		"setup --undo --terraform " + t.TempDir(): "exclude each other",
	} {
		c.want(t, 2, "", args, want)
	}
}

func TestSetupViews(t *testing.T) {
	t.Parallel()
	c := newCloud(t, emulator.Options{})
	c.want(t, 0, "", "setup --print-commands", "set -eu", "gcloud services enable", "gcpdeploy setup --only=builder --project=my-project --region=europe-west1 --repository=gcpdeploy --yes")
	dir := filepath.Join(t.TempDir(), "module")
	c.want(t, 0, "", "setup --terraform "+dir, filepath.Join(dir, "main.tf"))
	c.want(t, 2, "", "setup --terraform "+dir, "is there already")
	c.want(t, 0, "", "setup --yes --terraform "+dir)
}

// TestNobody: who has no credentials is told that, and not what cannot be seen
// without them.
func TestNobody(t *testing.T) {
	t.Parallel()
	c := newCloud(t, emulator.Options{})
	c.with("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", filepath.Join(t.TempDir(), "none"))
	got := c.want(t, 1, "", "doctor", "✗ credentials", "✓ app", "1 check failed")
	for _, not := range []string{"rights", "repository", "organisation", "billing"} {
		if strings.Contains(got, not) {
			t.Errorf("%s cannot be seen, and is told:\n%s", not, got)
		}
	}
}
