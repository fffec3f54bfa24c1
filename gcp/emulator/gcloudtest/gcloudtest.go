// Package gcloudtest is for tests in which the real gcloud is the judge of the
// emulators: it runs it against them, with none of the user's configuration. A
// call costs a second or two of a CPU, so tests make few, and several at once.
package gcloudtest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
)

// Gcloud runs gcloud as one caller.
type Gcloud struct {
	path string
	env  []string
}

// New gives a gcloud that calls the emulators with the token in a file; "" is
// their owner's. Where none is installed the test is skipped, or fails under
// GCPDEPLOY_REQUIRE_GCLOUD=1.
func New(t testing.TB, s *emulator.Server, project, tokenFile string) Gcloud {
	t.Helper()
	env := s.GcloudEnv(project)
	if tokenFile != "" {
		env = append(env, "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE="+tokenFile)
	}
	return WithEnv(t, env...)
}

// WithEnv gives a gcloud that knows these variables and no others.
func WithEnv(t testing.TB, env ...string) Gcloud {
	t.Helper()
	path, err := exec.LookPath("gcloud")
	if err != nil {
		if os.Getenv("GCPDEPLOY_REQUIRE_GCLOUD") == "1" {
			t.Fatalf("GCPDEPLOY_REQUIRE_GCLOUD=1: %v", err)
		}
		t.Skip("no gcloud here")
	}
	own := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "CLOUDSDK_CONFIG=" + t.TempDir(), "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING=1"}
	return Gcloud{path, append(own, env...)}
}

// Env is what a script needs whose commands are gcloud's.
func (g Gcloud) Env() []string { return slices.Clone(g.env) }

// Run runs a command that must succeed, and gives what it prints.
func (g Gcloud) Run(t testing.TB, args ...string) (stdout, stderr string) {
	t.Helper()
	out, said, err := g.call(t, nil, args)
	if err != nil {
		t.Errorf("gcloud %s: %v\n%s%s", strings.Join(args, " "), err, out, said)
	}
	return out, said
}

// Fails runs a command that must end with an error, and gives what it says of
// each call that it makes.
func (g Gcloud) Fails(t testing.TB, args ...string) string {
	t.Helper()
	out, said, err := g.call(t, []string{"CLOUDSDK_CORE_VERBOSITY=debug"}, args)
	if err == nil {
		t.Errorf("gcloud %s: no error\n%s%s", strings.Join(args, " "), out, said)
	}
	return said
}

func (g Gcloud) call(t testing.TB, env, args []string) (stdout, stderr string, err error) {
	cmd := exec.CommandContext(t.Context(), g.path, args...)
	cmd.Env = append(append(cmd.Env, g.env...), env...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err = cmd.Run()
	return out.String(), said.String(), err
}

// Want is a command, and parts of what it prints, wherever to.
type Want struct {
	Command string // words, without quotes
	Has     []string
	Fails   bool
	Out     *string // where to keep what it prints, without what it says beside that unless it fails
}

// All runs commands at once: none may need what another does.
func (g Gcloud) All(t testing.TB, all ...Want) {
	t.Helper()
	var wg sync.WaitGroup
	for _, w := range all {
		wg.Go(func() {
			args := strings.Fields(w.Command)
			var out, said string
			if w.Fails {
				out = g.Fails(t, args...)
			} else {
				out, said = g.Run(t, args...)
			}
			Contains(t, out+said, w.Has...)
			if w.Out != nil {
				*w.Out = out
			}
		})
	}
	wg.Wait()
}

// Contains holds that a text has all the parts.
func Contains(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q is not in:\n%s", p, text)
		}
	}
}

// File writes a file for a command to read.
func File(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
