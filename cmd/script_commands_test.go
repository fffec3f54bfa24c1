package cmd_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
)

// commands are what the scripts can do beside testscript's own; each says its
// usage.
var commands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"emulators": useShared,
	"compilers": useCompilers,
	"exits":     exits,
	"http":      get,
	"call":      call,
	"json":      jsonIs,
	"near":      near,
	"setjson":   setJSON,
	"setfile":   setFile,
	"replace":   replaceIn,
	"start":     start,
	"waitfor":   waitFor,
	"signal":    signal,
	"finish":    finish,
	"calls":     countCalls,
	"index":     serveIndex,
	"publish":   publish,
	"gcloud":    gcloud,
	"expand":    expand,
	"gone":      gone,
	"private":   servePrivate,
	"overtls":   serveOverTLS,
	"submit":    submit,
	"sameimage": sameImage,
	"nothing":   nothing,
	"built":     built,
	"logged":    logged,
	"hidden":    hidden,
	"plugin":    usePlugin,
	"webhook":   serveWebhook,
	"secret":    keepSecret,
}

func usage(ts *testscript.TestScript, ok bool, text string) {
	if !ok {
		ts.Fatalf("usage: %s", text)
	}
}

// useShared starts the suite's emulators, if nobody did, and uses them.
func useShared(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 0, "emulators")
	ts.Check(suite.serve())
	ts.Setenv("GCPDEPLOY_STATE_DIR", sharedState())
}

// useCompilers makes the base image one that has compilers.
func useCompilers(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 0, "compilers")
	image, err := dockertest.Having(context.Background(), dockertest.Compilers...)
	ts.Check(err)
	ts.Setenv("GCPDEPLOY_BASE_IMAGE", image)
}

// exits runs a program that must end with the code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 1, "exits CODE PROGRAM [ARGUMENT…]")
	err := ts.Exec(args[1], args[2:]...)
	if got := exitCode(err); strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit %d, want %s (%v)", got, args[0], err)
	}
}

func exitCode(err error) int {
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return e.ExitCode()
	}
	if err != nil {
		return -1
	}
	return 0
}

// setFile keeps a file's text, or the last output ("stdout"), in a variable.
func setFile(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "setfile VARIABLE FILE")
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile(args[1])))
}

// replaceIn changes a text in a file, which must be there.
func replaceIn(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 3, "replace FILE OLD NEW")
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%q is not in %s", args[1], args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o666))
}

// expand writes a file with the $VARIABLES in it replaced.
func expand(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "expand FROM TO")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(os.Expand(ts.ReadFile(args[0]), ts.Getenv)), 0o666))
}

// gcloud runs the real gcloud as someone would who did as the README says.
func gcloud(ts *testscript.TestScript, neg bool, args []string) {
	err := ts.Exec("sh", append([]string{"-c", `eval "$(gcpdeploy local env)" && exec gcloud "$@"`, "gcloud"}, args...)...)
	if (err != nil) != neg {
		ts.Fatalf("gcloud %s: exit %d", strings.Join(args, " "), exitCode(err))
	}
}

// gone waits until no container's image matches: the build's end is known a
// moment before the last of it is removed.
func gone(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "gone REGEXP")
	for tick := time.Tick(100 * time.Millisecond); ; <-tick {
		ts.Check(ts.Exec("docker", "ps", "-a", "--no-trunc", "--format", "{{.Image}} {{.Names}}"))
		if !regexp.MustCompile(args[0]).MatchString(ts.ReadFile("stdout")) {
			return
		}
	}
}

// process is a program in the background, whose output goes to NAME.out and
// NAME.err of the work dir.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

type processesKey struct{}

func processes(ts *testscript.TestScript) map[string]*process {
	return ts.Value(processesKey{}).(map[string]*process)
}

// start runs a program in the background.
func start(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 1, "start NAME PROGRAM [ARGUMENT…]")
	name := args[0]
	c := &exec.Cmd{Path: lookPath(ts, args[1]), Args: args[1:], Dir: ts.MkAbs("."), Env: environment(ts)}
	for ext, to := range map[string]*io.Writer{".out": &c.Stdout, ".err": &c.Stderr} {
		f, err := os.Create(ts.MkAbs(name + ext))
		ts.Check(err)
		defer f.Close()
		*to = f
	}
	ts.Check(c.Start())
	p := &process{cmd: c, done: make(chan struct{})}
	go func() {
		p.err = c.Wait()
		close(p.done)
	}()
	processes(ts)[name] = p
	ts.Defer(func() {
		_ = c.Process.Kill()
		<-p.done
	})
}

func lookPath(ts *testscript.TestScript, name string) string {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if file := filepath.Join(dir, name); exists(file) {
			return file
		}
	}
	ts.Fatalf("%s is not on the PATH", name)
	return ""
}

// environment is what the script's programs see, of what ours need.
func environment(ts *testscript.TestScript) []string {
	var env []string
	for _, name := range append([]string{"PATH", "HOME", "GCPDEPLOY_STATE_DIR", "GCPDEPLOY_BASE_IMAGE", "GCPDEPLOY_PYTHON", "GCPDEPLOY_RUN_ALLOW_UNAUTHENTICATED", "NO_COLOR"}, inherited...) {
		if v := ts.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return env
}

func background(ts *testscript.TestScript, name string) *process {
	p, ok := processes(ts)[name]
	if !ok {
		ts.Fatalf("no process was started as %s", name)
	}
	return p
}

// waitFor waits until a background program has printed what matches.
func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "waitfor NAME REGEXP")
	p := background(ts, args[0])
	want := regexp.MustCompile("(?m)" + args[1])
	tick := time.Tick(20 * time.Millisecond)
	for ended := false; ; {
		text := ts.ReadFile(args[0]+".out") + ts.ReadFile(args[0]+".err")
		if want.MatchString(text) {
			return
		}
		if ended {
			ts.Fatalf("%s ended without printing %q:\n%s", args[0], args[1], text)
		}
		select {
		case <-p.done:
			ended = true // it may have printed it at last
		case <-tick:
		}
	}
}

// signal sends INT or KILL to a background program.
func signal(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]os.Signal{"INT": os.Interrupt, "KILL": os.Kill}
	usage(ts, !neg && len(args) == 2 && signals[args[1]] != nil, "signal NAME INT|KILL")
	ts.Check(background(ts, args[0]).cmd.Process.Signal(signals[args[1]]))
}

// finish waits for a background program, which must end with the code; -1 is
// the end by a signal.
func finish(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "finish NAME CODE")
	p := background(ts, args[0])
	<-p.done
	fmt.Fprint(ts.Stdout(), ts.ReadFile(args[0]+".out"))
	fmt.Fprint(ts.Stderr(), ts.ReadFile(args[0]+".err"))
	if got := exitCode(p.err); strconv.Itoa(got) != args[1] {
		ts.Fatalf("%s: exit %d, want %s\n%s%s", args[0], got, args[1], ts.ReadFile(args[0]+".out"), ts.ReadFile(args[0]+".err"))
	}
}
