package detect_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/detect"
)

func TestTests(t *testing.T) {
	t.Parallel()
	const (
		bare = "def test_a():\n    assert 1\n"
		unit = "import unittest\n\nclass A(unittest.TestCase):\n    def test_a(self): pass\n"
	)
	for _, tt := range []struct {
		name, has, want, reqs, extra, from, note string
		fsys                                     fs.FS
	}{
		{name: "none", fsys: tree("main.py", "", "tests.py", "# Create your tests here.\n"), from: "default", note: "no tests were found"},
		{name: "pytest by style", fsys: tree("tests/test_a.py", bare), want: "python -m pytest", extra: "pytest", from: "tests/test_a.py", note: "name it in requirements-test.txt"},
		{name: "pytest in the runtime", has: "pytest", fsys: tree("test_a.py", unit), want: "python -m pytest", from: "test_a.py"},
		{name: "pytest in a file", fsys: tree("test_a.py", unit, "requirements-dev.txt", "black\nPyTest>=8 # x\n"), want: "python -m pytest", reqs: "requirements-dev.txt", from: "test_a.py"},
		{name: "pytest in an included file", fsys: tree("test_a.py", unit, "requirements/dev.txt", "-r more.txt\n", "requirements/more.txt", "pytest-cov\n"), want: "python -m pytest", reqs: "requirements/dev.txt", from: "test_a.py"},
		{name: "pytest in a group", fsys: tree("tests/test_a.py", bare, "pyproject.toml", "[dependency-groups]\ndev=['pytest']\n[tool.pytest.ini_options]\n"), want: "python -m pytest", reqs: "pyproject.toml[dev]", from: "pyproject.toml [tool.pytest]"},
		{name: "test before dev", fsys: tree("test_a.py", bare, "pyproject.toml", "[project.optional-dependencies]\ntest=['pytest']\ndev=['x']\n"), want: "python -m pytest", reqs: "pyproject.toml[test]", from: "test_a.py"},
		{name: "pytest.ini", fsys: tree("x_test.py", unit, "pytest.ini", "[pytest]\n"), want: "python -m pytest", extra: "pytest", from: "pytest.ini", note: "asks for pytest"},
		{name: "conftest", fsys: tree("tests/test_a.py", unit, "tests/conftest.py", ""), want: "python -m pytest", extra: "pytest", from: "tests/conftest.py"},
		{name: "lone tests.py by pytest", has: "pytest", fsys: tree("tests.py", bare), want: "python -m pytest tests.py", from: "tests.py"},
		{name: "unittest", fsys: tree("test_a.py", unit), want: "python -m unittest discover", from: "test_a.py"},
		{name: "unittest with requirements", fsys: tree("test_a.py", unit, "requirements-test.txt", "responses\n"), want: "python -m unittest discover", reqs: "requirements-test.txt", from: "test_a.py"},
		{name: "unittest in a package", fsys: tree("tests/__init__.py", "", "tests/test_a.py", unit, "test_b.py", unit), want: "python -m unittest discover", from: "test_b.py"},
		{name: "unittest in a folder", fsys: tree("tests/test_a.py", unit), want: "python -m unittest discover -s tests", from: "tests/test_a.py"},
		{name: "unittest by another pattern", fsys: tree("a_test.py", unit), want: "python -m unittest discover -p *_test.py", from: "a_test.py"},
		{name: "unittest in two folders", fsys: tree("a/test_a.py", unit, "b/test_b.py", unit), want: "python -m unittest a/test_a.py b/test_b.py", from: "a/test_a.py"},
		{name: "unittest deep", fsys: tree("a/b/test_a.py", unit), want: "python -m unittest a/b/test_a.py", from: "a/b/test_a.py"},
		{name: "lone tests.py", fsys: tree("tests.py", unit), want: "python -m unittest discover", from: "tests.py"},
		{name: "django", has: "django", fsys: tree("manage.py", manage, "shop/tests.py", unit), want: "python manage.py test --noinput", from: "manage.py"},
		{name: "django by pytest", has: "django", fsys: tree("manage.py", manage, "shop/tests/test_a.py", unit, "requirements-dev.txt", "pytest-django"), want: "python -m pytest", reqs: "requirements-dev.txt", from: "shop/tests/test_a.py"},
		{name: "end to end only", fsys: tree("e2e_test.py", bare, "e2e/test_a.py", bare), from: "default", note: "e2e, e2e_test.py"},
		{name: "end to end beside", has: "pytest", fsys: tree("test_a.py", bare, "e2e/test_a.py", bare, "system_tests/x.py", ""), want: "python -m pytest --ignore=e2e", from: "test_a.py", note: "e2e"},
		{name: "end to end beside unittest", fsys: tree("test_a.py", unit, "test_e2e.py", unit), want: "python -m unittest test_a.py", from: "test_a.py", note: "test_e2e.py"},
		{name: "not ours", fsys: tree(".venv/test_a.py", bare, "my/pyvenv.cfg", "", "my/lib/test_a.py", bare, "node_modules/x/test_x.py", bare), from: "default", note: "no tests"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := detect.Test(tt.fsys, packages(tt.has), nil)
			check(t, err)
			extra := ""
			for _, l := range got.Value.Extra {
				extra += l.Lines[0].Text
			}
			if join(got.Value.Command) != tt.want || join(got.Value.Requirements) != tt.reqs || extra != tt.extra || got.From != tt.from || !strings.Contains(join(got.Notes), tt.note) {
				t.Errorf("Test = %+v\nwant %q, %q, extra %q from %s, note %q", got, tt.want, tt.reqs, tt.extra, tt.from, tt.note)
			}
		})
	}
}
