package detect

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/project"
)

// testFiles are requirement files for tests; the first that is there is taken.
var testFiles = []string{
	"requirements-test.txt", "requirements-tests.txt", "requirements_test.txt", "test-requirements.txt", "test_requirements.txt",
	"requirements/test.txt", "requirements/tests.txt", "requirements/testing.txt", "tests/requirements.txt", "test/requirements.txt",
	"requirements-dev.txt", "requirements_dev.txt", "dev-requirements.txt", "requirements/dev.txt", "requirements/development.txt",
	"requirements/local.txt", "requirements/ci.txt",
}

// testGroups are dependency groups and extras for tests.
var testGroups = []string{"test", "tests", "testing", "dev", "development"}

// testRequirements gives the names of what the tests need and, from a lock file,
// the packages.
func testRequirements(fsys fs.FS, p *project.Pyproject, locked Group) (names, packages []string) {
	for _, file := range testFiles {
		if appfile.Exists(fsys, file) {
			return []string{file}, nil
		}
	}
	for _, g := range testGroups {
		if locked != nil {
			if name, packages, ok := locked(g); ok {
				return []string{name}, packages
			}
		}
		if p.Has(g) {
			return []string{project.File + "[" + g + "]"}, nil
		}
	}
	return []string{}, nil
}

var (
	pytestLine  = regexp.MustCompile(`(?mi)^\s*pytest(?:[-_]\w+)*\s*(?:[\[=<>!~;@#]|$)`)
	includeLine = regexp.MustCompile(`(?m)^\s*(?:-r|--requirement)[ \t=]*(\S+)`)
)

// listed reports that requirements have a line of that form; it follows files that
// include others.
func listed(fsys fs.FS, names []string, form *regexp.Regexp) bool {
	seen := map[string]bool{}
	for queue := slices.Clone(names); len(queue) > 0 && len(seen) < 50; queue = queue[1:] {
		name := queue[0]
		if seen[name] {
			continue
		}
		seen[name] = true
		if reqs, ok, err := project.Dependencies(fsys, name); ok {
			if err == nil && slices.ContainsFunc(reqs.Lines, func(l closure.Located) bool { return form.MatchString(l.Text) }) {
				return true
			}
			continue
		}
		text, _, err := appfile.Read(fsys, name)
		if err != nil {
			continue // the requirements reader tells it better
		}
		if form.MatchString(text) {
			return true
		}
		for _, m := range includeLine.FindAllStringSubmatch(text, -1) {
			if next := path.Join(path.Dir(name), m[1]); fs.ValidPath(next) {
				queue = append(queue, next)
			}
		}
	}
	return false
}

// pytestConfig is where pytest is configured, or "".
func pytestConfig(fsys fs.FS, p *project.Pyproject) string {
	if p.Pytest() {
		return "pyproject.toml [tool.pytest]"
	}
	for _, c := range []struct{ file, section string }{
		{"pytest.ini", ""}, {".pytest.ini", ""}, {"pytest.toml", ""}, {"setup.cfg", "[tool:pytest]"}, {"tox.ini", "[pytest]"},
	} {
		if text, ok, _ := appfile.Read(fsys, c.file); ok && strings.Contains(text, c.section) {
			return c.file
		}
	}
	return ""
}

// pytestCommand leaves the output at its usual length: its last line is counted.
func (t testTree) pytestCommand() []string {
	command := []string{"python", "-m", "pytest"}
	for _, s := range t.skipped {
		command = append(command, "--ignore="+s)
	}
	if collected := slices.ContainsFunc(t.files, func(f string) bool { return !lone(f) }); !collected {
		command = append(command, t.files...) // pytest does not look into tests.py by itself
	}
	return command
}

func lone(file string) bool { return path.Base(file) == "tests.py" || path.Base(file) == "test.py" }

// unittestCommand prefers discovery, so that a new test file is run without
// planning; discovery enters packages only, so other layouts name their files.
func (t testTree) unittestCommand(fsys fs.FS) []string {
	discover := []string{"python", "-m", "unittest", "discover"}
	pattern, start := "", ""
	for i, f := range t.files {
		p, s := "test*.py", ""
		if !strings.HasPrefix(path.Base(f), "test") {
			p = "*_test.py"
		}
		if top, _, nested := strings.Cut(f, "/"); nested && !appfile.Exists(fsys, top+"/__init__.py") {
			s = top
		}
		for dir := path.Dir(f); dir != "." && dir != s; dir = path.Dir(dir) {
			if !appfile.Exists(fsys, dir+"/__init__.py") {
				s = "?"
				break
			}
		}
		if i == 0 {
			pattern, start = p, s
		}
		if s == "?" || s != start || p != pattern {
			start = "?"
			break
		}
	}
	if start == "?" || len(t.skipped) > 0 {
		return append([]string{"python", "-m", "unittest"}, t.files...)
	}
	if start != "" {
		discover = append(discover, "-s", start)
	}
	if pattern != "test*.py" {
		discover = append(discover, "-p", pattern)
	}
	return discover
}
