package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// rules are all rules for a tree, in order: the last that matches decides.
type rules struct {
	list []*rule
	// name is the file they come from: ".gcloudignore", Options.IgnoreFile, or
	// ".gitignore" where git's rules are used for want of a file of ours.
	name string
	// none: no ignore file and no git. gcloud sends everything then; we leave
	// out what no app needs (see builtin).
	none bool
	// agree: gcloud and git read every one of them the same way.
	agree    bool
	warnings []string
	// homes are the files to write rules into, by folder, where several folders have
	// rules.
	homes map[string]string
}

const (
	ignoreName = ".gcloudignore"
	include    = "!include:"
)

// loadRules finds the ignore file as gcloud does: the one named, else
// .gcloudignore at the top, else, where git is, rules made up on the spot.
func loadRules(dir, named string) (*rules, error) {
	r, err := findRules(dir, named)
	if err != nil {
		return nil, err
	}
	r.agree = !slices.ContainsFunc(r.list, func(r *rule) bool { return !r.plain() })
	return r, nil
}

func findRules(dir, named string) (*rules, error) {
	r := &rules{name: ignoreName}
	if named != "" {
		file := named
		if !filepath.IsAbs(named) {
			file = filepath.Join(dir, filepath.FromSlash(named))
		}
		r.name = filepath.ToSlash(named)
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, errs.New(errs.Usage, "Name an existing file, relative to the app's folder, with --ignore-file.",
				"reading the ignore file %s: %w", named, cause(err))
		}
		return r, r.read(r.name, filepath.Dir(file), string(text), true)
	}
	text, err := os.ReadFile(filepath.Join(dir, ignoreName))
	if err == nil {
		return r, r.read(ignoreName, dir, string(text), true)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, errs.New(errs.Usage, "Make "+ignoreName+" a readable file.", "reading %s: %w", ignoreName, cause(err))
	}
	git, ignore := exists(filepath.Join(dir, ".git")), exists(filepath.Join(dir, ".gitignore"))
	if !git && !ignore {
		r.none = true
		return r, nil
	}
	r.name = ""
	for _, line := range []string{ignoreName, ".git", ".gitignore"} {
		made, _ := parseRule(line)
		r.list = append(r.list, made)
	}
	if !ignore {
		return r, nil
	}
	r.name = ".gitignore"
	text, err = os.ReadFile(filepath.Join(dir, ".gitignore"))
	if err != nil {
		return nil, errs.New(errs.Usage, "Make .gitignore a readable file.", "reading .gitignore: %w", cause(err))
	}
	return r, r.read(".gitignore", dir, string(text), false)
}

// read adds a file's rules. Includes count in the first file only.
func (r *rules) read(name, dir, text string, includes bool) error {
	text = strings.TrimPrefix(text, "\ufeff")
	for i, line := range splitLines(text) {
		place := errs.Place{File: name, Line: i + 1, Excerpt: line}
		if after, ok := strings.CutPrefix(line, "#"); ok {
			file, ok := strings.CutPrefix(strings.TrimLeftFunc(after, unicode.IsSpace), include)
			switch {
			case !ok:
			case !includes:
				r.warn(place, "an included file cannot include another; the line does nothing")
			default:
				if err := r.include(place, dir, file); err != nil {
					return err
				}
			}
			continue
		}
		made, fault := parseRule(line)
		if fault != "" {
			r.warn(place, fmt.Sprintf("the pattern %q matches nothing: %s", line, fault))
		}
		if made != nil {
			made.file, made.line = name, i+1
			r.list = append(r.list, made)
		}
	}
	return nil
}

func (r *rules) include(at errs.Place, dir, file string) error {
	if strings.Contains(file, "/") {
		return errs.At(at, "Name a file in the same folder.", "#!include:%s: only files in the folder of the ignore file can be included", file)
	}
	text, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		return errs.At(at, "Remove the line, or create the file.", "#!include:%s: %w", file, cause(err))
	}
	return r.read(path.Join(path.Dir(at.File), file), dir, string(text), false)
}

func (r *rules) warn(at errs.Place, what string) {
	r.warnings = append(r.warnings, at.String()+": "+what)
}

// decide is the rule that decides about a path whose parents all go up, nil
// when none does.
func (r *rules) decide(names []string, isDir bool) *rule {
	for i := len(r.list) - 1; i >= 0; i-- {
		if r.list[i].matches(names, isDir) {
			return r.list[i]
		}
	}
	return nil
}

// splitLines splits where Python's splitlines does, which is what gcloud uses.
func splitLines(s string) []string {
	var lines []string
	begin := 0
	skip := false
	for i, c := range s {
		if skip {
			skip, begin = false, i+1
			continue
		}
		end := 0
		switch c {
		case '\n', '\v', '\f', '\r', 0x1c, 0x1d, 0x1e:
			end = 1
		case 0x85:
			end = 2
		case 0x2028, 0x2029:
			end = 3
		default:
			continue
		}
		lines = append(lines, s[begin:i])
		begin = i + end
		skip = c == '\r' && strings.HasPrefix(s[begin:], "\n")
	}
	if begin < len(s) {
		lines = append(lines, s[begin:])
	}
	return lines
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// cause is the reason without the call and the path, which the message names.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
