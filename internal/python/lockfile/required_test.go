package lockfile_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/lockfile"
)

// TestRequiredKeys takes a good lock of each format, and loses one part of it.
func TestRequiredKeys(t *testing.T) {
	t.Parallel()
	const sha = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	pylock := "lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"x\"\nversion = \"1\"\nwheels = [{url = \"https://h/x-1-py3-none-any.whl\", hashes = {sha256 = \"" + sha + "\"}}]\n"
	uv := uvApp(`{ name = "x" }`, uvPackage("x", "1", "wheels = [{ url = \"https://h/x-1-py3-none-any.whl\", hash = \"sha256:"+sha+"\" }]\n"))
	poetry := "[[package]]\nname = \"x\"\nversion = \"1\"\ngroups = [\"main\"]\nfiles = [{file = \"x-1-py3-none-any.whl\", hash = \"sha256:" + sha + "\"}]\n" +
		"[package.source]\ntype = \"legacy\"\nurl = \"https://h/simple\"\n" +
		"[metadata]\nlock-version = \"2.1\"\npython-versions = \"*\"\ncontent-hash = \"0\"\n"
	pipfile := "{\"_meta\": {\"pipfile-spec\": 6, \"hash\": {\"sha256\": \"0\"}, \"sources\": []},\n\"default\": {\n\"x\": {\"version\": \"==1\", \"hashes\": [\"sha256:" + sha + "\"]}}}"
	pdm := "[metadata]\ngroups = [\"default\"]\nstrategy = [\"inherit_metadata\"]\nlock_version = \"4.5.0\"\ncontent_hash = \"sha256:0\"\n[[metadata.targets]]\nrequires_python = \">=3.10\"\n" +
		"[[package]]\nname = \"x\"\nversion = \"1\"\ngroups = [\"default\"]\nfiles = [{file = \"x-1-py3-none-any.whl\", hash = \"sha256:" + sha + "\"}]\n"
	whole := map[string]string{"pdm.lock": pdm, "pylock.toml": pylock, "uv.lock": uv, "poetry.lock": poetry, "Pipfile.lock": pipfile}
	read := func(file, text string) (*lockfile.Lock, error) {
		l, _, err := lockfile.Read(folder(t, file, text), file, lockfile.Target{Python: "3.12"})
		return l, err
	}
	for file, text := range whole {
		if l, err := read(file, text); err != nil || len(l.Packages) != 1 || len(l.Packages[0].Hashes) != 1 {
			t.Errorf("%s: %+v, %v", file, l, err)
		}
	}
	for _, tt := range []struct{ file, old, new, want string }{
		{"pylock.toml", pylock[strings.Index(pylock, "[[packages]]"):], "", "pylock.toml: the required key packages is missing"},
		{"pylock.toml", "created-by = \"x\"\n", "", "pylock.toml: the required key created-by is missing"},
		{"pylock.toml", "lock-version = \"1.0\"\n", "", "pylock.toml: lock version \"\""},
		{"pylock.toml", "name = \"x\"\n", "", "pylock.toml:3: the required key name is missing"},
		{"pylock.toml", "wheels", "files", "pylock.toml:3: the required key wheels, sdist, archive, directory or vcs is missing"},
		{"pylock.toml", "hashes", "sums", "pylock.toml:3: the required key hashes is missing"},
		{"pylock.toml", "url = ", "link = ", "pylock.toml:3: the required key url or path is missing"},
		{"pylock.toml", "sha256 =", "md5 =", `pylock.toml:3: x has no hash that pip takes, but "md5"`},
		{"uv.lock", "requires-python = \">=3.10\"\n", "", "uv.lock: the required key requires-python is missing"},
		{"uv.lock", "name = \"x\"\nversion", "version", "uv.lock:10: the required key name is missing"},
		{"uv.lock", "source = { registry = \"https://pypi.org/simple\" }\n", "", "uv.lock:10: the required key source is missing"},
		{"uv.lock", "sha256:", "md5:", `uv.lock:10: x has no hash that pip takes, but "md5"`},
		{"poetry.lock", poetry[:strings.Index(poetry, "[metadata]")], "", "poetry.lock: the required key package is missing"},
		{"poetry.lock", "content-hash = \"0\"\n", "", "poetry.lock: the required key metadata.content-hash is missing"},
		{"poetry.lock", "python-versions = \"*\"\n", "", "poetry.lock: the required key metadata.python-versions is missing"},
		{"poetry.lock", "version = \"1\"\n", "", "poetry.lock:1: the required key version is missing"},
		{"poetry.lock", "url = \"https://h/simple\"\n", "", "poetry.lock:1: the required key source.url is missing"},
		{"poetry.lock", "sha256:", "sha1:", `poetry.lock:1: x has no hash that pip takes, but "sha1"`},
		{"pdm.lock", pdm[strings.Index(pdm, "[[package]]"):], "", "pdm.lock: the required key package is missing"},
		{"pdm.lock", "content_hash = \"sha256:0\"\n", "", "pdm.lock: the required key metadata.content_hash is missing"},
		{"pdm.lock", "version = \"1\"\ngroups", "groups", "pdm.lock:8: the required key version is missing"},
		{"pdm.lock", "\"1\"\ngroups = [\"default\"]", "\"1\"", "pdm.lock:8: the required key groups is missing"},
		{"pdm.lock", "name = \"x\"\n", "", "pdm.lock:8: the required key name is missing"},
		{"pdm.lock", "groups = [\"default\"]\nstrategy", "groups = [\"dev\"]\nstrategy", "pdm.lock: it has no dependency group"},
		{"pdm.lock", "inherit_metadata", "cross_platform", "pdm.lock: its packages do not say which groups they belong to"},
		{"pdm.lock", "4.5.0", "5.0", "pdm.lock: lock version \"5.0\" of pdm.lock is not known"},
		{"pdm.lock", ">=3.10", ">=3.13", "pdm.lock: it is locked for Python >=3.13, and 3.12 is used"},
		{"pdm.lock", "requires_python = \">=3.10\"\n", "requires_python = \">=3.10\"\nplatform = \"windows_amd64\"\n", "pdm.lock: it is locked for other platforms than CPython on Linux"},
		{"pdm.lock", "[[metadata.targets]]\nrequires_python = \">=3.10\"\n", "", "pdm.lock: it is locked for other platforms than CPython on Linux"},
		{"pdm.lock", "files = [", "git = \"https://h/x\"\nfiles = [", "pdm.lock:8: the source of x is no commit of a git repository"},
		{"pdm.lock", "sha256:aaa", "sha1:aaa", `pdm.lock:8: x has no hash that pip takes, but "sha1"`},
		{"Pipfile.lock", "\"default\"", "\"defaults\"", "Pipfile.lock: the required key default is missing"},
		{"Pipfile.lock", pipfile[strings.Index(pipfile, "{\n\"x\""):], "null}", "Pipfile.lock: the required key default is missing"},
		{"Pipfile.lock", "\"sources\": []", "\"s\": []", "Pipfile.lock: the required key _meta.sources is missing"},
		{"Pipfile.lock", "\"hash\"", "\"h\"", "Pipfile.lock: the required key _meta.hash.sha256 is missing"},
		{"Pipfile.lock", "\"version\": \"==1\", ", "", `Pipfile.lock:3: the package "x" has no valid version`},
		{"Pipfile.lock", "\"sha256:", "\"md5:", `Pipfile.lock:3: x has no hash that pip takes, but "md5"`},
	} {
		if !strings.Contains(whole[tt.file], tt.old) {
			t.Fatalf("%s has no %q", tt.file, tt.old)
		}
		l, err := read(tt.file, strings.Replace(whole[tt.file], tt.old, tt.new, 1))
		if err == nil || !strings.Contains(err.Error(), tt.want) || errs.KindOf(err) != errs.Usage || errs.HintOf(err) == "" {
			t.Errorf("without %q: %+v, %v; want %s", tt.old, l, err, tt.want)
		}
	}
}
