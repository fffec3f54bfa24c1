package source

import (
	"path"
	"strings"
)

// gitRule is the same line as git reads it. It decides nothing: it is here to
// tell the user where gcloud's reading of a .gitignore is not git's.
type gitRule struct {
	negated bool
	dirOnly bool
	base    bool // no slash: about the name at any depth
	pattern string
}

// parseGitRule reads a line of a .gitignore; nil when it is blank.
func parseGitRule(line string) *gitRule {
	line = trimSpaces(line)
	if line == "" || line[0] == '#' {
		return nil
	}
	g := &gitRule{}
	line, g.negated = strings.CutPrefix(line, "!")
	line, g.dirOnly = strings.CutSuffix(line, "/")
	g.base = !strings.Contains(line, "/")
	g.pattern = line
	if !g.base {
		g.pattern = strings.TrimPrefix(line, "/")
	}
	return g
}

func (g *gitRule) matches(name string, isDir bool) bool {
	if g == nil || g.dirOnly && !isDir || g.pattern == "" {
		return false
	}
	if g.base {
		name = path.Base(name)
	}
	return wildmatch(g.pattern, name)
}

// gitDecides is git's verdict on a path whose parents are not ignored.
func (r *rules) gitDecides(name string, isDir bool) (decider *rule, ignored bool) {
	for i := len(r.list) - 1; i >= 0; i-- {
		if rel, ok := r.list[i].base.path(name); ok && r.list[i].git.matches(rel, isDir) {
			return r.list[i], !r.list[i].git.negated
		}
	}
	return nil, false
}
