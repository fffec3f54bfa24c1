package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/cmd"
	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/contract"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// life is an app, the project that it lives in, and the program that is run there.
type life struct {
	contract.Place
	dir     string
	answers string // what somebody at a terminal says; "" = nobody is there
	program func(ctx context.Context, args []string) (out, said string, exit int)
}

// TestLife: a new project is set up, an app deployed, deployed again, changed and
// refreshed, and all of it is removed. `make live` runs it on a project at Google;
// else it runs on emulators that enforce rights, with the builds' steps scripted.
func TestLife(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	// Ctrl-C ends the run and not what cleans up after it.
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt)
	defer stop()
	l.alone(ctx, t)
	t.Cleanup(func() {
		if t.Failed() || ctx.Err() != nil {
			l.remove(context.WithoutCancel(ctx), t)
		}
	})
	l.run(ctx, t, 1, "doctor")
	l.run(ctx, t, 0, "setup --yes")
	l.run(ctx, t, 0, "doctor")
	l.run(ctx, t, 0, "setup", "nothing to do")
	l.run(ctx, t, 0, "up", "the runtime is ", "100 %")
	l.serves(ctx, t, "hello")
	l.run(ctx, t, 0, "up", "nothing to do")

	l.edit(t, "hello", "changed")
	if got := l.run(ctx, t, 0, "up", "runtime", "hit"); strings.Contains(got, "the runtime is ") {
		t.Errorf("a line of the app makes the runtime again:\n%s", got)
	}
	l.serves(ctx, t, "changed")
	l.run(ctx, t, 0, "wheels refresh", "nothing to do")
	l.run(ctx, t, 0, "status")
	l.remove(ctx, t)
}

// TestOffer: `up` in a project that is not set up says so and changes nothing, or
// does all of it for somebody who agrees.
func TestOffer(t *testing.T) {
	t.Parallel()
	l, ctx := newLife(t), t.Context()
	var r struct {
		Error struct{ Kind, Message, Hint string }
	}
	lines := strings.Split(strings.TrimSpace(l.run(ctx, t, 4, "up --json")), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil || r.Error.Kind != "auth" || !strings.Contains(r.Error.Message, "my-project is not set up for deploys to europe-west1: it lacks APIs") ||
		r.Error.Hint != "Run `gcpdeploy setup --project my-project --region europe-west1`." {
		t.Errorf("%v: %+v in %q", err, r, lines)
	}
	l.answers = "no\n"
	l.run(ctx, t, 130, "up", "+ repository gcpdeploy", "Make what lacks, and go on? [y/N]", "nothing was changed")
	l.run(ctx, t, 0, "setup --undo", "was made by setup")
	l.answers = "yes\n"
	l.run(ctx, t, 0, "up", "Make what lacks, and go on? [y/N]", "serves after")
	l.serves(ctx, t, "hello")
	l.answers = ""
	l.run(ctx, t, 0, "setup", "nothing to do")
}

func newLife(t *testing.T) *life {
	t.Helper()
	l := &life{dir: filepath.Join(t.TempDir(), "app")}
	l.Place = contract.At(t, func() emulator.Options {
		dir := t.TempDir()
		state := filepath.Join(dir, "state")
		return emulator.Options{
			Dir: state, Executor: &script{dir, func() time.Duration { return 0 }}, Containers: newContainers(filepath.Join(state, "token")),
			Projects: frame.Projects{Known: []string{"my-project"}, New: true}, Rights: true,
		}
	})
	l.program = l.inProcess
	if l.URL == "" {
		l.program = l.installed
	}
	if err := os.CopyFS(l.dir, os.DirFS("../../testdata/apps/hello")); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{
		"gcpdeploy.yaml":   "service: " + contract.Name() + "\nproject: " + l.Project + "\nregion: " + l.Region + "\n",
		"requirements.txt": "markupsafe\n", // has native code, and depends on nothing
		".python-version":  "3.12\n",
	} {
		if err := os.WriteFile(filepath.Join(l.dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// inProcess runs the program of this test on the emulators.
func (l *life) inProcess(ctx context.Context, args []string) (out, said string, exit int) {
	env := map[string]string{"GCPDEPLOY_BASE_IMAGE": "127.0.0.1:1/python:3.12"}
	for _, line := range (gcp.Config{Endpoints: gcp.Endpoints{Base: l.URL}, TokenFile: l.TokenFile}).Environment() {
		name, value, _ := strings.Cut(line, "=")
		env[name] = value
	}
	d := deps(func(name string) (string, bool) { v, ok := env[name]; return v, ok }, l.dir)
	d.Exe = "/bin/true" // becomes the builder image, which a scripted step does not run
	var o, e bytes.Buffer
	s := ui.Streams{In: strings.NewReader(l.answers), Out: &o, Err: &e, Answers: l.answers != "", Width: func() int { return 80 }}
	exit = cmd.Main(ctx, s, d, args)
	return o.String(), e.String(), exit
}

// installed runs the program that `make live` built.
func (l *life) installed(ctx context.Context, args []string) (out, said string, exit int) {
	c := exec.CommandContext(ctx, os.Getenv("GCPDEPLOY_LIVE_PROGRAM"), args[1:]...)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) } // so that it cancels its build
	c.WaitDelay = time.Minute
	var o, e bytes.Buffer
	c.Stdout, c.Stderr = &o, &e
	err := c.Run()
	if exited := new(exec.ExitError); err != nil && !errors.As(err, &exited) {
		return "", err.Error(), -1
	}
	return o.String(), e.String(), c.ProcessState.ExitCode()
}

// call runs a command on the app.
func (l *life) call(ctx context.Context, words string) (out, said string, exit int) {
	return l.program(ctx, append([]string{"gcpdeploy"}, append(strings.Fields(words), "--source", l.dir)...))
}

// run is call, and the test ends where the command does not as it should.
func (l *life) run(ctx context.Context, t *testing.T, want int, words string, texts ...string) string {
	t.Helper()
	began := time.Now()
	out, said, exit := l.call(ctx, words)
	t.Logf("gcpdeploy %s: %v", words, time.Since(began).Round(time.Millisecond))
	if exit != want {
		t.Fatalf("gcpdeploy %s: exit code %d, want %d\n%s%s", words, exit, want, out, said)
	}
	for _, text := range texts {
		if !strings.Contains(out+said, text) {
			t.Errorf("gcpdeploy %s: no %q in\n%s%s", words, text, out, said)
		}
	}
	return out + said
}

// alone ends the test where something of setup's is there already, which setup
// --undo would take from whoever uses it.
func (l *life) alone(ctx context.Context, t *testing.T) {
	t.Helper()
	out, said, exit := l.call(ctx, "setup --dry-run --json")
	var r struct {
		Steps []struct{ Kind, Name, State string }
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil || exit != 0 {
		t.Fatalf("setup --dry-run: %d, %v\n%s%s", exit, err, out, said)
	}
	for _, s := range r.Steps {
		if s.State != "missing" && (s.Kind == "service_account" || s.Kind == "repository" || s.Kind == "bucket") {
			t.Fatalf("%s, %s is set up already: it has %s. What is tested removes all that setup makes: take a project of its own, or run `gcpdeploy setup --undo` there.", l.Project, l.Region, s.Name)
		}
	}
}

// serves asks the service, as who is private needs it.
func (l *life) serves(ctx context.Context, t *testing.T, want string) {
	t.Helper()
	l.Eventually(t, "the service", func() (bool, string) {
		out, said, exit := l.call(ctx, "curl --fail")
		return exit == 0 && strings.Contains(out, want), out + said
	})
}

// edit changes a word of the app and of its test.
func (l *life) edit(t *testing.T, from, to string) {
	t.Helper()
	for _, name := range []string{"wsgi.py", "test_hello.py"} {
		path := filepath.Join(l.dir, name)
		text, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(path, bytes.ReplaceAll(text, []byte(from+`\n`), []byte(to+`\n`)), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// remove takes away all that was made, and looks that nothing is left.
func (l *life) remove(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, words := range []string{"down", "setup --undo --yes"} {
		if out, said, exit := l.call(ctx, words); exit != 0 {
			t.Errorf("gcpdeploy %s: exit code %d; run it again in %s\n%s%s", words, exit, l.Project, out, said)
		}
	}
	l.Eventually(t, "after setup --undo", func() (bool, string) {
		out, said, exit := l.call(ctx, "setup --undo")
		return exit == 0 && strings.Contains(out+said, "was made by setup"), out + said
	})
}
