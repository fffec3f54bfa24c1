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
		{name: "django below", has: "django", fsys: tree("backend/manage.py", manage, "backend/shop/tests.py", unit), want: "/bin/sh -c cd backend && exec python manage.py test --noinput", from: "backend/manage.py"},
		{name: "cookiecutter's local.txt", has: "django", fsys: tree("manage.py", manage, "shop/tests/test_a.py", unit, "requirements/local.txt", "-r base.txt\npytest==8\n"), want: "python -m pytest", reqs: "requirements/local.txt", from: "shop/tests/test_a.py"},
		{name: "plugins of addopts", fsys: tree("test_a.py", bare, "pytest.ini", "[pytest]\naddopts = -q --cov=app -n auto\n# --timeout=1\n", "requirements-dev.txt", "pytest\npytest_xdist\n"), want: "python -m pytest", reqs: "requirements-dev.txt", extra: "pytest-cov", from: "pytest.ini", note: "pytest.ini asks for pytest-cov"},
		{name: "plugins in pyproject.toml", fsys: tree("test_a.py", bare, "pyproject.toml", "[tool.pytest.ini_options]\naddopts = ['--cov', '-x']\nasyncio_mode = 'auto'\n"), want: "python -m pytest", extra: "pytestpytest-covpytest-asyncio", from: "pyproject.toml [tool.pytest]", note: "pytest-asyncio"},
		{name: "plugins by setup.cfg", has: "pytest", fsys: tree("test_a.py", bare, "setup.cfg", "[tool:pytest]\nDJANGO_SETTINGS_MODULE = a.b\n[other]\naddopts = --cov\n"), want: "python -m pytest", extra: "pytest-django", from: "setup.cfg", note: "pytest-django"},
		{name: "tox's deps", fsys: tree("test_a.py", unit, "tox.ini", "[tox]\n[testenv]\ndeps =\n    -r{toxinidir}/dev/reqs.txt\n    pytest>=8  # x\n    responses\n    py39: old\n    -e .\n    {[base]deps}\ncommands = pytest\n", "dev/reqs.txt", ""), want: "python -m pytest", reqs: "dev/reqs.txt", extra: "pytest>=8responses", from: "test_a.py"},
		{name: "tox beside a file", fsys: tree("test_a.py", unit, "tox.ini", "[testenv]\ndeps = pytest\n", "requirements-test.txt", "responses\n"), want: "python -m unittest discover", reqs: "requirements-test.txt", from: "test_a.py"},
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
			for _, s := range got.Value.Extra {
				for _, l := range s.Lines {
					extra += l.Text
				}
			}
			if join(got.Value.Command) != tt.want || join(got.Value.Requirements) != tt.reqs || extra != tt.extra || got.From != tt.from || !strings.Contains(join(got.Notes), tt.note) {
				t.Errorf("Test = %+v\nwant %q, %q, extra %q from %s, note %q", got, tt.want, tt.reqs, tt.extra, tt.from, tt.note)
			}
		})
	}
}
