package source

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// rule is one line of an ignore file as gcloud reads it. That is nearly, not
// quite, what git makes of the line: gcloud compares the pattern's parts with
// the path's from the right, so `docs/build` is found at any depth, `*/x` also
// means x at the top, and `x/**` means x itself too. See gitRule.
type rule struct {
	file    string // as shown to the user; "" for a rule that is built in
	line    int
	text    string // the line as written
	negated bool
	dirOnly bool
	parts   []glob
	stars   int // how many parts are **
	git     *gitRule
	base    *base // the folder that it counts from; nil = the tree's own
}

// String is the rule with its place: file:line: pattern.
func (r *rule) String() string {
	if r.file == "" {
		return "the rules for folders with git: " + r.text
	}
	return fmt.Sprintf("%s:%d: %s", r.file, r.line, r.text)
}

// parseRule reads a line that is no comment. A nil rule without a fault is a
// blank line; a fault is why the line can match nothing.
func parseRule(line string) (r *rule, fault string) {
	r = &rule{text: line, git: parseGitRule(line)}
	rest, negated := strings.CutPrefix(line, "!")
	r.negated = negated
	rest, r.dirOnly = strings.CutSuffix(rest, "/")
	rest = strings.ReplaceAll(trimSpaces(rest), `\ `, " ")
	if oddBackslashes(rest) {
		return nil, "it ends in a backslash that escapes nothing"
	}
	rest = unescape(rest)
	if rest == "" {
		if strings.Trim(line, " ") != "" {
			return nil, "nothing is left of it"
		}
		return nil, ""
	}
	for part := range strings.SplitSeq(rest, "/") {
		g := compileGlob(part)
		if g.text == "**" {
			r.stars++
		}
		r.parts = append(r.parts, g)
	}
	if r.stars > 0 && r.parts[0].text != "" {
		r.parts = slices.Insert(r.parts, 0, compileGlob("")) // ** counts from the root
	}
	return r, ""
}

// trimSpaces removes the spaces at the end that no backslash keeps.
func trimSpaces(s string) string {
	end := 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			end = i + 1
		case s[i] != ' ':
			end = i + 1
		}
	}
	return s[:end]
}

func oddBackslashes(s string) bool {
	return (len(s)-len(strings.TrimRight(s, `\`)))%2 == 1
}

// unescape removes the backslashes: a pair is one, any other goes. What was
// escaped is special again afterwards, as in gcloud: `\*` is a star.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			if s[i+1] == '\\' {
				b.WriteByte('\\')
				i++
			}
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// matches says whether the rule is about the path, given as its names.
func (r *rule) matches(names []string, isDir bool) bool {
	if r.dirOnly && !isDir {
		return false
	}
	names, ok := r.base.within(names)
	if !ok {
		return false
	}
	if len(r.parts) == 1 && r.parts[0].literal {
		return r.parts[0].text == names[len(names)-1]
	}
	m := matcher{names: names}
	if r.stars > 1 {
		m.failed = make([]bool, len(r.parts)*(len(names)+1))
	}
	return m.match(r.parts, len(names))
}

// matcher compares from the right: what the parts leave over on the path's left
// does not count, unless an empty part stands for the root.
type matcher struct {
	names []string
	// failed holds what was tried in vain, by parts and names left, where there
	// is more than one ** to try: their number must not be an exponent.
	failed []bool
}

func (m matcher) match(parts []glob, left int) bool {
	for ; ; left-- {
		if len(parts) == 0 {
			return true
		}
		if left < 0 {
			return false
		}
		last := len(parts) - 1
		part := parts[last]
		if part.text == "**" {
			return m.matchStars(parts[:last], left)
		}
		if part.text == "*" && last == 0 && longer(m.names[:max(left-1, 0)]) {
			return false
		}
		name := ""
		if left > 0 {
			name = m.names[left-1]
		}
		if !part.match(name) {
			return false
		}
		parts = parts[:last]
	}
}

// matchStars lets a ** be any number of names, none included.
func (m matcher) matchStars(before []glob, left int) bool {
	for k := range left + 1 {
		at := len(before)*(len(m.names)+1) + k
		if m.failed != nil && m.failed[at] {
			continue
		}
		if m.match(before, k) {
			return true
		}
		if m.failed != nil {
			m.failed[at] = true
		}
	}
	return false
}

// longer says whether the path has more than one character: a star that begins
// a pattern is for the top, but gcloud measures the top in characters, so that
// below a folder with a name of one letter it still counts.
func longer(names []string) bool {
	return len(names) > 1 || len(names) == 1 && utf8.RuneCountInString(names[0]) > 1
}
