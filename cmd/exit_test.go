package cmd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/cmd"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// inProcess runs the program without a process.
func inProcess(ctx context.Context, env map[string]string, home string, args ...string) (exit int, stdout, stderr string) {
	var out, err bytes.Buffer
	s := ui.Streams{In: strings.NewReader(""), Out: &out, Err: &err, Width: func() int { return 80 }}
	d := deps(env)
	d.Home = home
	exit = cmd.Main(ctx, s, d, append([]string{"gcpdeploy"}, args...))
	return exit, out.String(), err.String()
}

// deps are surroundings with some variables, and no home.
func deps(env map[string]string) cmd.Deps {
	return cmd.Deps{
		Version: func() string { return "v0-test" }, Now: time.Now,
		Lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	}
}

// smallApp writes an app; more are its files beside the usual ones.
func smallApp(t *testing.T, more map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"requirements.txt": "flask==3.0.0\n", "wsgi.py": "app\n",
		"gcpdeploy.yaml": "service: hello\nproject: p-1\nregion: r\npython: '3.12'\nentrypoint: [python, wsgi.py]\ntest: false\nbase_image: 127.0.0.1:1/python:3\n",
	}
	for name, text := range more {
		files[name] = text
	}
	writeFiles(t, dir, files)
	return dir
}

// google is emulators without Docker, and the variables that lead to them.
func google(t *testing.T) map[string]string {
	t.Helper()
	s := emulated(t)
	return at(s.URL(), s.TokenFile())
}

func emulated(t *testing.T) *emulator.Server { return executing(t, nil) }

// executing is emulators whose builds' steps are run by e.
func executing(t *testing.T, e worker.Executor) *emulator.Server {
	t.Helper()
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: t.TempDir(), Executor: e})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return s
}

func at(url, tokenFile string) map[string]string {
	env := map[string]string{"GCPDEPLOY_REGISTRY": url, "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": tokenFile}
	for _, api := range []string{"CLOUDBUILD", "STORAGE", "ARTIFACTREGISTRY", "RUN", "APPENGINE", "LOGGING", "SERVICEUSAGE", "CLOUDRESOURCEMANAGER", "IAM", "SECRETMANAGER"} {
		env["CLOUDSDK_API_ENDPOINT_OVERRIDES_"+api] = url
	}
	return env
}

// TestExitCodes: each kind of failure has its code, is told once in the form
// that was asked for, and says what to do.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	app := smallApp(t, nil)
	emulators := google(t)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("of another place"), 0o600); err != nil {
		t.Fatal(err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for _, tt := range []struct {
		name    string
		ctx     context.Context
		env     map[string]string
		args    []string
		exit    int
		kind    string
		message string
		hint    string
		place   string
	}{
		{name: "unknown command", args: []string{"plna"}, exit: 2, kind: "usage", message: `unknown command "plna"`, hint: "Did you mean `gcpdeploy plan`?"},
		{name: "unknown command of local", args: []string{"local", "strat"}, exit: 2, kind: "usage", message: `unknown command "strat"`, hint: "Did you mean `gcpdeploy local start`?"},
		{name: "unknown flag", args: []string{"up", "--porject=x"}, exit: 2, kind: "usage", message: "porject", hint: "gcpdeploy up --help"},
		{name: "left over", args: []string{"up", "folder"}, exit: 2, kind: "usage", message: `unexpected argument "folder"`, hint: "--source"},
		{name: "flags behind what is left over", args: []string{"plan", "folder", "--local"}, exit: 2, kind: "usage", message: `unexpected argument "folder"`},
		{name: "no such folder", args: []string{"up", "--source", "/does/not/exist"}, exit: 2, kind: "usage", message: "/does/not/exist"},
		{name: "unknown key", args: []string{"up", "--source", smallApp(t, map[string]string{"gcpdeploy.yaml": "service: a\nregoin: x\n"})}, exit: 2, kind: "usage", message: "regoin", hint: "region", place: "gcpdeploy.yaml"},
		{name: "invalid service", args: []string{"plan", "--source", app, "--service", "No_Good"}, exit: 2, kind: "usage", message: "No_Good"},
		{name: "reserved service", args: []string{"plan", "--source", app, "--service", "wheels"}, exit: 2, kind: "usage", message: "wheels"},
		{name: "no such requirements", args: []string{"plan", "--source", app, "--requirements", "nope.txt"}, exit: 2, kind: "usage", message: "nope.txt"},
		{name: "bad requirement", args: []string{"plan", "--source", smallApp(t, map[string]string{"requirements.txt": "flask\nnumpy===\n"})}, exit: 2, kind: "usage", message: "requirements.txt:2", place: "requirements.txt"},
		{name: "no project", args: []string{"plan", "--source", smallApp(t, map[string]string{"gcpdeploy.yaml": "service: hello\npython: '3.12'\nentrypoint: [python]\n"})}, exit: 2, kind: "usage", message: "project"},
		{name: "no emulators", args: []string{"local", "env"}, exit: 2, kind: "usage", message: "do not run", hint: "gcpdeploy local start"},
		{name: "no build", args: []string{"step", "publish"}, exit: 2, kind: "usage", message: "reading the plan", hint: "for the steps of a build"},
		{name: "no credentials", env: at(emulators["GCPDEPLOY_REGISTRY"], "/does/not/exist"), args: []string{"plan", "--source", app}, exit: 4, kind: "auth", message: "/does/not/exist"},
		{name: "another's token", env: at(emulators["GCPDEPLOY_REGISTRY"], token), args: []string{"plan", "--source", app}, exit: 4, kind: "auth", hint: "gcpdeploy local stop"},
		{name: "nobody answers", env: at("http://127.0.0.1:1/", token), args: []string{"plan", "--source", app}, exit: 75, kind: "transient", hint: "gcpdeploy local status"},
		{name: "no builder image", env: emulators, args: []string{"up", "--source", app}, exit: 4, kind: "auth", message: "builder image", hint: "gcpdeploy setup --project"},
		{name: "no service", env: emulators, args: []string{"status", "--source", app}, exit: 1, kind: "not_found", message: "no service hello", hint: "gcpdeploy up"},
		{name: "no build of it", env: emulators, args: []string{"logs", "--build", "--source", app}, exit: 1, kind: "not_found", message: "no build of hello"},
		{name: "Ctrl-C", ctx: stopped, env: emulators, args: []string{"up", "--source", app}, exit: 130, kind: "interrupted", message: "interrupted"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.ctx == nil {
				tt.ctx = t.Context()
			}
			env := map[string]string{"GCPDEPLOY_STATE_DIR": t.TempDir()}
			for k, v := range tt.env {
				env[k] = v
			}
			exit, stdout, stderr := inProcess(tt.ctx, env, t.TempDir(), tt.args...)
			if exit != tt.exit {
				t.Errorf("exit %d, want %d\n%s%s", exit, tt.exit, stdout, stderr)
			}
			if stdout != "" {
				t.Errorf("on stdout: %q", stdout)
			}
			_, hint, _ := strings.Cut(stderr, "hint: ")
			if !strings.Contains(stderr, "error: ") || !strings.Contains(stderr, tt.message) || tt.hint != "" && !strings.Contains(hint, tt.hint) {
				t.Errorf("on stderr: %q, want %q with the hint %q", stderr, tt.message, tt.hint)
			}
			if tt.args[0] == "local" || tt.args[0] == "step" { // have no --json everywhere
				return
			}
			exit, stdout, stderr = inProcess(tt.ctx, env, t.TempDir(), append([]string{tt.args[0], "--json"}, tt.args[1:]...)...)
			var e struct {
				Type  string
				Error struct {
					Kind, Message, Hint string
					Place               *struct{ File string }
				}
			}
			if err := json.Unmarshal([]byte(stdout), &e); err != nil || strings.Count(stdout, "\n") != 1 {
				t.Fatalf("--json: %v in %q; stderr %q", err, stdout, stderr)
			}
			if exit != tt.exit || stderr != "" && tt.args[0] == "up" || e.Type != "error" || e.Error.Kind != tt.kind ||
				!strings.Contains(e.Error.Message, tt.message) || !strings.Contains(e.Error.Hint, tt.hint) {
				t.Errorf("--json: exit %d, %+v, stderr %q", exit, e, stderr)
			}
			if tt.place != "" && (e.Error.Place == nil || !strings.HasSuffix(e.Error.Place.File, tt.place)) {
				t.Errorf("--json: place %+v, want %s", e.Error.Place, tt.place)
			}
		})
	}
}

// TestHelp: help is no error, and goes to stdout.
func TestHelp(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"--help"}, {"up", "--help"}, {"local"}} {
		exit, stdout, stderr := inProcess(t.Context(), nil, t.TempDir(), args...)
		if exit != 0 || !strings.Contains(stdout, "USAGE") || stderr != "" {
			t.Errorf("%v: %d, %q, %q", args, exit, stdout, stderr)
		}
	}
}

// TestHelpSections: flags stand below their headings, in the order of use.
func TestHelpSections(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args string
		want string // the headings, and some flags
	}{
		{"up", "OPTIONS: --async WHERE: --source --target WHAT TO BUILD: --python TESTS: --test SERVICE: --memory BUILD: --machine-type OUTPUT: --json --help"},
		{"logs", "OPTIONS: --build --limit WHERE: --source --service OUTPUT: --json"},
		{"key", "COMMANDS: OPTIONS: --explain WHERE: --source WHAT TO BUILD: --python TESTS: --test OUTPUT: --json"},
		{"version", "OPTIONS: --json --help"},
	} {
		_, help, _ := inProcess(t.Context(), nil, t.TempDir(), tt.args, "--help")
		rest := help
		for _, want := range regexp.MustCompile(`[A-Z][A-Z ]+:|--\S+`).FindAllString(tt.want, -1) {
			_, after, ok := strings.Cut(rest, "\n"+want)
			if strings.HasPrefix(want, "--") {
				_, after, ok = strings.Cut(rest, "\n   "+want)
			}
			if !ok {
				t.Errorf("%s: no %s in its place:\n%s", tt.args, want, help)
				break
			}
			rest = after
		}
		if got, want := len(regexp.MustCompile(`(?m)^[A-Z ]+:$`).FindAllString(help, -1)), strings.Count(tt.want, ":")+2; got != want { // NAME and USAGE too
			t.Errorf("%s: %d headings, want %d:\n%s", tt.args, got, want, help)
		}
	}
}

// TestPlanChangesNothing: plan needs no builder image, and makes no repository
// to put one in.
func TestPlanChangesNothing(t *testing.T) {
	t.Parallel()
	env := google(t)
	app := smallApp(t, nil)
	for range 2 {
		exit, stdout, stderr := inProcess(t.Context(), env, t.TempDir(), "plan", "--json", "--source", app)
		var p struct {
			Service, Builder string
			Notes            []string
			Keys             map[string]struct{ Status string }
		}
		if err := json.Unmarshal([]byte(stdout), &p); exit != 0 || err != nil {
			t.Fatalf("%d, %v: %s%s", exit, err, stdout, stderr)
		}
		if p.Service != "hello" || p.Keys["runtime"].Status != "miss" || p.Keys["testenv"].Status != "none" {
			t.Errorf("%+v", p)
		}
		if !strings.HasSuffix(p.Builder, "/p-1/gcpdeploy/builder:v0-test") || !strings.Contains(strings.Join(p.Notes, "\n"), "builder image") {
			t.Errorf("builder %q, notes %q", p.Builder, p.Notes)
		}
	}
}
