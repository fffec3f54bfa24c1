package git

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// Hash is the name of a commit.
var Hash = regexp.MustCompile(`^(?:[0-9a-f]{40}|[0-9a-f]{64})$`)

// Faults of what a repository is asked for.
var (
	ErrNoRepository = errors.New("is no git repository")
	ErrNoCommit     = errors.New("is no commit of the repository")
	ErrNoFile       = errors.New("is no file of the commit")
)

// Repository is one on this machine. Its zero value is none.
type Repository struct{ dir, work string }

// Open finds the repository that a folder is the root of, or lies in.
func Open(ctx context.Context, dir string) (Repository, error) {
	if !filepath.IsAbs(dir) {
		return Repository{}, fmt.Errorf("%q: the folder of a repository must be an absolute path", dir)
	}
	out, err := run(ctx, dir, "rev-parse", "--path-format=absolute", "--git-common-dir")
	if errors.Is(err, ErrNoGit) || ctx.Err() != nil {
		return Repository{}, err
	}
	if err != nil {
		return Repository{}, fmt.Errorf("%s %w: %w", dir, ErrNoRepository, err)
	}
	return Repository{strings.TrimSuffix(string(out), "\n"), dir}, nil
}

// Dir is its git folder, which all its worktrees share.
func (r Repository) Dir() string { return r.dir }

// Commit is the full hash of what a name is: a hash, refs/heads/…, or a branch or
// tag of that name, the branch first.
func (r Repository) Commit(ctx context.Context, name string) (string, error) {
	tries := []string{name}
	if !Hash.MatchString(name) && !strings.HasPrefix(name, "refs/") {
		tries = []string{"refs/heads/" + name, "refs/tags/" + name}
		if name == "HEAD" || short7.MatchString(name) {
			tries = append(tries, name)
		}
	}
	if name == "" || strings.HasPrefix(name, "-") {
		return "", fmt.Errorf("%q %w", name, ErrNoCommit)
	}
	for _, t := range tries {
		out, err := run(ctx, r.dir, "rev-parse", "--verify", "--quiet", "--end-of-options", t+"^{commit}")
		if err == nil {
			return strings.TrimSpace(string(out)), nil
		}
		if errors.Is(err, ErrNoGit) || ctx.Err() != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("%q %w", name, ErrNoCommit)
}

// short7 are hashes that are cut.
var short7 = regexp.MustCompile(`^[0-9a-f]{7,64}$`)

// File is what a file of a commit has in it.
func (r Repository) File(ctx context.Context, commit, path string) ([]byte, error) {
	path = strings.TrimPrefix(path, "./")
	if !Hash.MatchString(commit) || path == "" || strings.HasPrefix(path, "/") || strings.ContainsAny(path, "\x00\n") {
		return nil, fmt.Errorf("%q %w", path, ErrNoFile)
	}
	spec := commit + ":" + path
	kind, err := run(ctx, r.dir, "cat-file", "-t", spec)
	if errors.Is(err, ErrNoGit) || ctx.Err() != nil {
		return nil, err
	}
	if err != nil || strings.TrimSpace(string(kind)) != "blob" {
		return nil, fmt.Errorf("%q %w", path, ErrNoFile)
	}
	return run(ctx, r.dir, "cat-file", "blob", spec)
}

// Changed are the files that differ between two commits, renamed ones by both names.
func (r Repository) Changed(ctx context.Context, from, to string) ([]string, error) {
	out, err := run(ctx, r.dir, "diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv", from, to)
	return fields(out), err
}

// Files are all files of a commit.
func (r Repository) Files(ctx context.Context, commit string) ([]string, error) {
	out, err := run(ctx, r.dir, "ls-tree", "-r", "-z", "--name-only", commit)
	return fields(out), err
}

// Fork is the last commit that two have in common; their own first one where they
// have none.
func (r Repository) Fork(ctx context.Context, a, b string) string {
	out, err := run(ctx, r.dir, "merge-base", a, b)
	if err != nil {
		return a
	}
	return strings.TrimSpace(string(out))
}

// Refs are branches and tags by their full names, and the commits that they are.
func (r Repository) Refs(ctx context.Context) (map[string]string, error) {
	out, err := run(ctx, r.dir, "for-each-ref", "--format=%(refname)%00%(objectname)%00%(*objectname)%00", "refs/heads", "refs/tags")
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if f := strings.Split(line, "\x00"); len(f) == 4 {
			if all[f[0]] = f[1]; f[2] != "" { // what an annotated tag points to
				all[f[0]] = f[2]
			}
		}
	}
	return all, nil
}

// Subject is the first line of a commit's message.
func (r Repository) Subject(ctx context.Context, commit string) string {
	out, err := run(ctx, r.dir, "show", "--no-patch", "--no-notes", "--no-show-signature", "--format=%s", commit)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// Branch is the one that is checked out.
func (r Repository) Branch(ctx context.Context) (string, error) {
	out, err := run(ctx, r.work, "symbolic-ref", "--quiet", "--short", "HEAD")
	if errors.Is(err, ErrNoGit) || ctx.Err() != nil {
		return "", err
	}
	if err != nil {
		return "", fmt.Errorf("no branch is checked out: HEAD %w", ErrNoCommit)
	}
	return strings.TrimSpace(string(out)), nil
}

// Origin is the URL of the remote named origin, as it is written; "" = there is none.
func (r Repository) Origin(ctx context.Context) string {
	out, err := run(ctx, r.dir, "config", "--get", "remote.origin.url")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// Zero says whether a hash is the one of nothing.
func Zero(hash string) bool { return len(hash) >= 40 && strings.Trim(hash, "0") == "" }
