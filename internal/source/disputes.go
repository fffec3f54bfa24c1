package source

import (
	"fmt"
	"slices"
	"strings"
)

// disputes collects where git would have selected otherwise by the same rules.
// gcloud decides; the user is told, since most rules were written for git.
type disputes struct {
	byRule []*dispute
}

type dispute struct {
	rule  *rule
	kept  bool // gcloud sends what git ignores
	paths []string
}

// gitOut is the rule by which git ignores a folder, and which; zero: it does not.
type gitOut struct {
	rule *rule
	at   string
}

// compare notes a dispute about one path whose parents go up, and says whether
// git would ignore it or a parent of it. decider is gcloud's rule.
func (d *disputes) compare(r *rules, names []string, isDir bool, decider *rule, parent gitOut) gitOut {
	if r.agree {
		return gitOut{}
	}
	rel, git := strings.Join(names, "/"), parent
	if git.rule == nil {
		if rule, ignored := r.gitDecides(rel, isDir); ignored {
			git = gitOut{rule, rel}
		}
	}
	out := decider != nil && !decider.negated
	switch {
	case out && git.rule == nil && !(isDir && r.gitEmpties(rel)):
		d.add(decider, false, rel)
	case !out && git.rule != nil && !isDir:
		d.add(git.rule, true, git.at)
	}
	return git
}

// gitEmpties says whether git ignores all that a folder may hold: to git x/**
// is about what is in x, to gcloud about x as well, and both come to the same
// unless a later rule takes something back.
func (r *rules) gitEmpties(rel string) bool {
	if _, ignored := r.gitDecides(rel+"/\x00", false); !ignored {
		return false
	}
	return !slices.ContainsFunc(r.list, func(x *rule) bool {
		under, ok := x.base.path(rel)
		return ok && x.git != nil && x.git.negated && strings.HasPrefix(x.git.pattern, under+"/")
	})
}

func (d *disputes) add(r *rule, kept bool, path string) {
	for _, known := range d.byRule {
		if known.rule == r && known.kept == kept {
			if !slices.Contains(known.paths, path) {
				known.paths = append(known.paths, path)
			}
			return
		}
	}
	d.byRule = append(d.byRule, &dispute{r, kept, []string{path}})
}

func (d *disputes) warnings() []string {
	var list []string
	for _, x := range d.byRule {
		if x.kept {
			list = append(list, fmt.Sprintf("%s: this goes up, as with gcloud, though git would ignore it: %s", x.rule, some(x.paths)))
			continue
		}
		w := fmt.Sprintf("%s: this stays out, as with gcloud, though git would keep it: %s", x.rule, some(x.paths))
		if g := x.rule.git; g != nil && !g.base && !strings.HasPrefix(x.rule.text, "/") && !strings.Contains(g.pattern, "**") {
			w += "; write /" + g.pattern + " to mean the top only"
		}
		list = append(list, w)
	}
	return list
}

// plain says that gcloud and git read the rule the same way whatever the path:
// one name, or one at the top, without what the two spell differently.
func (r *rule) plain() bool {
	name := strings.TrimPrefix(strings.TrimSuffix(strings.TrimPrefix(r.text, "!"), "/"), "/")
	if r.git == nil || name == "" || name == "*" || strings.HasSuffix(r.text, " ") || strings.HasSuffix(name, " ") || strings.ContainsAny(name, `\[/`) || strings.Contains(name, "**") {
		return false
	}
	for i := range len(name) {
		if name[i] >= 0x80 || name[i] == '?' {
			return false
		}
	}
	return true
}
