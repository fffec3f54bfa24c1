package lockfile_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/lockfile"
)

func TestFaults(t *testing.T) {
	t.Parallel()
	pylock := func(rest string) string { return "lock-version = \"1.0\"\ncreated-by = \"x\"\n" + rest }
	pipfile := func(rest string) string {
		return "{\n\"_meta\": {\"pipfile-spec\": 6, \"hash\": {\"sha256\": \"\"}, \"sources\": []},\n\"default\": {" + rest + "}}"
	}
	poetry := "package = []\n[metadata]\nlock-version = \"2.1\"\npython-versions = \"*\"\ncontent-hash = \"0\"\n"
	for _, tt := range []struct{ name, source, text, want string }{
		{"no file", "uv.lock", "", "uv.lock: there is no such file"},
		{"no toml", "uv.lock", "version = 1\nx = [\n", "uv.lock:2:"},
		{"wrong type", "uv.lock", "version = 1\n[[package]]\nname = 3\n", "uv.lock:3:8:"},
		{"version", "uv.lock", "version = 2\n", "uv.lock:1: version 2 of uv.lock is not known"},
		{"another project", "uv.lock", "version = 1\nrequires-python = \">=3.8\"\n", "uv.lock: it does not lock a project in ."},
		{"python", "uv.lock", "version = 1\nrequires-python = \">=3.13\"\n", "uv.lock: it is locked for Python >=3.13, and 3.12 is used"},
		{"uv elsewhere", "uv.lock", "version = 1\nrequires-python = \">=3.8\"\nsupported-markers = [\"sys_platform == 'darwin'\"]\n", "uv.lock: it is locked for other environments than CPython 3.12"},
		{"no such package", "uv.lock", uvApp(`{ name = "x" }`, ""), "uv.lock:4: app needs x, which is locked 0 times"},
		{"bad marker", "uv.lock", uvApp(`{ name = "x", marker = "python = 3" }`, uvPackage("x", "1", "")), `uv.lock:4: the marker "python = 3"`},
		{"two versions", "uv.lock", uvApp(`{ name = "x", version = "1" }, { name = "x", version = "2" }`, uvPackage("x", "1", "")+uvPackage("x", "2", "")), "uv.lock:15: x is locked twice for Python 3.12, 2 here and 1 in line 10"},
		{"no group", "uv.lock[test]", uvApp("", ""), `uv.lock: it has no dependency group or extra "test"`},
		{"smuggled option", "uv.lock", uvApp(`{ name = "x" }`, uvPackage("x", "1 --index-url https://evil.example", "")), `uv.lock:10: the package "x" has no valid version`},
		{"smuggled name", "pylock.toml", pylock("[[packages]]\nname = \"x\\n-e .\"\nversion = \"1\"\nvcs = {type = \"git\", url = \"https://x.example\", commit-id = \"1\"}\n"), "has no valid name"},
		{"credentials", "uv.lock", uvApp(`{ name = "x" }`, strings.Replace(uvPackage("x", "1", ""), "pypi.org", "me:secret@index.example", 1)), "uv.lock:10: the index of x holds a URL with a login"},
		{"index on disk", "uv.lock", uvApp(`{ name = "x" }`, strings.Replace(uvPackage("x", "1", ""), "https://pypi.org/simple", "../wheels", 1)), "which is no index on a server"},
		{"git without commit", "uv.lock", uvApp(`{ name = "x" }`, strings.Replace(uvPackage("x", "1", ""), "registry", "git", 1)), "names no commit"},
		{"old poetry", "poetry.lock", "[metadata]\nlock-version = \"0.9\"\n", "lock version \"0.9\" of poetry.lock is not known"},
		{"poetry's python", "poetry.lock", strings.Replace(poetry, "\"*\"", "\"^3.13 || ~3.8\"", 1), "it is locked for Python ^3.13 || ~3.8, and 3.12 is used"},
		{"poetry's group", "poetry.lock[x]", poetry, "no dependency group or extra"},
		{"poetry's source", "poetry.lock", "[[package]]\nname = \"x\"\nversion = \"1\"\ngroups = [\"main\"]\n[package.source]\ntype = \"hg\"\nurl = \"x\"\n" + strings.TrimPrefix(poetry, "package = []\n"), `poetry.lock:1: x comes from a source of type "hg"`},
		{"no json", "Pipfile.lock", "{\n  \"a\": }\n", "Pipfile.lock:2:8:"},
		{"pipfile version", "Pipfile.lock", "{}", "version 0 of Pipfile.lock is not known"},
		{"pipfile type", "Pipfile.lock", pipfile("\n\"x\": {\"version\": 3}"), "Pipfile.lock:4: cannot unmarshal number"},
		{"pipfile section", "Pipfile.lock[dev]", pipfile(""), "no dependency group"},
		{"pylock version", "pylock.toml", "lock-version = \"2.0\"\n", "is not known"},
		{"pylock elsewhere", "pylock.toml", pylock("packages = []\nenvironments = [\"sys_platform == 'win32'\"]\n"), "locked for other environments than CPython 3.12 on Linux"},
		{"pylock's package python", "pylock.x.toml", pylock("[[packages]]\nname = \"x\"\nversion = \"1\"\nrequires-python = \">=3.13\"\ndirectory = {path = \"x\"}\n"), "pylock.x.toml:3: it is locked for Python >=3.13"},
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
