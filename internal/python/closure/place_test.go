package closure_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
)

// besides is a folder with an app in svc and what lies around it.
func besides(t *testing.T, text string) string {
	t.Helper()
	dir := app(t, files{
		"svc/requirements.txt": text, "lib/pyproject.toml": "", ".hidden/lib/pyproject.toml": "", "pyproject.toml": "", "base.txt": "-e ../lib\n",
		"libs/a/setup.py": "", "wheels/a-1-py3-none-any.whl": "", "a b/svc/x": "",
	})
	if err := os.Symlink("lib", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "svc")
}

func TestMonorepoBeside(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want, locals string }{
		{"-e ../lib", "./src/_above/lib\n", "../lib"},
		{"../lib", "./src/_above/lib\n", "../lib"},
		{"../../svc/../lib", "", ""}, // there is none
		{"lib @ file:../lib", "./src/_above/lib\n", "../lib"},
		{"-e ..", "./src/_above\n", ".."},
		{"-r ../base.txt", "./src/_above/lib\n", "../lib"},
		{"../wheels/a-1-py3-none-any.whl", "./src/_above/wheels/a-1-py3-none-any.whl\n", "../wheels/a-1-py3-none-any.whl"},
		{"-f ../wheels\na", "--find-links ./src/_above/wheels\na\n", "../wheels"},
		{"../libs/a\n-e ../lib", "./src/_above/lib\n./src/_above/libs/a\n", "../lib ../libs/a"},
	} {
		c, err := closure.Load(besides(t, tt.text), []string{"requirements.txt"}, nil)
		if tt.want == "" && err != nil {
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		got, _ := c.Canonical()
		if string(got) != tt.want || strings.Join(c.Locals, " ") != tt.locals {
			t.Errorf("%s: %q of %q, want %q of %q", tt.text, got, c.Locals, tt.want, tt.locals)
		}
	}
}

func TestMonorepoRefuse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"-e ../.hidden/lib":           {"in the hidden folder .hidden", "not hidden"},
		"-f ../.hidden":               {"in the hidden folder .hidden", "not hidden"},
		"-e ../link":                  {"link is a symbolic link to lib", "what it points to"},
		"-f ..":                       {"a folder around the app", "nothing but wheels"},
		"-f /usr":                     {"no folder but / holds both", "beside the app's directory"},
		"-e file:///usr/lib/python3":  {"no folder but / holds both", "beside the app's directory"},
		"../lib ; python_version>'3'": {"", ""},
	} {
		_, err := closure.Load(besides(t, text), []string{"requirements.txt"}, nil)
		if want[0] == "" && err == nil {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want[0]) || !strings.HasPrefix(err.Error(), "requirements.txt:1") || !strings.Contains(errs.HintOf(err), want[1]) {
			t.Errorf("%s: %v (hint %q), want %q", text, err, errs.HintOf(err), want)
		}
	}
}
