package git

import (
	"context"
	"fmt"
	"io"
)

// Clone makes a folder that is there a clone of one commit, without history and
// checked out, as Cloud Build does; the remote's URL is kept as its origin.
// Submodules and what git-lfs keeps elsewhere are not fetched.
func (r Repository) Clone(ctx context.Context, commit, remote, into string, log io.Writer) error {
	if !Hash.MatchString(commit) {
		return fmt.Errorf("%q %w", commit, ErrNoCommit)
	}
	for _, args := range [][]string{
		{"init", "--quiet", "--template="},
		{"remote", "add", "origin", remote},
		{"fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", r.dir, commit},
		{"checkout", "--quiet", "--force", "--no-recurse-submodules", "--detach", commit},
	} {
		if _, err := run(ctx, into, args...); err != nil {
			return err
		}
	}
	fmt.Fprintf(log, "From %s\n * branch            %s -> FETCH_HEAD\nHEAD is now at %s %s\n", remote, commit, commit[:7], r.Subject(ctx, commit))
	return nil
}
