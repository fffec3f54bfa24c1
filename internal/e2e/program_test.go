package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/cmd"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// isProgram says whether a step is this program as a whole, as one of a schedule or of a
// trigger is, and not one of a plan's.
func isProgram(r worker.StepRequest) bool {
	return strings.Contains(r.Step.Name, "/builder@") && len(r.Step.Args) > 0 && r.Step.Args[0] != "step"
}

// program runs this program in a step, on the worker's Docker, which is the script.
func (s *script) program(ctx context.Context, r worker.StepRequest) (int, error) {
	env := slices.Concat(r.Env, []string{
		"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE=" + filepath.Join(r.Options.Home, ".config", "access_token"), "BUILDER_OUTPUT=" + r.Outputs, machineDir + "=" + s.dir,
	})
	if r.Step.Args[0] == "up" {
		return s.process(ctx, r, env)
	}
	lookup := func(name string) (string, bool) {
		for _, line := range slices.Backward(env) {
			if k, v, _ := strings.Cut(line, "="); k == name {
				return v, true
			}
		}
		return "", false
	}
	streams := ui.Streams{In: strings.NewReader(""), Out: r.Stdout, Err: r.Stderr, Width: func() int { return 80 }}
	// The working directory of the step is the workspace, empty or with a checkout.
	args, source := []string{"gcpdeploy"}, ""
	for _, a := range r.Step.Args {
		if dir, ok := strings.CutPrefix(a, "--source="); ok {
			source = dir
		} else {
			args = append(args, a)
		}
	}
	return cmd.Main(ctx, streams, deps(lookup, r.Options.Home), append(args, "--source="+filepath.Join(r.Options.Workspace, source))), nil
}

// process runs this program in a process of its own, which a test can kill: its ID is in
// the file process.
func (s *script) process(ctx context.Context, r worker.StepRequest, env []string) (int, error) {
	c := exec.CommandContext(ctx, os.Args[0], r.Step.Args...)
	c.Env, c.Dir = append(env, role+"=client", "HOME="+s.dir), r.Options.Workspace
	c.Stdout, c.Stderr = r.Stdout, r.Stderr
	if err := c.Start(); err != nil {
		return 0, err
	}
	err := os.WriteFile(filepath.Join(s.dir, "process"), []byte(strconv.Itoa(c.Process.Pid)), 0o600)
	_ = c.Wait()
	if c.ProcessState.ExitCode() < 0 {
		return 137, err // as Docker tells of a kill
	}
	return c.ProcessState.ExitCode(), err
}
