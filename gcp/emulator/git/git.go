// Package git reads git repositories on this machine for the emulators, where
// Google would ask GitHub and its like: which commit a ref is, what a file of it
// says, which files changed, and a clone into a build's workspace. It also keeps
// which folder stands for which remote URL. It knows no trigger and no connection.
//
// Repositories are those of the emulators' owner, yet not trusted: no hook, filter
// or helper that one names is run, no config but git's own defaults is read
// beside the repository's, and no transport but that of local files is used. It
// needs the git program.
package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// ErrNoGit says that there is no git program on the PATH of the emulators.
var ErrNoGit = errors.New("the git program is not installed, or not on the PATH that the emulators were started with")

// safe are options before every command.
var safe = []string{
	"-c", "protocol.allow=never", "-c", "protocol.file.allow=always", "-c", "protocol.version=2",
	"-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.pager=cat",
	"-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "advice.detachedHead=false", "-c", "init.defaultBranch=main",
}

// environment is that of every command: git's own variables of ours would name
// another repository, and other people's config another program.
func environment() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent", "LC_ALL=C",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_SYSTEM=/dev/null", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_ATTR_NOSYSTEM=1",
		"GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_REPLACE_OBJECTS=1", "GIT_NO_LAZY_FETCH=1",
	}
}

// run runs git in a folder and gives what it prints.
func run(ctx context.Context, dir string, args ...string) ([]byte, error) {
	program, err := exec.LookPath("git")
	if err != nil {
		return nil, ErrNoGit
	}
	c := exec.CommandContext(ctx, program, append(append([]string{}, safe...), args...)...)
	c.Dir, c.Env = dir, environment()
	var out, errOut bytes.Buffer
	c.Stdout, c.Stderr = &out, &errOut
	if err := c.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("git %s: %w: %s", command(args), err, short(errOut.String()))
	}
	return out.Bytes(), nil
}

func command(args []string) string {
	for _, a := range args {
		if !strings.HasPrefix(a, "-") {
			return a
		}
	}
	return ""
}

// short is the first lines of what git says.
func short(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > 500 {
		text = text[:500] + "…"
	}
	return text
}

// fields are what lies between zero bytes.
func fields(out []byte) []string {
	if len(out) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}
