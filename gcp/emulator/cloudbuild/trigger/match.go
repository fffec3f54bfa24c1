package trigger

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
)

// Event is what happened in a repository. Branch, Tag and Number say which kind it
// is: exactly one of them is set.
type Event struct {
	Branch string // a push to it
	Tag    string // a push of it
	Number int    // of a pull request

	Commit  string   // what was pushed, or the pull request's head; "" = branch or tag were deleted
	Changed []string // files, below the repository's root

	Base, Head string // branches of a pull request
	HeadRemote string // where its head branch is

	Comment string // on the pull request; "" = it was opened or pushed to
	Author  bool   // who made it may write to the repository
	By      bool   // who commented may
}

// kind says what the event is.
func (e Event) kind() string {
	switch {
	case e.Number > 0:
		return "a pull request"
	case e.Tag != "":
		return "a pushed tag"
	}
	return "a pushed branch"
}

// Refuse says why a trigger that watches the event's repository does not fire for
// it; "" = it does.
func Refuse(t *Trigger, s Source, e Event) string {
	if t.GetDisabled() {
		return "it is disabled"
	}
	expr, invert, value := s.Push.GetBranch(), s.Push.GetInvertRegex(), e.Branch
	switch {
	case s.Pull != nil && e.Number == 0, s.Pull == nil && e.Number > 0,
		s.Push != nil && s.Push.GetBranch() != "" && e.Branch == "", s.Push != nil && s.Push.GetTag() != "" && e.Tag == "":
		return fmt.Sprintf("it waits for %s, and this is %s", s.kind(), e.kind())
	case e.Tag != "":
		expr, value = s.Push.GetTag(), e.Tag
	case e.Number > 0:
		expr, invert, value = s.Pull.GetBranch(), s.Pull.GetInvertRegex(), e.Base
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return fmt.Sprintf("%q is no regular expression", expr)
	}
	if re.MatchString(value) == invert {
		return fmt.Sprintf("%q does not match %q%s", value, expr, map[bool]string{true: ", inverted", false: ""}[invert])
	}
	if e.Commit == "" {
		return "a deleted branch or tag starts no build"
	}
	if e.Number > 0 {
		if why := comments(s.Pull, e); why != "" {
			return why
		}
	}
	return files(t, e.Changed)
}

func (s Source) kind() string {
	switch {
	case s.Pull != nil:
		return "a pull request"
	case s.Push.GetTag() != "":
		return "a pushed tag"
	case s.Push != nil:
		return "a pushed branch"
	}
	return "nothing, as it is run by hand"
}

// comments says whether a pull request waits for a comment.
func comments(p *pull, e Event) string {
	run := slices.Contains(strings.Fields(e.Comment), "/gcbrun")
	switch {
	case run && e.By:
		return ""
	case run:
		return "who commented may not write to the repository"
	case e.Comment != "":
		return "the comment has no /gcbrun"
	case p.GetCommentControl() == cloudbuildpb.PullRequestFilter_COMMENTS_ENABLED:
		return "it waits for somebody who may write to the repository to comment /gcbrun"
	case p.GetCommentControl() == cloudbuildpb.PullRequestFilter_COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY && !e.Author:
		return "its author may not write to the repository: it waits for somebody who may to comment /gcbrun"
	}
	return ""
}

// files is the filter of changed files: first those that are ignored fall out, then
// one of the others must be included.
func files(t *Trigger, changed []string) string {
	ignored, included := t.GetIgnoredFiles(), t.GetIncludedFiles()
	if len(ignored) == 0 && len(included) == 0 {
		return ""
	}
	left := slices.DeleteFunc(slices.Clone(changed), func(f string) bool { return anyOf(ignored, f) })
	switch {
	case len(left) == 0 && len(ignored) > 0:
		return "all changed files are ignored"
	case len(included) > 0 && !slices.ContainsFunc(left, func(f string) bool { return anyOf(included, f) }):
		return "no changed file is an included one"
	}
	return ""
}

func anyOf(globs []string, file string) bool {
	return slices.ContainsFunc(globs, func(g string) bool { return Glob(g, file) })
}

// Glob is path.Match, and ** stands for any number of folders.
func Glob(glob, file string) bool {
	return segments(strings.Split(glob, "/"), strings.Split(file, "/"))
}

func segments(glob, file []string) bool {
	for len(glob) > 0 {
		if glob[0] == "**" {
			rest := glob[1:]
			for len(rest) > 0 && rest[0] == "**" {
				rest = rest[1:]
			}
			if len(rest) == 0 {
				return len(file) > 0
			}
			for i := range len(file) + 1 {
				if segments(rest, file[i:]) {
					return true
				}
			}
			return false
		}
		if len(file) == 0 {
			return false
		}
		if ok, err := path.Match(glob[0], file[0]); !ok || err != nil {
			return false
		}
		glob, file = glob[1:], file[1:]
	}
	return len(file) == 0
}
