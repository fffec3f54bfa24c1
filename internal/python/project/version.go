package project

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"deps.dev/util/semver"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python"
	"github.com/gcpdeploy/gcpdeploy/internal/python/lockfile"
)

// Python gives the minor version, such as "3.12": from .python-version,
// runtime.txt, requires-python of pyproject.toml or what a lock file in the
// app's folder was made for (the newest that satisfies), app.yaml, else
// python.Default. A patch level is dropped, and told.
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
	if p != nil && p.Project.RequiresPython != "" {
		f, err = p.newest()
		return f, err == nil, err
	}
	for _, lock := range locks {
		if f, ok = fromLock(fsys, lock); ok {
			return f, true, nil
		}
	}
	return f, false, nil
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

// fromLock takes the newest Python that a lock file admits; ok is false where
// the file does not say, or cannot be read: reading its packages tells why.
func fromLock(fsys fs.FS, lock string) (f appfile.Found[string], ok bool) {
	data, err := fs.ReadFile(fsys, lock)
	if err != nil {
		return f, false // one above the app's folder has the project's requires-python
	}
	either, text := lockfile.Python(lock, data)
	for _, minor := range slices.Backward(python.Supported) {
		for _, specifier := range either {
			if c, err := semver.PyPI.ParseConstraint(specifier); err == nil && satisfies(c, minor) {
				return appfile.Found[string]{Value: minor, From: lock,
					Notes: []string{fmt.Sprintf("Python %s is the newest that %s admits (%s); pin it with .python-version", minor, lock, text)}}, true
			}
		}
	}
	return f, false
}

func supportedHint() string {
	return "Name one of " + strings.Join(python.Supported, ", ") + ", or give --python."
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

var version = regexp.MustCompile(`^(?:python|cpython)?[-@]?v?(3)(?:\.([0-9]{1,3}))?(\.[0-9x*]+)?((?:a|b|rc|-?dev|-latest)[0-9]*)?(t)?$`)

// Minor reads pyenv's and runtime.txt's spellings of a version.
func Minor(word string) (minor, note string, fault error) {
	m := version.FindStringSubmatch(strings.ToLower(word))
	switch {
	case m == nil:
		return "", "", fmt.Errorf("%q is no version of CPython 3", word)
	case m[5] != "":
		return "", "", fmt.Errorf("free-threaded Python (%s) is not supported", word)
	case m[2] == "":
		return python.Default, fmt.Sprintf("%q leaves the minor version open, %s is used", word, python.Default), nil
	}
	minor = m[1] + "." + m[2]
	if !slices.Contains(python.Supported, minor) {
		return "", "", fmt.Errorf("Python %s is not supported", minor)
	}
	if m[3] != "" || m[4] != "" {
		note = fmt.Sprintf("%s is taken as %s, the patch level is the base image's", word, minor)
	}
	return minor, note, nil
}

// satisfies reports whether some patch level of the minor version is allowed.
func satisfies(c *semver.Constraint, minor string) bool {
	for patch := range 40 {
		if c.Match(fmt.Sprintf("%s.%d", minor, patch)) {
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

func (p *Pyproject) newest() (appfile.Found[string], error) {
	line, spec := p.line("project.requires-python", 0), p.Project.RequiresPython
	c := p.requires()
	if c == nil {
		return appfile.Found[string]{}, errs.At(appfile.At(File, p.text, line), "Write it as in \">=3.10\".", "requires-python %q is no version specifier", spec)
	}
	for _, minor := range slices.Backward(python.Supported) {
		if satisfies(c, minor) {
			return appfile.Found[string]{Value: minor, From: appfile.Ref(File, line),
				Notes: []string{fmt.Sprintf("Python %s is the newest that requires-python %q allows; pin it with .python-version", minor, spec)}}, nil
		}
	}
	return appfile.Found[string]{}, errs.At(appfile.At(File, p.text, line), supportedHint(), "requires-python %q allows no supported version", spec)
}
