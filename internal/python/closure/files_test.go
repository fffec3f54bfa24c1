package closure_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

func write(t testing.TB, dir, name string, data []byte) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// unpack lays a txtar file out in a fresh folder.
func unpack(t *testing.T, path string) (dir string, env map[string]string) {
	t.Helper()
	a, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir, env = t.TempDir(), map[string]string{}
	for _, line := range strings.Split(string(a.Comment), "\n") {
		if k, v, ok := strings.Cut(strings.TrimPrefix(line, "env "), "="); ok && strings.HasPrefix(line, "env ") {
			env[k] = v
		}
	}
	for _, f := range a.Files {
		write(t, dir, f.Name, f.Data)
	}
	return dir, env
}

type files map[string]string

// app lays files out; every test has a project libs/foo, a wheel and an include.
func app(t *testing.T, fs files) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range (files{"libs/foo/pyproject.toml": "", "wheels/w_x-1.0.0-py3-none-any.whl": "", "wheels/s.tar.gz": "", "other.txt": "six\n", "c.txt": "six<2\n"}) {
		write(t, dir, name, []byte(data))
	}
	for name, data := range fs {
		write(t, dir, name, []byte(data))
	}
	return dir
}

var environment = map[string]string{"SET": "flask", "OPT": "--pre", "EMPTY": "", "A": "${B}", "B": "b", "HASH": "x #y", "LINES": "a\nb"}

func lookup(name string) (string, bool) { v, ok := environment[name]; return v, ok }
