package engine

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// TestAnyPython: no list of minors decides what a base image has.
func TestAnyPython(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, config, file, python, image string }{
		{"a later one", "python: 3.17", "", "3.17", "python:3.17-slim"},
		{"a later image", "base_image: python:3.17-slim", "", "3.17", "python:3.17-slim"},
		{"free-threaded", "{python: 3.14t, base_image: mine/python:3.14t}", "", "3.14t", "mine/python:3.14t"},
		{"of a name that does not tell", "{python: 3.14t, base_image: mine/python:3.14-nogil}", "", "3.14t", "mine/python:3.14-nogil"},
		{"of the image alone", "base_image: mine/python:3.14t-slim", "", "3.14t", "mine/python:3.14t-slim"},
		{"of the project's file", "base_image: mine/nogil", "3.14.1t", "3.14t", "mine/nogil"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{"requirements.txt": "six; python_version >= '3.14'\n", "gcpdeploy.yaml": "{service: s, test: false, " + strings.Trim(tt.config, "{}") + "}\n"}
			if tt.file != "" {
				files[".python-version"] = tt.file
			}
			app, err := load(t, files)
			if err != nil {
				t.Fatal(err)
			}
			if c := app.Config; c.Python != tt.python || c.BaseImage != tt.image {
				t.Errorf("Python %s on %s", c.Python, c.BaseImage)
			}
		})
	}
}

// TestFreeThreadedImage: the default image has no free-threaded build.
func TestFreeThreadedImage(t *testing.T) {
	t.Parallel()
	_, err := load(t, map[string]string{"requirements.txt": "six\n", ".python-version": "3.14t\n", "gcpdeploy.yaml": "{service: s, test: false}\n"})
	if err == nil || errs.KindOf(err) != errs.Usage || !strings.Contains(err.Error(), ".python-version: Docker's images of Python have no free-threaded build (3.14t)") ||
		!strings.Contains(errs.HintOf(err), "Set base_image") {
		t.Errorf("%v (hint %q)", err, errs.HintOf(err))
	}
}
