package cmd_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/empty"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
	"github.com/gcpdeploy/gcpdeploy/internal/cifile"
	"github.com/gcpdeploy/gcpdeploy/internal/golden"
)

// repository is a shelf whose app lies in a repository of several.
func repository(t *testing.T, remote string) (s shelf, root string, digest string) {
	t.Helper()
	s = newShelf(t)
	root = t.TempDir()
	app := filepath.Join(root, "apps", "shop")
	for _, dir := range []string{filepath.Join(root, ".git"), app} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	config := ""
	if remote != "" {
		config = "[remote \"origin\"]\n\turl = " + remote + "\n"
	}
	writeFiles(t, filepath.Join(root, ".git"), map[string]string{"HEAD": "ref: refs/heads/main\n", "config": config})
	writeFiles(t, app, map[string]string{
		"requirements.txt": "flask==3.0.0\n", "wsgi.py": "app\n",
		"gcpdeploy.yaml": "project: p-1\nregion: r\npython: '3.12'\nentrypoint: [python, wsgi.py]\ntest: false\n",
	})
	s.app = app
	digest, err := s.Push(t.Context(), "builder", "v0-test", empty.Image)
	if err != nil {
		t.Fatal(err)
	}
	return s, root, digest
}

// TestInit: the file says the app, its place and gcpdeploy's image, and what is there
// stays.
func TestInit(t *testing.T) {
	t.Parallel()
	s, root, digest := repository(t, "git@example.com:acme/shop.git")
	for _, tt := range []struct {
		system, path string
		says, next   []string
	}{
		{"cloudbuild", "cloudbuild.yaml", []string{"args:", "--source=apps/shop", "--service=shop"}, []string{"gcpdeploy trigger create --build-config=cloudbuild.yaml --source=apps/shop ", "gcpdeploy trigger create --pull-request --source=apps/shop "}},
		{"github", ".github/workflows/gcpdeploy.yml", []string{"id-token: write", "gcpdeploy up --no-release --source=apps/shop --service=shop", "branches: [main]", "/workloadIdentityPools/gcpdeploy/providers/github"},
			[]string{"gcloud iam service-accounts create gcpdeploy-ci ", "assertion.repository == '\\''acme/shop'\\''"}},
		{"gitlab", ".gitlab-ci.yml", []string{"GCPDEPLOY_URL=", "$CI_COMMIT_BRANCH == \"main\"", "/providers/gitlab"}, []string{"--issuer-uri=https://example.com ", "assertion.project_path"}},
		{"drone", ".drone.yml", []string{"dir: apps/shop", "service: shop", "from_secret: gcpdeploy_key"}, []string{"drone secret add --repository=acme/shop"}},
		{"woodpecker", ".woodpecker.yml", []string{"dir: apps/shop", "event: [push, pull_request]"}, []string{"woodpecker-cli repo secret add"}},
	} {
		stdout, stderr := s.run(t, 0, "init", "--ci", tt.system, "--source", s.app, "--dry-run")
		path := filepath.Join(root, tt.path)
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: --dry-run wrote it", tt.system)
		}
		for _, want := range append(tt.says, "/gcpdeploy/builder@"+digest) {
			if !strings.Contains(stdout, want) {
				t.Errorf("%s: no %q in\n%s", tt.system, want, stdout)
			}
		}
		for _, want := range tt.next {
			if !strings.Contains(stderr, want) {
				t.Errorf("%s: no %q in\n%s", tt.system, want, stderr)
			}
		}
		text := stdout
		if stdout, _ = s.run(t, 0, "init", "--ci", tt.system, "--source", s.app); stdout != path+"\n" {
			t.Errorf("%s: %s", tt.system, stdout)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%s: %v\n%s", tt.system, err, got)
		}
		if err := os.WriteFile(path, []byte("mine\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, stderr = s.run(t, 2, "init", "--ci", tt.system, "--source", s.app)
		if !strings.Contains(stderr, "is there already") || !strings.Contains(stderr, "--force") {
			t.Errorf("%s: %s", tt.system, stderr)
		}
		stdout, _ = s.run(t, 0, "init", "--ci", tt.system, "--source", s.app, "--force", "--json")
		var r struct {
			File, Text string
			Written    bool
			Next       []string
		}
		if err := json.Unmarshal([]byte(stdout), &r); err != nil || r.File != path || r.Text != text || !r.Written || len(r.Next) == 0 {
			t.Errorf("%s: %v, %s", tt.system, err, stdout)
		}
	}
}

// TestInitPreview: pull requests are shown, and the line that ends that has no flag that it
// does not take.
func TestInitPreview(t *testing.T) {
	t.Parallel()
	s, _, _ := repository(t, "git@example.com:acme/shop.git")
	for _, system := range []string{"github", "gitlab"} {
		stdout, stderr := s.run(t, 0, "init", "--ci", system, "--preview", "--source", s.app, "--repository", "gcpdeploy", "--dry-run")
		for _, want := range []string{"gcpdeploy up --preview auto --source=apps/shop --service=shop --repository=gcpdeploy", "gcpdeploy preview delete auto --source=apps/shop --service=shop", "init --ci " + system + " --preview --force"} {
			if !strings.Contains(stdout, want) || strings.Contains(stdout, "delete auto --source=apps/shop --service=shop --repository") || strings.Contains(stdout, "--no-release") {
				t.Errorf("%s: no %q in\n%s", system, want, stdout)
			}
		}
		if !strings.Contains(stderr, "--role=roles/run.developer") || !strings.Contains(stderr, "-compute@developer.gserviceaccount.com --role=roles/iam.serviceAccountUser") {
			t.Error(stderr)
		}
		file, env := filepath.Join(s.app, "gcpdeploy.yaml"), "environments: {small: {preview: {as: service}}}\n"
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), env) {
			writeFiles(t, s.app, map[string]string{"gcpdeploy.yaml": string(text) + env})
		}
		if _, stderr := s.run(t, 0, "init", "--ci", system, "--preview", "--env", "small", "--source", s.app, "--dry-run"); strings.Contains(stderr, "-compute@") {
			t.Errorf("who deletes a service need not act as its account:\n%s", stderr)
		}
	}
}

func TestInitRefuses(t *testing.T) {
	t.Parallel()
	s, _, _ := repository(t, "")
	for _, tt := range []struct{ args, message, hint string }{
		{"", "give --ci", "Known are cloudbuild, github, gitlab, drone, woodpecker."},
		{"--ci githbu", `"githbu" is no system`, "Did you mean github?"},
		{"--ci cloudbuild --branch main", "exclude each other", "Leave it out"},
		{"--ci github", "in no git repository", "git remote add origin"},
		{"--ci cloudbuild --preview", "exclude each other", "trigger create --preview"},
		{"--ci woodpecker --preview", "does not say from which repository", "up --preview NAME"},
		{"--ci github --preview --target app-engine", "knows no previews", "Leave it out"},
	} {
		_, stderr := s.run(t, 2, append(append([]string{"init"}, strings.Fields(tt.args)...), "--source", s.app)...)
		if !strings.Contains(stderr, tt.message) || !strings.Contains(stderr, tt.hint) {
			t.Errorf("init %s: %s", tt.args, stderr)
		}
	}
}

// TestCIDocs keeps the examples of docs/ci.md what init writes.
func TestCIDocs(t *testing.T) {
	t.Parallel()
	const path = "../docs/ci.md"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	rest := string(text)
	for _, system := range cifile.Systems {
		mark := "<!-- " + system + " -->\n"
		before, after, ok := strings.Cut(rest, mark)
		if !ok {
			t.Fatalf("no %s in %s", mark, path)
		}
		if _, tail, ok := strings.Cut(after, "<!-- end -->\n"); ok {
			after = tail
		}
		example, err := os.ReadFile("../internal/cifile/testdata/" + system + ".yml")
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(before + mark + "```yaml\n" + string(example) + "```\n<!-- end -->\n")
		rest = after
	}
	b.WriteString(rest)
	golden.Equal(t, b.Bytes(), path)
}

// TestInitNext: the lines that init prints are gcloud's; what the emulators have is
// made by them, and of the rest gcloud at least understands every word.
func TestInitNext(t *testing.T) {
	t.Parallel()
	s, _, _ := repository(t, "https://github.com/acme/shop")
	g := gcloudtest.New(t, s.server, "p-1", "")
	served := 0
	for _, system := range []string{"github", "drone"} {
		args := []string{"init", "--ci", system, "--source", s.app, "--dry-run", "--json"}
		if system == "github" {
			args = append(args, "--preview")
		}
		stdout, _ := s.run(t, 0, args...)
		var r struct{ Next []string }
		if err := json.Unmarshal([]byte(stdout), &r); err != nil {
			t.Fatal(err)
		}
		for _, line := range r.Next {
			if !strings.HasPrefix(line, "gcloud ") || system == "drone" && !strings.Contains(line, " keys ") {
				continue
			}
			c := exec.CommandContext(t.Context(), "bash", "-c", line)
			c.Env, c.Dir = g.Env(), t.TempDir()
			out, err := c.CombinedOutput()
			has := !strings.Contains(line, "workload-identity-pools") && !strings.Contains(line, " keys ")
			if has && err != nil || !has && c.ProcessState.ExitCode() == 2 {
				t.Errorf("%s: %v\n%s", line, err, out)
			}
			if has {
				served++
			}
		}
	}
	if served != 5 {
		t.Errorf("%d lines were served", served)
	}
	g.All(t, gcloudtest.Want{
		Command: "iam service-accounts get-iam-policy gcpdeploy-ci@p-1.iam.gserviceaccount.com",
		Has:     []string{"roles/iam.workloadIdentityUser", "attribute.repository/acme/shop"},
	})
}
