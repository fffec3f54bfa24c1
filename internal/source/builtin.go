package source

import (
	"fmt"
	"slices"
	"strings"
)

// venvMark is the file that makes a folder a virtual environment (PEP 405).
const venvMark = "pyvenv.cfg"

// builtin says why a name stays out of a tree that has no rules at all.
func builtin(name string) string {
	switch name {
	case ".git":
		return "git's own data"
	case "__pycache__":
		return "what Python compiled"
	}
	return ""
}

// leftover are files with credentials that google-github-actions/auth leaves in a
// checkout: never a part of an app, and other ones in each run.
func leftover(name string) bool {
	return strings.HasPrefix(name, "gha-creds-") && strings.HasSuffix(name, ".json")
}

// notes say what builtin left out, so that nobody wonders.
func (s *scanner) notes() []string {
	if len(s.skipped) == 0 {
		return nil
	}
	slices.Sort(s.skipped)
	return []string{fmt.Sprintf("there is no %s, so .git, __pycache__ and virtual environments stay out: %s", ignoreName, some(s.skipped))}
}

// some lists the first few.
func some(list []string) string {
	if len(list) <= 4 {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:3], ", "), len(list)-3)
}
