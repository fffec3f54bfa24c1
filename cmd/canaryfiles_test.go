package cmd_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

const sha = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

// canaryForms are files with a URL in every place that one may stand in; %s is what
// stands before its host.
var canaryForms = func() (forms []map[string]string) {
	project := "[project]\nname = \"hello\"\nversion = \"0\"\nrequires-python = \">=3.12\"\ndependencies = [\"a\"]\n"
	poetryProject := "[tool.poetry]\nname = \"hello\"\nversion = \"0\"\n[tool.poetry.dependencies]\npython = \"^3.12\"\na = \"*\"\n"
	add := func(name, text string, more ...string) {
		f := map[string]string{name: text}
		for i := 0; i < len(more); i += 2 {
			f[more[i]] = more[i+1]
		}
		forms = append(forms, f)
	}
	uv := func(source, files string) string {
		return "version = 1\nrequires-python = \">=3.12\"\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = { " + source + " }\n" + files +
			"[[package]]\nname = \"hello\"\nversion = \"0\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"a\" }]\n[package.metadata]\nrequires-dist = [{ name = \"a\" }]\n"
	}
	wheels := func(url string) string {
		return "wheels = [{ url = \"" + url + "/a-1-py3-none-any.whl\", hash = \"" + sha + "\", size = 3 }]\n"
	}
	add("uv.lock", uv(`registry = "https://u:%s@h.invalid/simple"`, wheels("https://h.invalid")), "pyproject.toml", project)
	add("uv.lock", uv(`registry = "https://h.invalid/simple"`, wheels("https://u:%s@h.invalid")), "pyproject.toml", project)
	add("uv.lock", uv(`registry = "https://h.invalid/simple"`, "sdist = { url = \"https://%s@h.invalid/a-1.tar.gz\", hash = \""+sha+"\" }\n"), "pyproject.toml", project)
	add("uv.lock", uv(`git = "https://%s@h.invalid/a.git?rev=main#0123456789012345678901234567890123456789"`, ""), "pyproject.toml", project)
	add("uv.lock", uv(`url = "https://u:%s@h.invalid/a-1-py3-none-any.whl"`, wheels("https://h.invalid")), "pyproject.toml", project)
	poetry := func(source, url string) string {
		return "[[package]]\nname = \"a\"\nversion = \"1\"\noptional = false\npython-versions = \"*\"\ngroups = [\"main\"]\nfiles = [{file = \"a-1-py3-none-any.whl\", hash = \"" + sha + "\"}]\n" +
			"[package.source]\ntype = \"" + source + "\"\nurl = \"" + url + "\"\nreference = \"x\"\nresolved_reference = \"0123456789012345678901234567890123456789\"\n[metadata]\nlock-version = \"2.1\"\npython-versions = \"^3.12\"\ncontent-hash = \"0\"\n"
	}
	add("poetry.lock", poetry("legacy", "https://u:%s@h.invalid/simple"), "pyproject.toml", poetryProject)
	add("poetry.lock", poetry("git", "https://%s@h.invalid/a.git"), "pyproject.toml", poetryProject)
	add("poetry.lock", poetry("url", "https://u:%s@h.invalid/a-1-py3-none-any.whl"), "pyproject.toml", poetryProject)
	pipfile := func(source, of string) string {
		return `{"_meta": {"pipfile-spec": 6, "hash": {"sha256": "0"}, "requires": {}, "sources": [{"name": "x", "url": "` + source + `", "verify_ssl": true}]}, "default": {"a": {` + of + `}}, "develop": {}}`
	}
	add("Pipfile.lock", pipfile("https://u:%s@h.invalid/simple", `"version": "==1", "index": "x", "hashes": ["`+sha+`"]`))
	add("Pipfile.lock", pipfile("https://h.invalid/simple", `"git": "https://u:%s@h.invalid/a.git", "ref": "0123456789012345678901234567890123456789"`))
	add("Pipfile.lock", pipfile("https://h.invalid/simple", `"file": "https://u:%s@h.invalid/a-1.zip", "hashes": ["`+sha+`"]`))
	pylock := func(of string) string {
		return "lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nname = \"a\"\nversion = \"1\"\n" + of
	}
	hashes := "hashes = {sha256 = \"" + strings.TrimPrefix(sha, "sha256:") + "\"}"
	add("pylock.toml", pylock("index = \"https://u:%s@h.invalid/simple\"\nwheels = [{url = \"https://h.invalid/a-1-py3-none-any.whl\", "+hashes+"}]\n"))
	add("pylock.toml", pylock("wheels = [{url = \"https://u:%s@h.invalid/a-1-py3-none-any.whl\", "+hashes+"}]\n"))
	add("pylock.toml", pylock("archive = {url = \"https://u:%s@h.invalid/a-1.zip\", "+hashes+"}\n"))
	add("pylock.toml", pylock("vcs = {type = \"git\", url = \"https://u:%s@h.invalid/a.git\", commit-id = \"0123456789012345678901234567890123456789\"}\n"))
	for _, text := range []string{
		strings.Replace(project, `["a"]`, `["a @ https://u:%s@h.invalid/a-1.zip"]`, 1),
		strings.Replace(project, `["a"]`, `["a @ git+https://%s@h.invalid/a.git@main"]`, 1),
		project + "[[tool.uv.index]]\nname = \"x\"\nurl = \"https://u:%s@h.invalid/simple\"\n",
		project + "[tool.uv.sources]\na = { git = \"https://u:%s@h.invalid/a.git\" }\n",
		project + "[tool.uv.sources]\na = { url = \"https://u:%s@h.invalid/a-1.zip\" }\n",
		project + "[tool.uv]\nextra-index-url = [\"https://u:%s@h.invalid/simple\"]\n",
		project + "[tool.pdm]\n[[tool.pdm.source]]\nname = \"x\"\nurl = \"https://u:%s@h.invalid/simple\"\n",
		poetryProject + "[[tool.poetry.source]]\nname = \"x\"\nurl = \"https://u:%s@h.invalid/simple\"\n",
		"[build-system]\nrequires = [\"setuptools @ https://u:%s@h.invalid/s-1.zip\"]\n" + project,
	} {
		add("pyproject.toml", text)
	}
	settings := "service: hello\npython: '3.12'\nentrypoint: [python, wsgi.py]\ntest: false\n"
	for _, text := range []string{
		"wheels: {index_url: \"https://u:%s@h.invalid/simple\"}\n", "wheels: {build_env: {URL: \"https://u:%s@h.invalid\"}}\n",
		"wheels: {config_settings: {a: [\"url=https://u:%s@h.invalid\"]}}\n", "wheels: {build_constraints: [\"a @ https://u:%s@h.invalid/a-1.zip\"]}\n",
		"base_image: \"u:%s@h.invalid/python:3.12\"\n", "start: \"https://u:%s@h.invalid\"\n", "region: \"u:%s@h.invalid\"\n", "run: {cpu: \"u:%s@h.invalid\"}\n", "app: \"../u:%s@h.invalid\"\n",
		"system_packages: {build: [\"u:%s@h.invalid\"]}\n", "nope: \"https://u:%s@h.invalid\"\n", "run: {env: {DB: \"postgres://u:%s@h.invalid/db\", 1: x}}\n",
	} {
		add("gcpdeploy.yaml", settings+text, "requirements.txt", "a\n")
	}
	return forms
}()

// hostFirst is what nobody takes for a login: the secret is in the path.
var hostFirst = regexp.MustCompile(`^[\w-]*\.[\w.-]*[/ ]`)

// FuzzCanaryFiles: a secret in a URL of a lock file, a project or the settings is in no
// output, and in nothing that is sent.
func FuzzCanaryFiles(f *testing.F) {
	for i := range canaryForms {
		for j, a := range around {
			if j > 0 && (i+j)%18 != 0 {
				continue // each of both with some of the others; fuzzing finds the rest
			}
			before, after, _ := strings.Cut(a, "%s")
			f.Add(uint8(i), strings.ReplaceAll(before, "%%", "%"), after)
		}
	}
	f.Fuzz(func(t *testing.T, form uint8, before, after string) {
		secret := before + canary + after
		quoted, err := json.Marshal(secret)
		if err != nil || !utf8.ValidString(secret) || hostFirst.MatchString(secret) {
			return
		}
		files := map[string]string{}
		for name, text := range canaryForms[int(form)%len(canaryForms)] {
			files[name] = strings.ReplaceAll(text, "%s", string(quoted[1:len(quoted)-1]))
		}
		if files["gcpdeploy.yaml"] == "" {
			files["gcpdeploy.yaml"] = "service: hello\npython: '3.12'\nentrypoint: [python, wsgi.py]\ntest: false\n"
		}
		dir := onlyApp(t, files)
		env := map[string]string{"U": "me"}
		for _, args := range [][]string{{"key", "--json"}, {"key"}, {"render", "--json"}} {
			exit, stdout, stderr := inProcess(t.Context(), env, dir, append(args, "--source", dir)...)
			if strings.Contains(stdout+stderr, canary) {
				t.Fatalf("%q: %v shows it:\n%s%s", files, args, stdout, stderr)
			}
			if exit != 0 && exit != 2 {
				t.Fatalf("%q: exit %d\n%s", files, exit, stderr)
			}
		}
		if sent := sentOf(t, dir, env); strings.Contains(sent, canary) {
			t.Fatalf("%q is sent:\n%s", files, sent)
		}
	})
}

// onlyApp writes an app that has no requirements but what the files say.
func onlyApp(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"wsgi.py": "app\n"})
	writeFiles(t, dir, files)
	return dir
}

func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
