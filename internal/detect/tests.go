package detect

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/appfile"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/project"
)

// maxEntries bounds the search for tests.
const maxEntries = 20_000

var (
	testName    = regexp.MustCompile(`^(test_.*|.*_test|tests?)\.py$`)
	testText    = regexp.MustCompile(`(?m)^\s*(?:async\s+)?def\s+test|^class\s+Test|\bTestCase\b`)
	pytestText  = regexp.MustCompile(`(?m)^(?:import|from)\s+pytest\b|^(?:async\s+)?def\s+test|^class\s+Test\w*\s*(?:\(\s*(?:object)?\s*\))?\s*:`)
	systemName  = regexp.MustCompile(`(?i)e2e|^(?:system|systemtests?|system[_-]tests?)(?:\.py)?$|^system_test|_system_test\.py$`)
	skippedDirs = []string{"node_modules", "__pycache__", "site-packages", "venv", "env", "virtualenv", "build", "dist"}
)

// testTree is what a walk over the app found.
type testTree struct {
	files    []string // hold tests, sorted
	skipped  []string // end-to-end and system tests: folders or files, sorted
	conftest string
	pytest   string // the first file written for pytest
}

// findTests walks the app. Virtual environments, hidden folders and what is
// installed are not looked into.
func findTests(fsys fs.FS) (t testTree, err error) {
	seen := 0
	err = fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrPermission) && e != nil && e.IsDir() {
				return fs.SkipDir
			}
			return err
		}
		if seen++; seen > maxEntries {
			return fs.SkipAll
		}
		if e.IsDir() {
			return t.dir(fsys, name)
		}
		return t.file(fsys, name, e)
	})
	slices.Sort(t.skipped)
	return t, err
}

func (t *testTree) dir(fsys fs.FS, name string) error {
	base := path.Base(name)
	switch {
	case name == ".":
	case base[0] == '.', slices.Contains(skippedDirs, base), appfile.Exists(fsys, name+"/pyvenv.cfg"):
		return fs.SkipDir
	case systemName.MatchString(base):
		if found, err := findTests(must(fs.Sub(fsys, name))); err != nil || len(found.files)+len(found.skipped) > 0 {
			t.skipped = append(t.skipped, name)
		}
		return fs.SkipDir
	}
	return nil
}

func must(f fs.FS, _ error) fs.FS { return f } // the name came from a walk, so it is valid

func (t *testTree) file(fsys fs.FS, name string, e fs.DirEntry) error {
	base := path.Base(name)
	switch {
	case base == "conftest.py" && t.conftest == "":
		t.conftest = name
		return nil
	case !testName.MatchString(base) || !e.Type().IsRegular():
		return nil
	}
	text, _, err := appfile.Read(fsys, name)
	if err != nil {
		return err
	}
	text = code(text)
	switch {
	case !testText.MatchString(text):
	case systemName.MatchString(base):
		t.skipped = append(t.skipped, name)
	default:
		t.files = append(t.files, name)
		if t.pytest == "" && pytestText.MatchString(text) {
			t.pytest = name
		}
	}
	return nil
}

// Test gives the test command: pytest where it is named, configured or needed,
// manage.py test for Django, else unittest. Not finding tests is no error.
// End-to-end and system tests are never run: they may use real clouds. locked,
// nil without a lock file, gives what the lock has for a group.
func Test(fsys fs.FS, has func(pkg string) bool, locked Group) (appfile.Found[Tests], error) {
	if has == nil {
		has = func(string) bool { return false }
	}
	f := appfile.Found[Tests]{From: "default"}
	p, err := project.Read(fsys)
	if err != nil {
		return f, err
	}
	t, err := findTests(fsys)
	if err != nil {
		return f, fmt.Errorf("looking for tests: %w", err)
	}
	if len(t.skipped) > 0 {
		f.Notes = append(f.Notes, "not run, as end-to-end and system tests may use real clouds: "+strings.Join(t.skipped, ", "))
	}
	if len(t.files) == 0 {
		f.Notes = append(f.Notes, "no tests were found: no test_*.py, *_test.py or tests.py with tests in it")
		return f, nil
	}
	f.From = t.files[0]
	var packages []string
	f.Value.Requirements, packages = testRequirements(fsys, p, locked)
	if len(f.Value.Requirements) == 0 {
		files, extra := toxRequirements(fsys)
		f.Value.Requirements = append(f.Value.Requirements, files...)
		if len(extra.Lines) > 0 {
			f.Value.Extra = append(f.Value.Extra, extra)
		}
	}
	required := requiredBy(fsys, f.Value.Requirements, packages, f.Value.Extra)
	named := has("pytest") || listed(fsys, f.Value.Requirements, pytestLine) || slices.ContainsFunc(packages, pytestLine.MatchString) || required("pytest")
	why := pytestConfig(fsys, p)
	if why == "" {
		why = first(t.conftest, t.pytest)
	}
	dirs := manageDirs(fsys)
	switch {
	case len(dirs) == 1 && has("django") && !named && pytestConfig(fsys, p) == "":
		f.Value.Command, f.From = manageTest(dirs[0])
	case named || why != "":
		f.Value.Command = t.pytestCommand()
		f.From = first(why, f.From)
		file, _, _ := strings.Cut(f.From, " ")
		ask := func(pkg string) {
			f.Value.Extra = append(f.Value.Extra, closure.Strings{File: file, Lines: []closure.Located{{Text: pkg, Line: 1}}})
			f.Notes = append(f.Notes, f.From+" asks for "+pkg+", and no requirements name it: the newest is used; name it in requirements-test.txt to choose")
		}
		if !named {
			ask("pytest")
		}
		for _, pkg := range missingPlugins(pytestSettings(fsys, p), func(pkg string) bool { return has(pkg) || required(pkg) }) {
			ask(pkg)
		}
	default:
		f.Value.Command = t.unittestCommand(fsys)
	}
	return f, nil
}

// manageTest runs the tests of the Django project in a folder.
func manageTest(dir string) (command []string, from string) {
	if dir == "." {
		return []string{"python", "manage.py", "test", "--noinput"}, "manage.py"
	}
	return shell("cd " + dir + " && exec python manage.py test --noinput"), dir + "/manage.py"
}

func first(names ...string) string {
	for _, n := range names {
		if n != "" {
			return n
		}
	}
	return ""
}
