package git

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Changed are the files of the work tree that are not as they were at a commit: changed,
// new, renamed or gone, committed or not, without those that git ignores. They are slashed, relative to Root, and
// sorted. It has git itself compare, which must be there.
func (r Repository) Changed(ctx context.Context, commit string) (files []string, err error) {
	if _, err := r.run(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", commit+"^{commit}"); err != nil {
		if _, missing := errors.AsType[*exec.ExitError](err); !missing {
			return nil, err
		}
		if _, err := os.Stat(filepath.Join(r.common, "shallow")); err == nil {
			return nil, errs.New(errs.Usage, "Fetch it: `git fetch origin COMMIT`, or clone with all history (`git fetch --unshallow`; on GitHub Actions fetch-depth: 0).",
				"the git repository %s is a shallow clone, which does not have the commit %s", r.Root, commit)
		}
		return nil, errs.New(errs.Usage, "Give a commit, a branch or a tag of it, such as HEAD~1 or origin/main.", "the git repository %s has no commit %s", r.Root, commit)
	}
	for _, args := range [][]string{
		{"diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", "--end-of-options", commit, "--"},
		{"ls-files", "--others", "--exclude-standard", "-z"},
	} {
		out, err := r.run(ctx, args...)
		if err != nil {
			return nil, err
		}
		files = append(files, strings.FieldsFunc(string(out), func(c rune) bool { return c == 0 })...)
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// run is git in the work tree, which it changes nothing of.
func (r Repository) run(ctx context.Context, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, "git", append([]string{"--no-optional-locks", "-C", r.Root, "-c", "core.fsmonitor=false"}, args...)...)
	c.Env = append(os.Environ(), "LC_ALL=C")
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.Output()
	switch {
	case err == nil:
		return out, nil
	case errors.Is(err, exec.ErrNotFound):
		return nil, errs.New(errs.Usage, "Install git, or leave --changed-since out.", "what has changed only git can say, and there is none: %w", err)
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case said.Len() > 0:
		return nil, errs.New(errs.Usage, "", "git %s: %s", args[0], strings.TrimSpace(said.String()))
	}
	return nil, err
}
