package detect

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"deps.dev/util/semver"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/lockfile"
)

// Python gives the minor version, such as "3.12": from .python-version,
// runtime.txt, requires-python of pyproject.toml or what a lock file in the
// app's folder was made for (the newest that satisfies), app.yaml, else
// config.DefaultPython. A patch level is dropped, and told.
func Python(fsys fs.FS, locks ...string) (Found[string], error) {
	p, err := readProject(fsys)
	if err != nil {
		return Found[string]{}, err
	}
	for _, file := range []string{".python-version", "runtime.txt"} {
		text, ok, err := read(fsys, file)
		if err != nil {
			return Found[string]{}, err
		}
		if !ok {
			continue
		}
		line, word := firstVersion(text)
		if word == "" {
			continue
		}
		minor, note, fault := minorOf(word)
		if fault != nil {
			return Found[string]{}, errs.At(at(file, text, line), supportedHint(), "%w", fault)
		}
		f := Found[string]{Value: minor, From: file}
		if note != "" {
			f.Notes = append(f.Notes, file+": "+note)
		}
		if r := p.requires(); r != nil && !satisfies(r, minor) {
			f.Notes = append(f.Notes, fmt.Sprintf("%s says Python %s, but requires-python in pyproject.toml is %q", file, minor, p.Project.RequiresPython))
		}
		return f, nil
	}
	if p != nil && p.Project.RequiresPython != "" {
		return p.newest()
	}
	for _, lock := range locks {
		if f, ok := fromLock(fsys, lock); ok {
			return f, nil
		}
	}
	return fromAppYAML(fsys)
}

// fromLock takes the newest Python that a lock file admits; ok is false where
// the file does not say, or cannot be read: reading its packages tells why.
func fromLock(fsys fs.FS, lock string) (f Found[string], ok bool) {
	data, err := fs.ReadFile(fsys, lock)
	if err != nil {
		return f, false // one above the app's folder has the project's requires-python
	}
	either, text := lockfile.Python(lock, data)
	for _, minor := range slices.Backward(config.Pythons) {
		for _, specifier := range either {
			if c, err := semver.PyPI.ParseConstraint(specifier); err == nil && satisfies(c, minor) {
				return Found[string]{Value: minor, From: lock,
					Notes: []string{fmt.Sprintf("Python %s is the newest that %s admits (%s); pin it with .python-version", minor, lock, text)}}, true
			}
		}
	}
	return f, false
}

func supportedHint() string {
	return "Name one of " + strings.Join(config.Pythons, ", ") + ", or give --python."
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

// minorOf reads pyenv's and runtime.txt's spellings of a version.
func minorOf(word string) (minor, note string, fault error) {
	m := version.FindStringSubmatch(strings.ToLower(word))
	switch {
	case m == nil:
		return "", "", fmt.Errorf("%q is no version of CPython 3", word)
	case m[5] != "":
		return "", "", fmt.Errorf("free-threaded Python (%s) is not supported", word)
	case m[2] == "":
		return config.DefaultPython, fmt.Sprintf("%q leaves the minor version open, %s is used", word, config.DefaultPython), nil
	}
	minor = m[1] + "." + m[2]
	if !slices.Contains(config.Pythons, minor) {
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
func (p *project) requires() *semver.Constraint {
	if p == nil || p.Project.RequiresPython == "" {
		return nil
	}
	c, err := semver.PyPI.ParseConstraint(p.Project.RequiresPython)
	if err != nil {
		return nil
	}
	return c
}

func (p *project) newest() (Found[string], error) {
	line, spec := p.line("project.requires-python", 0), p.Project.RequiresPython
	c := p.requires()
	if c == nil {
		return Found[string]{}, errs.At(at(pyprojectFile, p.text, line), "Write it as in \">=3.10\".", "requires-python %q is no version specifier", spec)
	}
	for _, minor := range slices.Backward(config.Pythons) {
		if satisfies(c, minor) {
			return Found[string]{Value: minor, From: place(pyprojectFile, line),
				Notes: []string{fmt.Sprintf("Python %s is the newest that requires-python %q allows; pin it with .python-version", minor, spec)}}, nil
		}
	}
	return Found[string]{}, errs.At(at(pyprojectFile, p.text, line), supportedHint(), "requires-python %q allows no supported version", spec)
}

var gaeRuntime = regexp.MustCompile(`^python(3)([0-9]{1,2})$`)

// fromAppYAML reads App Engine's runtime. A version that is not supported is
// only noted: such files are often older than the app.
func fromAppYAML(fsys fs.FS) (Found[string], error) {
	f := Found[string]{Value: config.DefaultPython, From: "default"}
	a, err := readAppYAML(fsys)
	if err != nil || a == nil {
		return f, err
	}
	word := ""
	if m := gaeRuntime.FindStringSubmatch(a.runtime); m != nil {
		word = m[1] + "." + m[2]
	} else if a.runtime == "python" {
		word = a.version
	}
	if word == "" {
		return f, nil
	}
	minor, _, fault := minorOf(word)
	if fault != nil || strings.Count(word, ".") == 0 {
		f.Notes = []string{fmt.Sprintf("app.yaml asks for Python %s, %s is used", word, config.DefaultPython)}
		return f, nil
	}
	return Found[string]{Value: minor, From: place("app.yaml", a.runtimeLine)}, nil
}
