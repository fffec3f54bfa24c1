package builder

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"path"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// TestOptions say what to test and how. Image and Command are required.
type TestOptions struct {
	Image   string            // of the app: the very one that is released
	TestEnv string            // image with the tests' own packages; "" = none
	Command []string          // in exec form
	Folder  string            // where in the image's /app the app lies; "" = there
	Env     map[string]string // the service's plain variables, then the test's
	Labels  map[string]string // of the containers, to find them after a kill
	Slim    plan.Slim         // what the packages of the image are without
	// Services run beside the tests, which find their addresses in variables. Builder is the
	// image of this program, which sees that they listen.
	Services []config.TestService
	Builder  string

	// Keep leaves the test environment's container for the next build on this
	// Docker; who gave Labels removes it some day.
	Keep bool
	Pull Pull // of both images
}

// testDir is where the test environment's packages are.
const testDir = "/testenv"

// Test runs the test command inside the app image. The runner's output goes to
// out as it comes, then one line with the counts. The error of a failed test is
// of kind Build; the result is given then too.
func Test(ctx context.Context, d *docker.Client, o TestOptions, out io.Writer) (r TestResult, err error) {
	if len(o.Command) == 0 {
		return TestResult{}, errs.New(errs.Usage, "Set test.command, or `test: false`.", "there is no test command")
	}
	k := docker.Container{Image: o.Image, Entrypoint: o.Command, WorkDir: path.Join("/app", o.Folder), Labels: o.Labels}
	var img docker.Image
	g, both := errgroup.WithContext(ctx) // each may be on its way here for a while
	g.Go(func() (err error) {
		img, err = here(both, d, o.Image, o.Pull)
		return err
	})
	done := func() {}
	defer func() { done() }()
	if o.TestEnv != "" {
		g.Go(func() error {
			id, removed, err := environment(both, d, o, out)
			if err == nil {
				done, k.VolumesFrom = removed, []string{id + ":ro"}
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return TestResult{}, err
	}
	if len(o.Services) > 0 {
		beside, serr := startServices(ctx, d, o, out)
		defer beside.stop(ctx)
		if serr != nil {
			return TestResult{}, serr
		}
		o.Env = beside.env(o.Env)
		k.Network, k.Hosts = beside.network, beside.hosts()
		defer func() {
			if err != nil && ctx.Err() == nil {
				beside.showLogs(ctx)
			}
		}()
	}
	k.Env = testEnv(o, img.Env)
	var count counter
	exit, err := d.Run(ctx, k, io.MultiWriter(out, &count), io.MultiWriter(out, &count))
	if err != nil {
		return TestResult{}, runError(err)
	}
	r = count.close()
	return r, orSlimmed(verdict(r, exit, o.Command, out), o.Slim, count.missing)
}

// remove removes a container, also after a cancel.
func remove(ctx context.Context, d *docker.Client, id string, out io.Writer) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if err := d.Remove(ctx, id); err != nil {
		fmt.Fprintf(out, "cleaning up: %v\n", err)
	}
}

// runError makes a command that does not exist the user's to mend.
func runError(err error) error {
	text := err.Error()
	if strings.Contains(text, "executable file not found") || strings.Contains(text, "no such file or directory") {
		return errs.New(errs.Build, "Check test.command: the program must be in the image, or in test.requirements.", "starting the tests: %w", err)
	}
	return err
}

// testEnv is the environment of the tests, over the image's own.
func testEnv(o TestOptions, image []string) []string {
	have := map[string]string{}
	for _, kv := range image {
		k, v, _ := strings.Cut(kv, "=")
		have[k] = v
	}
	env := maps.Clone(o.Env)
	if env == nil {
		env = map[string]string{}
	}
	get := func(k string) string { return cmp.Or(env[k], have[k]) }
	if o.TestEnv != "" {
		env["PYTHONPATH"] = strings.TrimSuffix(testDir+":"+get("PYTHONPATH"), ":")
		env["PATH"] = testDir + "/bin:" + cmp.Or(get("PATH"), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	}
	env["PYTHONUNBUFFERED"] = cmp.Or(get("PYTHONUNBUFFERED"), "1") // output as it comes
	if isPytest(o.Command) && !strings.Contains(get("PYTEST_ADDOPTS")+strings.Join(o.Command, " "), "cache") {
		// The app's folder is not writable for it. Not -p no:cacheprovider:
		// that makes --lf and its kin unknown options.
		env["PYTEST_ADDOPTS"] = strings.TrimSpace(get("PYTEST_ADDOPTS") + " -o cache_dir=/tmp/pytest-cache")
	}
	return envLines(env)
}

// isPytest says whether a command is plainly pytest; one that hides it in a
// script of its own is not.
func isPytest(command []string) bool {
	for i, a := range command {
		switch name := path.Base(a); {
		case name == "pytest" || name == "py.test":
			return i == 0 || command[i-1] == "-m"
		}
	}
	return false
}

// verdict turns exit code and counts into the last line and the error.
func verdict(r TestResult, exit int, command []string, out io.Writer) error {
	text := r.String()
	switch {
	case exit == 0 && r.Runner == "":
		fmt.Fprintln(out, "passed; the runner gives no count")
		return nil
	case exit == 0 && r.Total == 0:
		fmt.Fprintln(out, "passed, but no test was run")
		return nil
	case exit == 0:
		fmt.Fprintln(out, text)
		return nil
	case exit == 5 && r.Total == 0 && (r.Runner != "" || isPytest(command)):
		return errs.New(errs.Build, "Add a test, or set `test: false` to release without.", "the test command found no tests (exit 5)")
	case r.Failed+r.Errors > 0:
		fmt.Fprintln(out, text)
		return errs.New(errs.Build, "Mend the tests, or set `test: false` to release without them.", "the tests failed: %s (exit %d)", text, exit)
	case exit == 126 || exit == 127:
		return errs.New(errs.Build, "Check test.command: the program must be in the image, or in test.requirements.", "the test command could not be run (exit %d)", exit)
	}
	return errs.New(errs.Build, "See its output above; `test: false` releases without tests.", "the test command ended with exit code %d", exit)
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// String is the counts as people read them: "11 passed, 1 failed".
func (r TestResult) String() string {
	parts := []string{fmt.Sprintf("%d passed", r.Passed)}
	for _, p := range []struct {
		n    int
		what string
	}{{r.Failed, "failed"}, {r.Errors, plural(r.Errors, "error")}, {r.Skipped, "skipped"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return strings.Join(parts, ", ")
}
