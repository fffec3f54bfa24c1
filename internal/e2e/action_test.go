package e2e

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// action is as much of GitHub's action as a runner reads.
type action struct {
	Inputs  map[string]struct{ Default string }
	Outputs map[string]struct{ Value string }
	Runs    struct {
		Steps []struct {
			ID, Run, Shell string
			Env            map[string]string
		}
	}
}

var input = regexp.MustCompile(`^\$\{\{ inputs\.([a-z-]+) \}\}$`)

// runner stands for GitHub's: it runs the action's steps, with a docker that has one
// image, which holds this test as the client.
func (w *world) runner(t *testing.T, env, inputs map[string]string) (exit int, log string) {
	t.Helper()
	text, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var a action
	if err := yaml.Unmarshal(text, &a); err != nil {
		t.Fatal(err)
	}
	temp, bin := t.TempDir(), t.TempDir()
	docker := fmt.Sprintf("#!/bin/bash\necho \"$@\" >> %q\ncase $1 in login) cat >> %[1]q; echo >> %[1]q;; create) echo c0ffee;; cp) cp %q \"$3\";; esac\n", filepath.Join(w.dir, "docker.log"), os.Args[0])
	if err := os.WriteFile(filepath.Join(bin, "docker"), []byte(docker), 0o700); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, step := range a.Runs.Steps {
		if step.Shell != "bash" || strings.Contains(step.Run, "${{") {
			t.Fatalf("a step is run by %s, or has text that its inputs become part of", step.Shell)
		}
		c := exec.CommandContext(t.Context(), "bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step.Run)
		c.Dir = w.dir
		c.Env = []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + w.dir, "RUNNER_TEMP=" + temp, role + "=client"}
		for name, value := range env {
			c.Env = append(c.Env, name+"="+value)
		}
		for name, value := range step.Env {
			m := input.FindStringSubmatch(value)
			if m == nil {
				t.Fatalf("%s: %s is no input", name, value)
			}
			given, ok := inputs[m[1]]
			if !ok {
				given = a.Inputs[m[1]].Default
			}
			c.Env = append(c.Env, name+"="+given)
		}
		c.Stdout, c.Stderr = &out, &out
		if err := c.Run(); err != nil {
			return c.ProcessState.ExitCode(), out.String()
		}
	}
	return 0, out.String()
}

// TestAction: GitHub's action gets the program out of its image, deploys, hands on
// what came of it, and takes no input for a command.
func TestAction(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	outputs := filepath.Join(w.dir, "output")
	env := w.in(map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": w.dir, "GITHUB_OUTPUT": outputs, "GITHUB_STEP_SUMMARY": filepath.Join(w.dir, "summary"),
		"GITHUB_EVENT_NAME": "pull_request", "GITHUB_REPOSITORY": "acme/hello",
	})
	inputs := map[string]string{"image": "europe-west1-docker.pkg.dev/p/gcpdeploy/builder@sha256:" + strings.Repeat("a", 64), "access-token": "t0ken", "source": w.app, "args": "--label-nobody-knows=$(touch evil)\n"}
	if exit, log := w.runner(t, env, inputs); exit != 2 || !strings.Contains(log, "::error title=gcpdeploy::") {
		t.Errorf("an argument that there is not: exit %d\n%s", exit, log)
	}
	inputs["args"] = "--set-env-vars=A=$(touch evil)\n\n"
	exit, log := w.runner(t, env, inputs)
	if exit != 0 || !strings.Contains(log, "tested, and not released") {
		t.Fatalf("a pull request: exit %d\n%s", exit, log)
	}
	env["GITHUB_EVENT_NAME"] = "push"
	if exit, log = w.runner(t, env, inputs); exit != 0 {
		t.Fatalf("a push: exit %d\n%s", exit, log)
	}
	text, err := os.ReadFile(outputs)
	if err != nil {
		t.Fatal(err)
	}
	if url := w.plan(t, w.app).Current.URL; url == "" || !strings.Contains(string(text), "\n"+url+"\n") || !strings.Contains(log, url) {
		t.Errorf("%s is not among the outputs:\n%s", url, text)
	}
	calls, err := os.ReadFile(filepath.Join(w.dir, "docker.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"login --username oauth2accesstoken --password-stdin https://europe-west1-docker.pkg.dev\nt0ken\n", "create " + inputs["image"], "cp c0ffee:/gcpdeploy ", "logout "} {
		if !strings.Contains(string(calls), want) {
			t.Errorf("no %q among docker's calls:\n%s", want, calls)
		}
	}
	if _, err := os.Stat(filepath.Join(w.dir, "evil")); err == nil {
		t.Error("an input was run as a command")
	}
	by := maps.Clone(inputs)
	by["image"] = "europe-west1-docker.pkg.dev/p/gcpdeploy/builder:latest"
	if exit, log := w.runner(t, env, by); exit != 2 || !strings.Contains(log, "by digest") {
		t.Errorf("an image by tag: exit %d\n%s", exit, log)
	}
}
