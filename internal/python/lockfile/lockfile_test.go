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

func TestFind(t *testing.T) {
	t.Parallel()
	const root = "[tool.uv.workspace]\nmembers = [\"apps/*\", \"deep/**\"]\nexclude = [\"apps/out\"]\n"
	dir := folder(t, "pyproject.toml", root, "uv.lock", "", "apps/web/pyproject.toml", "", "apps/out/pyproject.toml", "", "apps/none/main.py", "",
		"deep/a/b/pyproject.toml", "", "other/pyproject.toml", "", "own/pyproject.toml", "[tool.uv.workspace]\n", "own/apps/x/pyproject.toml", "",
		"all/poetry.lock", "", "all/pdm.lock", "", "all/Pipfile.lock", "", "all/pylock.toml", "", "all/pylock.dev.toml", "", "all/uv.lock", "", "apps/two/pyproject.toml", "", "apps/two/Pipfile.lock", "")
	for app, want := range map[string]string{
		".": "uv.lock", "apps/web": "../../uv.lock", "apps/out": "", "apps/none": "", "deep/a/b": "../../../uv.lock", "other": "", "own": "", "own/apps/x": "",
		"all": "uv.lock poetry.lock pdm.lock pylock.toml Pipfile.lock", "apps/two": "../../uv.lock Pipfile.lock",
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
		dir := folder(t, "pylock.toml", "lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"x\"\nvcs = {type = \"git\", url = \""+address+"\", commit-id = \"abc\"}\n")
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
	names := []string{"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml"}
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
