package git

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
)

// Commit is the commit that is checked out, in hexadecimal digits; "" where there is
// none, or its files do not say: those of a repository that keeps its refs in a table.
func (r Repository) Commit() string {
	head, err := line(filepath.Join(r.dir, "HEAD"))
	if err != nil {
		return ""
	}
	ref, symbolic := strings.CutPrefix(head, "ref: ")
	if !symbolic {
		return head
	}
	if !filepath.IsLocal(filepath.FromSlash(ref)) {
		return ""
	}
	if commit, err := line(filepath.Join(r.common, filepath.FromSlash(ref))); err == nil {
		return commit
	}
	return r.packed(ref)
}

// packed finds a ref in the file of those that are not files of their own.
func (r Repository) packed(ref string) string {
	f, err := os.Open(filepath.Join(r.common, "packed-refs"))
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if commit, name, ok := strings.Cut(lines.Text(), " "); ok && name == ref {
			return commit
		}
	}
	return ""
}
