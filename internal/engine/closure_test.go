package engine_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release/releasetest"
)

const (
	hash   = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	uvHead = "version = 1\nrequires-python = \">=3.8\"\n[[package]]\nname = \"app\"\nversion = \"1\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"flask\" }, { name = \"six\", marker = \"sys_platform == 'win32'\" }]\n" +
		"[package.dev-dependencies]\ndev = [{ name = \"pytest\" }]\n[package.metadata]\nrequires-dist = [{ name = \"flask\", specifier = \">=3\" }, { name = \"six\" }]\n"
	// file is what a package of a pylock.toml is made of.
	file    = "wheels = [{name = \"x-1-py3-none-any.whl\", url = \"https://h/x-1-py3-none-any.whl\", hashes = {sha256 = \"0000000000000000000000000000000000000000000000000000000000000000\"}}]\n"
	project = "[project]\nname = \"app\"\nversion = \"1\"\ndependencies = [\"flask>=3\", \"six ; sys_platform == 'win32'\"]\n"
)

// locked is a package of a uv.lock; source is its index when it is a URL.
func locked(name, version, source string, hashed bool) string {
	files := "sdist = { url = \"x.tar.gz\" }\n"
	if hashed {
		files = "sdist = { url = \"x.tar.gz\", hash = \"" + hash + "\" }\n"
	}
	if source == "" {
		source = "registry = \"https://pypi.org/simple\""
	}
	return "[[package]]\nname = \"" + name + "\"\nversion = \"" + version + "\"\nsource = { " + source + " }\n" + files
}

func TestLockSources(t *testing.T) {
	t.Parallel()
	lock := uvHead + locked("flask", "3.1", "", true) + locked("six", "1.17", "", true) + locked("pytest", "9.0", "", true)
	flask := "flask==3.1 --hash=" + hash + "\n"
	for _, tt := range []struct {
		name  string
		files map[string]string
		named []string // requirements, in gcpdeploy.yaml
		index string
		want  string // canonical requirements
		from  string
		note  string
		err   string
		hint  string
	}{
		{name: "the lock before the project", files: map[string]string{"uv.lock": lock, "pyproject.toml": project}, from: "uv.lock", want: "--require-hashes\n" + flask},
		{name: "an export beside it", files: map[string]string{"uv.lock": lock, "pyproject.toml": project, "requirements.txt": "Flask==3.1.0\nsix==1 ; sys_platform == 'win32'\n"},
			from: "uv.lock", want: "--require-hashes\n" + flask, note: "uv.lock is used; requirements.txt agrees with it"},
		{name: "loose requirements beside it", files: map[string]string{"uv.lock": lock, "pyproject.toml": project, "requirements.txt": "flask>2,<4\n"},
			from: "uv.lock", want: "--require-hashes\n" + flask, note: "requirements.txt agrees"},
		{name: "a local version", files: map[string]string{"uv.lock": strings.Replace(lock, "\"3.1\"", "\"3.1+cpu\"", 1), "pyproject.toml": project, "requirements.txt": "flask==3.1\n"},
			from: "uv.lock", want: "--require-hashes\n" + strings.Replace(flask, "3.1", "3.1+cpu", 1), note: "requirements.txt agrees"},
		{name: "another version", files: map[string]string{"uv.lock": lock, "pyproject.toml": project, "requirements.txt": "# web\nflask==3.0\n"},
			err: "requirements.txt:2: it asks for flask==3.0, and uv.lock:12 has flask==3.1"},
		{name: "more packages", files: map[string]string{"uv.lock": lock, "pyproject.toml": project, "requirements.txt": "flask\ngunicorn\n"},
			err: "requirements.txt:2: it asks for gunicorn, which uv.lock does not install"},
		{name: "another index", files: map[string]string{"uv.lock": lock, "pyproject.toml": project, "requirements.txt": "-i https://index.example/simple\nflask\n"},
			err: "requirements.txt: it sets --index-url https://index.example/simple, which uv.lock does not"},
		{name: "the file is chosen", files: map[string]string{"uv.lock": lock, "pyproject.toml": project, "requirements.txt": "flask==3.0\n"},
			named: []string{"requirements.txt"}, from: "gcpdeploy.yaml", want: "flask==3.0\n"},
		{name: "the lock is chosen", files: map[string]string{"uv.lock": lock, "pyproject.toml": project, "requirements.txt": "flask==3.0\n"},
			named: []string{"uv.lock"}, from: "gcpdeploy.yaml", want: "--require-hashes\n" + flask},
		{name: "both are chosen", files: map[string]string{"uv.lock": lock, "pyproject.toml": project, "requirements.txt": "gunicorn\n"},
			named: []string{"uv.lock", "requirements.txt"}, from: "gcpdeploy.yaml", want: "flask==3.1\ngunicorn\n", note: "requirements.txt:1: gunicorn has no hash, so pip cannot check those of uv.lock"},
		{name: "a group", files: map[string]string{"uv.lock": lock, "pyproject.toml": project}, named: []string{"uv.lock[dev]"}, from: "gcpdeploy.yaml", want: "--require-hashes\npytest==9.0 --hash=" + hash + "\n"},
		{name: "two locks that agree", files: map[string]string{"uv.lock": lock, "pyproject.toml": project, "pylock.toml": "lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"flask\"\nversion = \"3.1\"\n" + file},
			from: "uv.lock", want: "--require-hashes\n" + flask, note: "pylock.toml agrees"},
		{name: "two locks that differ", files: map[string]string{"uv.lock": lock, "pyproject.toml": project, "pylock.toml": "lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"flask\"\nversion = \"3.0\"\n" + file},
			err: "pylock.toml:3: it asks for flask==3.0, and uv.lock:12 has flask==3.1"},
		{name: "out of date", files: map[string]string{"uv.lock": lock, "pyproject.toml": strings.Replace(project, "flask>=3", "flask>=3.2", 1)},
			err: "uv.lock: it is out of date: flask>=3.2 in pyproject.toml is not what was locked"},
		{name: "out of date, with another beside", files: map[string]string{"uv.lock": lock, "pyproject.toml": strings.Replace(project, "flask>=3", "flask>=3.2", 1), "requirements.txt": "flask\n"},
			err: "uv.lock: it is out of date", hint: "[uv.lock] to deploy it as it is, or [requirements.txt] to deploy that."},
		{name: "out of date and chosen", files: map[string]string{"uv.lock": lock, "pyproject.toml": strings.Replace(project, "flask>=3", "flask>=3.2", 1)},
			named: []string{"uv.lock"}, from: "gcpdeploy.yaml", want: "--require-hashes\n" + flask, note: "uv.lock is out of date"},
		{name: "no hashes", files: map[string]string{"uv.lock": uvHead + locked("flask", "3.1", "", false) + locked("six", "1", "", true)}, from: "uv.lock", want: "flask==3.1\n"},
		{name: "a commit has no hash", files: map[string]string{"uv.lock": strings.Replace(uvHead, "win32", "linux", 1) + locked("flask", "3.1", "git = \"https://git.example/flask?branch=main#abc\"", false) + locked("six", "1", "", true)},
			from: "uv.lock", want: "flask @ git+https://git.example/flask@abc\nsix==1.0\n", note: "has no hash, so pip cannot check"},
		{name: "an index of its own", files: map[string]string{"uv.lock": uvHead + locked("flask", "3.1", "registry = \"https://index.example/simple/\"", true) + locked("six", "1", "", true)},
			from: "uv.lock", want: "--index-url https://index.example/simple\n--require-hashes\n" + flask},
		{name: "an index beside PyPI", files: map[string]string{"uv.lock": strings.Replace(uvHead, "win32", "linux", 1) + locked("flask", "3.1", "registry = \"https://index.example/simple\"", true) + locked("six", "1.0", "", true)},
			from: "uv.lock", want: "--extra-index-url https://index.example/simple\n--require-hashes\n" + flask + "six==1.0 --hash=" + hash + "\n"},
		{name: "an index beside PyPI, no hashes", files: map[string]string{"uv.lock": strings.Replace(uvHead, "win32", "linux", 1) + locked("flask", "3.1", "registry = \"https://index.example/simple\"", false) + locked("six", "1.0", "", false)},
			from: "uv.lock", want: "--extra-index-url https://index.example/simple\nflask==3.1\nsix==1.0\n", note: "uv.lock: pip asks https://index.example/simple for every package"},
		{name: "the configured index", index: "https://index.example/simple", files: map[string]string{"uv.lock": lock},
			from: "uv.lock", want: "--index-url https://index.example/simple\n--require-hashes\n" + flask},
		{name: "a folder of the app", files: map[string]string{"uv.lock": uvHead + locked("flask", "3.1", "editable = \"libs/flask\"", false) + locked("six", "1.0", "", true), "libs/flask/pyproject.toml": "[project]\nname = 'flask'\ndependencies = ['six; sys_platform == \"win32\"']"},
			from: "uv.lock", want: ""},
		{name: "a folder elsewhere", files: map[string]string{"uv.lock": uvHead + locked("flask", "3.1", "directory = \"../flask\"", false) + locked("six", "1.0", "", true)},
			err: "uv.lock:12: ../flask does not exist"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, text := range tt.files {
				write(t, filepath.Join(dir, name), text)
			}
			c := &config.Config{Dir: dir, Python: "3.12", Requirements: tt.named, Origin: map[string]string{"python": "test"}}
			c.Wheels.IndexURL = tt.index
			if tt.named != nil {
				c.Origin["requirements"] = "gcpdeploy.yaml"
			}
			closure, all, err := engine.Requirements(c, nil)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || errs.KindOf(err) != errs.Usage || errs.HintOf(err) == "" || !strings.Contains(errs.HintOf(err), tt.hint) {
					t.Errorf("error %v (hint %q), want a usage error with %q, hint %q", err, errs.HintOf(err), tt.err, tt.hint)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, _ := closure.Canonical()
			notes := strings.Join(all, "\n")
			if string(got) != tt.want || c.Origin["requirements"] != tt.from || !strings.Contains(notes, tt.note) || tt.note == "" && notes != "" {
				t.Errorf("from %s, notes %q:\n%swant from %s, note %q:\n%s", c.Origin["requirements"], notes, got, tt.from, tt.note, tt.want)
			}
		})
	}
}

// TestLockedOwn takes the projects that a lock installs in place for the app's own: the lock tells
// their dependencies, with hashes, and nobody asks their build backends.
func TestLockedOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	head := strings.Replace(uvHead, "virtual = \".\"", "editable = \".\"", 1)
	write(t, filepath.Join(dir, "uv.lock"), head+locked("flask", "3.1", "editable = \"libs/flask\"", false)+"dependencies = [{ name = \"six\" }]\n"+locked("six", "1.0", "", true))
	write(t, filepath.Join(dir, "libs/flask/setup.py"), "")
	write(t, filepath.Join(dir, "pyproject.toml"), project)
	write(t, filepath.Join(dir, "requirements.txt"), "-e .\n") // says the same in other words
	c := &config.Config{Dir: dir, Python: "3.12", Origin: map[string]string{"python": "test"}}
	closure, _, err := engine.Requirements(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, limits := closure.Canonical()
	if string(got) != "--require-hashes\nsix==1.0 --hash="+hash+"\n" || string(limits) != "" || len(closure.Locals) != 0 {
		t.Errorf("wheels are made of\n%s, limited by %q, and of %q", got, limits, closure.Locals)
	}
	app := plan.App{Closure: closure}
	var lines []string
	for _, o := range plan.Own(app) {
		lines = append(lines, o.Install("/app"))
	}
	if got := strings.Join(lines, ", "); got != "-e /app, -e /app/libs/flask" {
		t.Errorf("own projects: %s", got)
	}
	if build := string(plan.BuildRequirements(app)); build != "setuptools>=40.8\nwheel\n" {
		t.Errorf("they are built with %q", build)
	}
}

// TestLockedTests takes what the tests need from the lock, too.
func TestLockedTests(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "uv.lock"), uvHead+locked("flask", "3.1", "", true)+locked("six", "1.17", "", true)+locked("pytest", "9.0", "", true))
	write(t, filepath.Join(dir, "pyproject.toml"), project+"[dependency-groups]\ndev = [\"pytest\"]\n")
	write(t, filepath.Join(dir, "test_app.py"), "def test_a():\n    assert True\n")
	write(t, filepath.Join(dir, "server.py"), "if __name__ == '__main__':\n    serve(8080)\n")
	app, err := engine.Load(t.Context(), config.Input{Targets: []config.Target{releasetest.Kind.Config}, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	c := app.Config
	got, _ := app.Tests.Canonical()
	if want := "--require-hashes\npytest==9.0 --hash=" + hash + "\n"; string(got) != want || strings.Join(c.Test.Requirements, " ") != "uv.lock[dev]" || strings.Join(c.Test.Command, " ") != "python -m pytest" {
		t.Errorf("%v of %v:\n%swant:\n%s", c.Test.Command, c.Test.Requirements, got, want)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
