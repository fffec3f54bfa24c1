package project

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"deps.dev/util/semver"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python"
)

// Python gives the minor version, such as "3.12": from .python-version,
// runtime.txt, .tool-versions or mise.toml, or the .python-version of the workspace
// whose lock is used; one that requires-python and the lock file allow; or what other
// files speak for. ok is false where nothing does. A patch level is dropped, and told.
func Python(fsys fs.FS, locks ...string) (f appfile.Found[string], ok bool, err error) {
	p, err := Read(fsys)
	if err != nil {
		return f, false, err
	}
	for _, file := range []string{".python-version", "runtime.txt"} {
		if f, ok, err = p.fromFile(fsys, file); ok || err != nil {
			return f, ok, err
		}
	}
	file, word, line, err := toolPython(fsys)
	if err != nil {
		return f, false, err
	}
	if word != "" && word != "system" && word != "latest" {
		text, _, _ := appfile.Read(fsys, file)
		return p.stated(file, text, line, word)
	}
	if len(locks) > 0 && strings.HasPrefix(locks[0], "../") {
		if f, ok, err = p.fromFile(fsys, path.Join(path.Dir(locks[0]), ".python-version")); ok || err != nil {
			return f, ok, err
		}
	}
	if p != nil && p.Project.RequiresPython != "" {
		f, err = p.allowed(fsys, locks)
		return f, err == nil, err
	}
	for _, lock := range locks {
		if f, ok = fromLock(fsys, lock, locks); ok {
			return f, true, nil
		}
	}
	if spec, file, line := setupRequires(fsys); spec != "" {
		if allowed := meeting(spec); len(allowed) > 0 {
			c := choose(fsys, allowed, nil)
			return appfile.Found[string]{Value: c.minor, From: appfile.Ref(file, line), Notes: c.note(allowed, "python_requires "+spec)}, true, nil
		}
	}
	if name := scriptFile(fsys); name != "" {
		if s, err := readScript(fsys, name); err == nil && len(meeting(s.Requires)) > 0 {
			allowed := meeting(s.Requires)
			c := choose(fsys, allowed, nil)
			return appfile.Found[string]{Value: c.minor, From: name, Notes: c.note(allowed, "requires-python "+s.Requires)}, true, nil
		}
	}
	return f, false, nil
}

// Spoken gives the Python that nothing states but that other files speak for; ok is
// false where that is the default.
func Spoken(fsys fs.FS) (f appfile.Found[string], ok bool) {
	if minor, from := imagePython(fsys); python.Valid(minor) {
		return appfile.Found[string]{Value: minor, From: from}, true
	}
	c := choose(fsys, python.Released, nil)
	if c.from == "" {
		return f, false
	}
	return appfile.Found[string]{Value: c.minor, From: c.from}, true
}

// fromFile reads a file that names a version, and compares it with the project's.
func (p *Pyproject) fromFile(fsys fs.FS, file string) (f appfile.Found[string], ok bool, err error) {
	text, ok, err := appfile.Read(fsys, file)
	if err != nil || !ok {
		return f, false, err
	}
	line, word := firstVersion(text)
	if word == "" {
		return f, false, nil
	}
	return p.stated(file, text, line, word)
}

// stated judges a version that a file names outright.
func (p *Pyproject) stated(file, text string, line int, word string) (f appfile.Found[string], ok bool, err error) {
	minor, note, fault := Minor(word)
	if fault != nil {
		return f, false, errs.At(appfile.At(file, text, line), supportedHint(), "%w", fault)
	}
	f = appfile.Found[string]{Value: minor, From: file}
	if note != "" {
		f.Notes = append(f.Notes, file+": "+note)
	}
	if r := p.requires(); r != nil && !satisfies(r, minor) {
		f.Notes = append(f.Notes, fmt.Sprintf("%s says Python %s, but requires-python in pyproject.toml is %q", file, minor, p.Project.RequiresPython))
	}
	return f, true, nil
}

// fromLock takes one of the Pythons that a lock file admits; ok is false where
// the file does not say, or cannot be read: reading its packages tells why.
func fromLock(fsys fs.FS, lock string, locks []string) (f appfile.Found[string], ok bool) {
	allowed, text := lockAllows(fsys, lock, nil)
	if len(allowed) == 0 {
		return f, false
	}
	c := choose(fsys, allowed, locks)
	return appfile.Found[string]{Value: c.minor, From: lock, Notes: c.note(allowed, fmt.Sprintf("%s (%s)", lock, text))}, true
}

// firstVersion is the first word of a file of versions, comments apart, and its line.
func firstVersion(text string) (int, string) {
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		for _, word := range strings.Fields(line) {
			if word != "system" {
				return i + 1, word
			}
		}
	}
	return 0, ""
}

var version = regexp.MustCompile(`^(?:python|cpython)?[-@]?v?(3)(?:\.([0-9]{1,3}))?(\.[0-9x*]+)?((?:a|b|rc|-?dev|-latest)[0-9]*)?(t|\+freethreaded)?(-dev)?$`)

// Minor reads pyenv's and runtime.txt's spellings of a version.
func Minor(word string) (minor, note string, fault error) {
	m := version.FindStringSubmatch(strings.ToLower(word))
	switch {
	case m == nil:
		return "", "", fmt.Errorf("%q is no version of CPython 3", word)
	case m[2] == "":
		return python.Default, fmt.Sprintf("%q leaves the minor version open, %s is used", word, python.Default), nil
	}
	minor = m[1] + "." + m[2]
	if m[5] != "" {
		minor += "t"
	}
	if !python.Valid(minor) {
		return "", "", fmt.Errorf("Python %s is not supported", minor)
	}
	if m[3] != "" || m[4] != "" || m[6] != "" {
		note = fmt.Sprintf("%s is taken as %s, the patch level is the base image's", word, minor)
	}
	return minor, note, nil
}

// satisfies reports whether some patch level of the minor version is allowed.
func satisfies(c *semver.Constraint, minor string) bool {
	for patch := range 40 {
		if c.Match(fmt.Sprintf("%s.%d", python.Language(minor), patch)) {
			return true
		}
	}
	return false
}

// requires is requires-python, or nil without a valid one.
func (p *Pyproject) requires() *semver.Constraint {
	if p == nil || p.Project.RequiresPython == "" {
		return nil
	}
	c, err := semver.PyPI.ParseConstraint(p.Project.RequiresPython)
	if err != nil {
		return nil
	}
	return c
}
