package lockfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/lockfile"
)

// folder lays out a folder of name, content pairs.
func folder(t *testing.T, pairs ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(pairs); i += 2 {
		file := filepath.Join(dir, filepath.FromSlash(pairs[i]))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(pairs[i+1]), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func uvApp(dependencies, rest string) string {
	return "version = 1\nrequires-python = \">=3.10\"\n\n[[package]]\nname = \"app\"\nversion = \"1\"\nsource = { virtual = \".\" }\ndependencies = [" + dependencies + "]\n" + rest
}

func uvPackage(name, version, rest string) string {
	return "\n[[package]]\nname = \"" + name + "\"\nversion = \"" + version + "\"\nsource = { registry = \"https://pypi.org/simple\" }\n" + rest
}

// TestMarkersOfPatchLevels keeps what the minor version does not decide, joined
// over all ways that lead to a package.
func TestMarkersOfPatchLevels(t *testing.T) {
	t.Parallel()
	dir := folder(t, "uv.lock", uvApp(`
    { name = "a" }, { name = "b", marker = "python_full_version < '3.12.4'" }, { name = "c", marker = "python_full_version >= '3.12.6'" },
    { name = "d", version = "1", marker = "python_full_version < '3.12.4'" }, { name = "d", version = "2", marker = "python_full_version >= '3.12.4'" },
`, uvPackage("a", "1", "dependencies = [{ name = \"e\", marker = \"platform_release != 'x' or python_full_version < '3.12.1'\" }]\n")+
		uvPackage("b", "1", "dependencies = [{ name = \"e\" }, { name = \"f\" }]\n")+uvPackage("c", "1", "dependencies = [{ name = \"f\" }]\n")+
		uvPackage("d", "1", "")+uvPackage("d", "2", "")+uvPackage("e", "1", "")+uvPackage("f", "1", "dependencies = [{ name = \"a\" }]\n")))
	l, _, err := lockfile.Read(dir, "uv.lock", lockfile.Target{Python: "3.12"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"a==1",
		`b==1 ; python_full_version < "3.12.4"`,
		`c==1 ; python_full_version >= "3.12.6"`,
		`d==1 ; python_full_version < "3.12.4"`,
		`d==2 ; python_full_version >= "3.12.4"`,
		`e==1 ; platform_release != "x" or python_full_version < "3.12.1" or python_full_version < "3.12.4"`,
		`f==1 ; python_full_version < "3.12.4" or python_full_version >= "3.12.6"`,
	}
	var got []string
	for _, p := range l.Packages {
		got = append(got, p.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestPoetryOne reads the form of Poetry 1.1: hashes apart, extras by name.
func TestPoetryOne(t *testing.T) {
	t.Parallel()
	dir := folder(t, "pyproject.toml", "[tool.poetry.dependencies]\npython = \"^3.8\"\nFlask = {version = \"^2.0\", extras = [\"dotenv\"]}\n[tool.poetry.dev-dependencies]\npytest = \"*\"\n",
		"poetry.lock", `[[package]]
name = "flask"
version = "2.0.1"
category = "main"
optional = false
python-versions = ">=3.6"

[package.dependencies]
click = ">=7.1.2"
dataclasses = {version = "*", markers = "python_version < \"3.7\""}
python-dotenv = {version = "*", optional = true, markers = "extra == \"dotenv\""}
asgiref = {version = ">=3.2", optional = true, markers = "extra == \"async\""}

[package.extras]
async = ["asgiref (>=3.2)"]
dotenv = ["python-dotenv"]

[[package]]
name = "click"
version = "8.0.0"

[[package]]
name = "python-dotenv"
version = "0.19"

[[package]]
name = "asgiref"
version = "3.4"

[[package]]
name = "pytest"
version = "6.0"

[metadata]
lock-version = "1.1"
python-versions = "^3.8"
content-hash = "unknown"

[metadata.files]
flask = [{file = "Flask-2.0.1.tar.gz", hash = "sha256:00"}, {file = "old", hash = "md5:11"}]
click = [{file = "click.whl", hash = "sha256:22"}]
python-dotenv = []
pytest = []
`)
	for source, want := range map[string]string{
		"poetry.lock":      "click==8.0.0 sha256:22,flask==2.0.1 sha256:00,python-dotenv==0.19",
		"poetry.lock[dev]": "pytest==6.0",
	} {
		l, _, err := lockfile.Read(dir, source, lockfile.Target{Python: "3.12"})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(show(l), ","); got != want || l.Stale == "" {
			t.Errorf("%s: %s (stale %q), want %s", source, got, l.Stale, want)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	pylock := func(rest string) string { return "lock-version = \"1.0\"\ncreated-by = \"x\"\n" + rest }
	pipfile := func(rest string) string { return "{\n\"_meta\": {\"pipfile-spec\": 6},\n\"default\": {" + rest + "}}" }
	poetry := "[metadata]\nlock-version = \"2.1\"\npython-versions = \"*\"\ncontent-hash = \"\"\n"
	for _, tt := range []struct{ name, source, text, want string }{
		{"no file", "uv.lock", "", "uv.lock: there is no such file"},
		{"no toml", "uv.lock", "version = 1\nx = [\n", "uv.lock:2:"},
		{"wrong type", "uv.lock", "version = 1\n[[package]]\nname = 3\n", "uv.lock:3:8:"},
		{"version", "uv.lock", "version = 2\n", "uv.lock:1: version 2 of uv.lock is not known"},
		{"another project", "uv.lock", "version = 1\n", "uv.lock: it does not lock a project in ."},
		{"python", "uv.lock", "version = 1\nrequires-python = \">=3.13\"\n", "uv.lock: it is locked for Python >=3.13, and 3.12 is used"},
		{"uv elsewhere", "uv.lock", "version = 1\nsupported-markers = [\"sys_platform == 'darwin'\"]\n", "uv.lock: it is locked for other environments than CPython 3.12"},
		{"no such package", "uv.lock", uvApp(`{ name = "x" }`, ""), "uv.lock:4: app needs x, which is locked 0 times"},
		{"bad marker", "uv.lock", uvApp(`{ name = "x", marker = "python = 3" }`, uvPackage("x", "1", "")), `uv.lock:4: the marker "python = 3"`},
		{"two versions", "uv.lock", uvApp(`{ name = "x", version = "1" }, { name = "x", version = "2" }`, uvPackage("x", "1", "")+uvPackage("x", "2", "")), "uv.lock:15: x is locked twice for Python 3.12, 2 here and 1 in line 10"},
		{"no group", "uv.lock[test]", uvApp("", ""), `uv.lock: it has no dependency group or extra "test"`},
		{"smuggled option", "uv.lock", uvApp(`{ name = "x" }`, uvPackage("x", "1 --index-url https://evil.example", "")), `uv.lock:10: the package "x" has no valid version`},
		{"smuggled name", "pylock.toml", pylock("[[packages]]\nname = \"x\\n-e .\"\nversion = \"1\"\n"), "has no valid name"},
		{"credentials", "uv.lock", uvApp(`{ name = "x" }`, strings.Replace(uvPackage("x", "1", ""), "pypi.org", "me:secret@index.example", 1)), "uv.lock:10: the index of x on index.example has credentials in its URL"},
		{"index on disk", "uv.lock", uvApp(`{ name = "x" }`, strings.Replace(uvPackage("x", "1", ""), "https://pypi.org/simple", "../wheels", 1)), "which is no index on a server"},
		{"git without commit", "uv.lock", uvApp(`{ name = "x" }`, strings.Replace(uvPackage("x", "1", ""), "registry", "git", 1)), "names no commit"},
		{"old poetry", "poetry.lock", "[metadata]\nlock-version = \"0.9\"\n", "lock version \"0.9\" of poetry.lock is not known"},
		{"poetry's python", "poetry.lock", strings.Replace(poetry, "\"*\"", "\"^3.13 || ~3.8\"", 1), "it is locked for Python ^3.13 || ~3.8, and 3.12 is used"},
		{"poetry's group", "poetry.lock[x]", poetry, "no dependency group or extra"},
		{"poetry's source", "poetry.lock", "[[package]]\nname = \"x\"\nversion = \"1\"\ngroups = [\"main\"]\n[package.source]\ntype = \"hg\"\n" + poetry, `poetry.lock:1: x comes from a source of type "hg"`},
		{"no json", "Pipfile.lock", "{\n  \"a\": }\n", "Pipfile.lock:2:8:"},
		{"pipfile version", "Pipfile.lock", "{}", "version 0 of Pipfile.lock is not known"},
		{"pipfile type", "Pipfile.lock", pipfile("\n\"x\": {\"version\": 3}"), "Pipfile.lock:4: cannot unmarshal number"},
		{"pipfile section", "Pipfile.lock[dev]", pipfile(""), "no dependency group"},
		{"pylock version", "pylock.toml", "lock-version = \"2.0\"\n", "is not known"},
		{"pylock elsewhere", "pylock.toml", pylock("environments = [\"sys_platform == 'win32'\"]\n"), "locked for other environments than CPython 3.12 on Linux"},
		{"pylock's package python", "pylock.x.toml", pylock("[[packages]]\nname = \"x\"\nversion = \"1\"\nrequires-python = \">=3.13\"\n"), "pylock.x.toml:3: it is locked for Python >=3.13"},
		{"mercurial", "pylock.toml", pylock("[[packages]]\nname = \"x\"\nvcs = {type = \"hg\", url = \"https://x.example\", commit-id = \"1\"}\n"), "is no commit of a git repository"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file, _, ok := lockfile.Split(tt.source)
			if !ok {
				t.Fatal("no lock file's name")
			}
			dir := folder(t)
			if tt.text != "" {
				dir = folder(t, file, tt.text)
			}
			_, ok, err := lockfile.Read(dir, tt.source, lockfile.Target{Python: "3.12"})
			if !ok || err == nil || !strings.Contains(err.Error(), tt.want) || errs.KindOf(err) != errs.Usage || errs.HintOf(err) == "" {
				t.Errorf("error %v (hint %q), want a usage error with %q", err, errs.HintOf(err), tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells a password: %v", err)
			}
		})
	}
}

// TestStale changes the project files of real locks.
func TestStale(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ dir, lock, project, old, new, want string }{
		{"uv/basic", "uv.lock", "pyproject.toml", `"flask>=3"`, `"flask>=3", "gunicorn"`, "gunicorn was added to pyproject.toml"},
		{"uv/basic", "uv.lock", "pyproject.toml", `"flask>=3", `, ``, "flask was taken out of pyproject.toml"},
		{"uv/basic", "uv.lock", "pyproject.toml", `flask>=3`, `flask>=2`, "flask>=2 in pyproject.toml is not what was locked"},
		{"uv/basic", "uv.lock", "pyproject.toml", `"flask>=3"`, `"Flask >= 3"`, ""},
		{"uv/basic", "uv.lock", "pyproject.toml", `numpy>=1.26`, `numpy (>=1.26.0)`, ""},
		{"uv/extras", "uv.lock", "pyproject.toml", `"gunicorn"]`, `"gunicorn", "gevent"]`, "gevent was added"},
		{"uv/extras", "uv.lock", "pyproject.toml", `pytest>=8`, `pytest>=7`, "pytest>=7 in pyproject.toml"},
		{"uv/git", "uv.lock", "pyproject.toml", `version = "0.1.0"`, `version = "0.2.0"`, ""},
		{"poetry/classic", "poetry.lock", "pyproject.toml", `pandas = `, `polars = "*"` + "\npandas = ", "changed since"},
		{"poetry/classic", "poetry.lock", "pyproject.toml", `description = "x"`, `description = "y"`, ""},
		{"poetry/project", "poetry.lock", "pyproject.toml", `pytest>=8`, `pytest>=7`, "changed since"},
		{"poetry1/classic", "poetry.lock", "pyproject.toml", `pytest = "^8"`, `pytest = "^7"`, "changed since"},
		{"pipenv/basic", "Pipfile.lock", "Pipfile", `numpy = "*"`, `numpy = ">1"`, "Pipfile was changed"},
		{"pipenv/basic", "Pipfile.lock", "Pipfile", "[[source]]\nurl = \"https://pypi.org/simple\"\nverify_ssl = true\nname = \"pypi\"\n", "", ""},
		{"pipenv/basic", "Pipfile.lock", "Pipfile", `[packages]`, "# more\n[packages]", ""},
	} {
		t.Run(tt.dir+" "+tt.new, func(t *testing.T) {
			t.Parallel()
			text := func(name string) string {
				b, err := os.ReadFile(filepath.Join("testdata", tt.dir, name))
				if err != nil {
					t.Fatal(err)
				}
				return string(b)
			}
			project := text(tt.project)
			changed := strings.Replace(project, tt.old, tt.new, 1)
			if changed == project {
				t.Fatalf("%q is not in it", tt.old)
			}
			dir := folder(t, tt.lock, text(tt.lock), tt.project, changed)
			l, _, err := lockfile.Read(dir, tt.lock, lockfile.Target{Python: "3.11"})
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == "" && l.Stale != "" || !strings.Contains(l.Stale, tt.want) {
				t.Errorf("stale %q, want %q", l.Stale, tt.want)
			}
		})
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	const root = "[tool.uv.workspace]\nmembers = [\"apps/*\", \"deep/**\"]\nexclude = [\"apps/out\"]\n"
	dir := folder(t, "pyproject.toml", root, "uv.lock", "", "apps/web/pyproject.toml", "", "apps/out/pyproject.toml", "", "apps/none/main.py", "",
		"deep/a/b/pyproject.toml", "", "other/pyproject.toml", "", "own/pyproject.toml", "[tool.uv.workspace]\n", "own/apps/x/pyproject.toml", "",
		"all/poetry.lock", "", "all/Pipfile.lock", "", "all/pylock.toml", "", "all/pylock.dev.toml", "", "all/uv.lock", "", "apps/two/pyproject.toml", "", "apps/two/Pipfile.lock", "")
	for app, want := range map[string]string{
		".": "uv.lock", "apps/web": "../../uv.lock", "apps/out": "", "apps/none": "", "deep/a/b": "../../../uv.lock", "other": "", "own": "", "own/apps/x": "",
		"all": "uv.lock poetry.lock pylock.toml Pipfile.lock", "apps/two": "../../uv.lock Pipfile.lock",
	} {
		got, err := lockfile.Find(filepath.Join(dir, app))
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("Find(%s) = %v, %v; want %s", app, got, err, want)
		}
	}
}

// TestGitAddresses spells repositories as pip wants them.
func TestGitAddresses(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://git.example/a/b.git":   "x @ git+https://git.example/a/b.git@abc",
		"ssh://git@git.example/a/b.git": "x @ git+ssh://git@git.example/a/b.git@abc",
		"git@git.example:a/b.git":       "x @ git+ssh://git@git.example/a/b.git@abc",
	} {
		dir := folder(t, "pylock.toml", "lock-version = \"1.0\"\n[[packages]]\nname = \"x\"\nvcs = {type = \"git\", url = \""+address+"\", commit-id = \"abc\"}\n")
		l, _, err := lockfile.Read(dir, "pylock.toml", lockfile.Target{Python: "3.12"})
		if err != nil || len(l.Packages) != 1 || l.Packages[0].String() != want {
			t.Errorf("%s: %v, %v; want %s", address, l, err, want)
		}
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"uv.lock": "uv.lock ", "../uv.lock[test]": "../uv.lock test", "pylock.toml": "pylock.toml ", "sub/pylock.web.toml[x]": "sub/pylock.web.toml x",
		"requirements.txt": "", "uv.lock[": "", "uv.lock[]": "", "uv.lock]": "", "pylock.a.b.toml": "", "pyproject.toml[test]": "", "": "",
	} {
		got := ""
		if file, group, ok := lockfile.Split(name); ok {
			got = file + " " + group
		}
		if got != want {
			t.Errorf("Split(%s) = %q, want %q", name, got, want)
		}
	}
}

// FuzzRead puts any text into each lock file: nothing may panic, and all faults
// are the user's.
func FuzzRead(f *testing.F) {
	names := []string{"uv.lock", "poetry.lock", "Pipfile.lock", "pylock.toml"}
	seeds, err := filepath.Glob("testdata/*/*/*lock*")
	if err != nil || len(seeds) < 20 {
		f.Fatal(len(seeds), err)
	}
	for _, seed := range seeds {
		text, err := os.ReadFile(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "^1.2 || ~3, 4.*")
	}
	f.Add(uvApp(`{ name = "x", extra = ["app"] }`, uvPackage("x", "1", "dependencies = [{name = \"app\", extra=[\"y\"]}]\n")), "")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text, project string) {
		for _, name := range names {
			for file, data := range map[string]string{name: text, "pyproject.toml": "[tool.poetry.dependencies]\nx = '''" + project + "'''\n", "Pipfile": project} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(data), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			for _, group := range []string{"", "[dev]"} {
				l, ok, err := lockfile.Read(dir, name+group, lockfile.Target{Python: "3.12"})
				if !ok || err != nil && errs.KindOf(err) != errs.Usage || (err == nil) != (l != nil) {
					t.Fatalf("%s: %v, %v", name, l, err)
				}
			}
		}
	})
}
