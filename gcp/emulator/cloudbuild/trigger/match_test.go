package trigger_test

import (
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild/trigger"
)

func TestGlob(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		glob, file string
		want       bool
	}{
		{"*.md", "a.md", true}, {"*.md", "docs/a.md", false}, {"**/*.md", "docs/a.md", true}, {"**/*.md", "a.md", true},
		{"apps/a/**", "apps/a/x/y.py", true}, {"apps/a/**", "apps/a/x", true}, {"apps/a/**", "apps/ab/x", false}, {"apps/a/**", "apps/a", false},
		{"**", "a/b/c", true}, {"a/**/z", "a/z", true}, {"a/**/z", "a/b/c/z", true}, {"a/**/z", "a/b/c", false},
		{"a/*", "a/b/c", false}, {"a/?.py", "a/b.py", true}, {"a/[bc].py", "a/c.py", true}, {"**/**/x", "x", true}, {"", "", true}, {"a", "", false},
	} {
		if got := trigger.Glob(tt.glob, tt.file); got != tt.want {
			t.Errorf("%q on %q: %v", tt.glob, tt.file, got)
		}
	}
}

func branch(expr string) trigger.Source {
	return trigger.Source{Repository: "r", Push: &cloudbuildpb.PushFilter{GitRef: &cloudbuildpb.PushFilter_Branch{Branch: expr}}}
}

func not(expr string) trigger.Source {
	s := branch(expr)
	s.Push.InvertRegex = true
	return s
}

func tag(expr string) trigger.Source {
	return trigger.Source{Repository: "r", Push: &cloudbuildpb.PushFilter{GitRef: &cloudbuildpb.PushFilter_Tag{Tag: expr}}}
}

func pull(control cloudbuildpb.PullRequestFilter_CommentControl) trigger.Source {
	return trigger.Source{Repository: "r", Pull: &cloudbuildpb.PullRequestFilter{GitRef: &cloudbuildpb.PullRequestFilter_Branch{Branch: "^main$"}, CommentControl: control}}
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	const (
		never   = cloudbuildpb.PullRequestFilter_COMMENTS_DISABLED
		always  = cloudbuildpb.PullRequestFilter_COMMENTS_ENABLED
		foreign = cloudbuildpb.PullRequestFilter_COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY
	)
	main := trigger.Event{Branch: "main", Commit: "c"}
	pr := trigger.Event{Number: 7, Base: "main", Head: "x", Commit: "c", Author: true, By: true}
	with := func(e trigger.Event, f func(*trigger.Event)) trigger.Event { f(&e); return e }
	files := func(names ...string) trigger.Event {
		return with(main, func(e *trigger.Event) { e.Changed = names })
	}
	included := &trigger.Trigger{IncludedFiles: []string{"apps/a/**"}}
	ignored := &trigger.Trigger{IgnoredFiles: []string{"**/*.md"}}
	both := &trigger.Trigger{IncludedFiles: []string{"apps/**"}, IgnoredFiles: []string{"**/*.md"}}
	for name, tt := range map[string]struct {
		t    *trigger.Trigger
		s    trigger.Source
		e    trigger.Event
		want string // part of the reason; "" = it fires
	}{
		"branch":                             {nil, branch("^main$"), main, ""},
		"another branch":                     {nil, branch("^dev$"), main, `"main" does not match "^dev$"`},
		"unanchored":                         {nil, branch("ai"), main, ""},
		"inverted":                           {nil, not("^main$"), main, "inverted"},
		"inverted, another":                  {nil, not("^dev$"), main, ""},
		"disabled":                           {&trigger.Trigger{Disabled: true}, branch("^main$"), main, "disabled"},
		"deleted":                            {nil, branch("^main$"), trigger.Event{Branch: "main"}, "deleted"},
		"a tag, branch wanted":               {nil, branch(".*"), trigger.Event{Tag: "v1", Commit: "c"}, "this is a pushed tag"},
		"tag":                                {nil, tag("^v"), trigger.Event{Tag: "v1", Commit: "c"}, ""},
		"pull request, branch wanted":        {nil, branch(".*"), pr, "this is a pull request"},
		"push, pull request wanted":          {nil, pull(never), main, "waits for a pull request"},
		"pull request":                       {nil, pull(never), pr, ""},
		"to another base":                    {nil, pull(never), with(pr, func(e *trigger.Event) { e.Base = "dev" }), "does not match"},
		"always a comment":                   {nil, pull(always), pr, "/gcbrun"},
		"commented":                          {nil, pull(always), with(pr, func(e *trigger.Event) { e.Comment = "please\n/gcbrun now" }), ""},
		"commented otherwise":                {nil, pull(never), with(pr, func(e *trigger.Event) { e.Comment = "well /gcbrunx" }), "no /gcbrun"},
		"commented by a stranger":            {nil, pull(always), with(pr, func(e *trigger.Event) { e.Comment, e.By = "/gcbrun", false }), "who commented"},
		"of a member, for outsiders only":    {nil, pull(foreign), pr, ""},
		"of an outsider":                     {nil, pull(foreign), with(pr, func(e *trigger.Event) { e.Author = false }), "its author"},
		"of an outsider, a member commented": {nil, pull(foreign), with(pr, func(e *trigger.Event) { e.Author, e.Comment = false, "/gcbrun" }), ""},
		"included":                           {included, branch("main"), files("b", "apps/a/x.py"), ""},
		"not included":                       {included, branch("main"), files("apps/b/x.py"), "no changed file"},
		"nothing changed, some included":     {included, branch("main"), files(), "no changed file"},
		"ignored":                            {ignored, branch("main"), files("a.md", "docs/b.md"), "all changed files are ignored"},
		"not all ignored":                    {ignored, branch("main"), files("a.md", "x.py"), ""},
		"included, but ignored":              {both, branch("main"), files("apps/a.md", "x.py"), "no changed file"},
		"included and not ignored":           {both, branch("main"), files("apps/a.py", "x.md"), ""},
	} {
		if tt.t == nil {
			tt.t = &trigger.Trigger{}
		}
		if got := trigger.Refuse(tt.t, tt.s, tt.e); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
