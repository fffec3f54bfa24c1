package cmd_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
)

const (
	scripts = "../testdata/script"
	apps    = "../testdata/apps"
)

// suite is what the scripts share: the program as users get it, and one set of
// emulators for the scripts that need none of their own.
var suite struct {
	dir   string // of this run, with bin/gcpdeploy and state in it
	build func() error
	serve func() error
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "gcpdeploy-script-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	suite.dir = dir
	os.Setenv("GOTMPDIR", dir) // work dirs go with it
	suite.build = sync.OnceValue(build)
	suite.serve = sync.OnceValue(func() error { return program("local", "start") })
	code := m.Run()
	if err := cleanUp(); err != nil {
		fmt.Fprintln(os.Stderr, "cleaning up:", err)
		return 1
	}
	return code
}

// build makes the static program: it is also what the builder image holds.
func build() error {
	c := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(suite.dir, "bin", "gcpdeploy"), "./gcpdeploy")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("building the program: %w\n%s", err, out)
	}
	return nil
}

// program runs gcpdeploy on the shared emulators.
func program(args ...string) error {
	c := exec.Command(filepath.Join(suite.dir, "bin", "gcpdeploy"), args...)
	c.Env = append(os.Environ(), "GCPDEPLOY_STATE_DIR="+sharedState())
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("gcpdeploy %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

func sharedState() string { return filepath.Join(suite.dir, "state") }

func cleanUp() error {
	var err error
	if _, serr := os.Stat(sharedState()); serr == nil {
		err = program("local", "stop", "--purge")
	}
	return errors.Join(err, os.RemoveAll(suite.dir))
}

// TestScripts runs every script of testdata/script.
func TestScripts(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the scripts build and run the whole program")
	}
	if err := suite.build(); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: scripts,
		// Own state folders live in the work dirs: their cleaning up must succeed.
		Setup:               setUp,
		Condition:           func(name string) (bool, error) { return condition(t, name) },
		Cmds:                commands,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// setUp gives a script the program, the sample apps, a home and a state folder
// of its own, and of the surroundings only how the network and Docker are reached.
func setUp(e *testscript.Env) error {
	home := filepath.Join(e.WorkDir, "home")
	if err := os.MkdirAll(home, 0o755); err != nil {
		return err
	}
	// docker finds its plugins there.
	if user, err := os.UserHomeDir(); err == nil {
		if plugins := filepath.Join(user, ".docker"); exists(plugins) {
			if err := os.Symlink(plugins, filepath.Join(home, ".docker")); err != nil {
				return err
			}
		}
	}
	if err := os.CopyFS(filepath.Join(e.WorkDir, "apps"), os.DirFS(apps)); err != nil {
		return err
	}
	state := filepath.Join(e.WorkDir, "state")
	for _, name := range inherited {
		if v, ok := os.LookupEnv(name); ok {
			e.Setenv(name, v)
		}
	}
	for name, value := range map[string]string{
		"PATH":                 filepath.Join(suite.dir, "bin") + string(os.PathListSeparator) + os.Getenv("PATH"),
		"HOME":                 home,
		"GCPDEPLOY_STATE_DIR":  state,
		"GCPDEPLOY_BASE_IMAGE": dockertest.Image(),
		"GCPDEPLOY_PYTHON":     cmp.Or(os.Getenv("GCPDEPLOY_TEST_PYTHON"), "3.11"),
		"NO_COLOR":             "1",
		// Scripts ask services as everybody may; hello.txtar has a private one.
		"GCPDEPLOY_RUN_ALLOW_UNAUTHENTICATED": "true",
	} {
		e.Setenv(name, value)
	}
	e.Values[processesKey{}] = map[string]*process{}
	e.Defer(func() { showProcesses(e) })
	vars := func() []string { return e.Vars }
	e.Defer(func() {
		if !exists(state) {
			return
		}
		c := exec.Command(filepath.Join(suite.dir, "bin", "gcpdeploy"), "local", "stop", "--purge")
		c.Env = append(vars(), "GCPDEPLOY_STATE_DIR="+state)
		if out, err := c.CombinedOutput(); err != nil {
			e.T().Log("cleaning up:", err, string(out))
		}
	})
	return nil
}

// inherited are the variables of the surroundings that scripts see.
var inherited = []string{
	"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
	"DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "XDG_RUNTIME_DIR",
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return !errors.Is(err, fs.ErrNotExist)
}

// conditions are asked once; each says what is missing.
var conditions = map[string]func() error{
	"docker": sync.OnceValue(dockerAnswers),
	"index":  sync.OnceValue(indexAnswers),
	"gcloud": sync.OnceValue(func() error { return onPath("gcloud") }),
	"pypi": func() error {
		if os.Getenv("GCPDEPLOY_TEST_PYPI") != "1" {
			return errors.New("GCPDEPLOY_TEST_PYPI=1 is not set: only spectrum uses the public index")
		}
		return indexAnswers()
	},
}

// condition says whether a script's surroundings are there. Where Docker is
// required, its absence and the package index's are failures.
func condition(t *testing.T, name string) (bool, error) {
	ask, ok := conditions[name]
	if !ok {
		return false, fmt.Errorf("unknown condition; there are %v", maps.Keys(conditions))
	}
	err := ask()
	if err != nil && os.Getenv("GCPDEPLOY_REQUIRE_DOCKER") == "1" && (name == "docker" || name == "index") {
		t.Errorf("GCPDEPLOY_REQUIRE_DOCKER=1: %v", err)
	}
	return err == nil, nil
}

func onPath(name string) error {
	_, err := exec.LookPath(name)
	return err
}

func dockerAnswers() error {
	ctx := context.Background()
	c, err := docker.New()
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Ping(ctx); err != nil {
		return err
	}
	if ok, err := c.HasImage(ctx, dockertest.Image()); err != nil || !ok {
		return cmp.Or(err, fmt.Errorf("Docker does not have the test base image %s", dockertest.Image()))
	}
	_, err = docker.Command(ctx)
	return err
}

func indexAnswers() error {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodHead, "https://pypi.org/simple/numpy/", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the package index answers %s", resp.Status)
	}
	return nil
}
