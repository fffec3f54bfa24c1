package templates_test

import (
	"io/fs"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/templates"
)

func TestAllAreEmbedded(t *testing.T) {
	t.Parallel()
	for _, name := range []string{templates.Wheel, templates.Main, templates.Program + "/__main__.py", templates.Program + "/cli.py"} {
		if b, err := fs.ReadFile(templates.FS, name); err != nil || len(b) == 0 {
			t.Errorf("%s: %d bytes, %v", name, len(b), err)
		}
	}
}

func TestWheelhouse(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 here; the Docker tests of internal/dockerfile run the program too")
	}
	files, err := filepath.Glob("tests/test_*.py")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			c := exec.CommandContext(t.Context(), python, "-B", "-m", "unittest", "discover", "-s", "tests", "-p", filepath.Base(file))
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
