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

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Reason is why a path goes up or stays out.
type Reason struct {
	Path     string `json:"path"`
	Included bool   `json:"included"`
	// Of is the path that was decided about: Path, or a folder it is in.
	Of string `json:"of"`
	// File, Line and Pattern are the rule; File is "" and Line 0 for rules that
	// no file holds, and Pattern is "" where no pattern decided.
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Pattern string `json:"pattern,omitempty"`
	// Text is the reason in words; the rule as file:line: pattern is in it.
	Text string `json:"reason"`
}

// String is the answer in one line.
func (r Reason) String() string {
	if r.Included {
		return r.Path + " goes up: " + r.Text
	}
	return r.Path + " stays out: " + r.Text
}

// Why says which rule of which file decided about a path, given relative to
// the app's folder, or absolute. It asks the disk, not the listing.
func (t *Tree) Why(name string) (Reason, error) {
	rel, err := t.relative(name)
	if err != nil {
		return Reason{}, err
	}
	if _, err := os.Lstat(filepath.Join(t.root, filepath.FromSlash(rel))); err != nil && !errors.Is(err, fs.ErrPermission) {
		return Reason{}, errs.New(errs.Usage, "Name a path relative to the app's folder.", "%s does not exist in %s", rel, t.root)
	}
	r := Reason{Path: rel}
	if len(t.Parts) > 0 && !slices.ContainsFunc(t.Parts, func(p string) bool { return under(rel, p) || under(p, rel) }) {
		r.Of, r.Text = rel, "it is in no folder that the app needs"
		return r, nil
	}
	names := strings.Split(rel, "/")
	for n := 1; n <= len(names); n++ {
		done, err := t.explain(&r, names[:n], n == len(names))
		if done || err != nil {
			return r, err
		}
	}
	r.Included, r.Of = true, rel
	if r.Text == "" {
		r.Text = t.rules.silent()
	}
	return r, nil
}

// silent is the reason where no rule speaks.
func (r *rules) silent() string {
	switch {
	case r.homes != nil:
		return "no rule of its folders leaves it out"
	case r.none:
		return "there is no " + ignoreName
	case r.name == "":
		return "there is no " + ignoreName + " and no .gitignore"
	}
	return "no rule of " + r.name + " leaves it out"
}

// explain looks at one folder on the way, or at the path itself, and says
// whether the answer is known.
func (t *Tree) explain(r *Reason, names []string, last bool) (done bool, err error) {
	r.Of = strings.Join(names, "/")
	file := filepath.Join(t.root, filepath.FromSlash(r.Of))
	info, err := os.Lstat(file)
	if err != nil {
		return true, unreadable(r.Of, err)
	}
	isLink := info.Mode()&fs.ModeSymlink != 0
	isDir, broken := info.IsDir(), false
	if isLink {
		to, err := os.Stat(file)
		isDir, broken = err == nil && to.IsDir(), err != nil
	}
	r.File, r.Line, r.Pattern, r.Text = "", 0, "", ""
	if leftover(path.Base(r.Of)) {
		r.Text = r.Of + " holds credentials of a CI system"
		return true, nil
	}
	if t.rules.none {
		what := builtin(path.Base(r.Of))
		if what == "" && info.IsDir() && exists(filepath.Join(file, venvMark)) {
			what = "a virtual environment"
		}
		if what != "" {
			r.Text = fmt.Sprintf("%s is %s, and there is no %s", r.Of, what, ignoreName)
			return true, nil
		}
	}
	if d := t.rules.decide(names, isDir); d != nil && !slices.Contains(t.Parts, r.Of) {
		r.File, r.Line, r.Pattern, r.Text = d.file, d.line, d.text, d.String()
		if !d.negated {
			if !last {
				r.Text += " (the folder " + r.Of + ")"
			}
			return true, nil
		}
	}
	switch {
	case r.Of == Reserved:
		r.Text = "the name is reserved for what gcpdeploy adds"
	case broken:
		r.Text = "it is a symbolic link to nothing"
	case !isLink && !isDir && !info.Mode().IsRegular():
		r.Text = "it is " + kindName(info.Mode())
	case isLink && !last:
		r.Text = r.Of + " is a symbolic link and goes up as one, without what it points to"
	default:
		return false, nil
	}
	r.File, r.Line, r.Pattern = "", 0, ""
	return true, nil
}

// relative makes the path relative to the root, with slashes. One that the app's
// folder does not have may be as the listing names it.
func (t *Tree) relative(name string) (string, error) {
	rel := filepath.Clean(name)
	if t.At != "" && name != "" && !filepath.IsAbs(rel) {
		if from := filepath.Join(t.root, filepath.FromSlash(t.At), rel); !exists(filepath.Join(t.root, rel)) || exists(from) {
			rel = from
		}
	}
	if filepath.IsAbs(rel) {
		var err error
		if rel, err = filepath.Rel(t.root, rel); err != nil {
			rel = ".."
		}
	}
	rel = filepath.ToSlash(rel)
	if name == "" || rel == "." || rel == ".." || strings.HasPrefix(rel, "../") {
		return "", errs.New(errs.Usage, "Name a path relative to the app's folder.", "%q is not in the app's folder %s", name, t.root)
	}
	return rel, nil
}
