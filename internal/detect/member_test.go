package detect_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gcpdeploy/gcpdeploy/internal/detect"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

func TestMonorepoMember(t *testing.T) {
	t.Parallel()
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for _, dir := range []string{"api", "packages/api"} {
		for name, text := range map[string]string{
			"an app":   "from flask import Flask\napp = Flask(__name__)\n",
			"a script": "import os\nfrom http.server import *\nif __name__ == '__main__':\n    HTTPServer(('0.0.0.0', int(os.environ['PORT'])), None).serve_forever()\n",
		} {
			fsys := fstest.MapFS{
				"pyproject.toml": file("[project]\nname = 'root'\ndependencies = []\n[tool.uv.workspace]\nmembers = ['packages/*', 'api']\n"), "uv.lock": file(""),
				dir + "/pyproject.toml": file("[project]\nname = 'api'\n"), dir + "/main.py": file(text),
			}
			_, err := detect.Entrypoint(fsys, packages("gunicorn"))
			if err == nil || !strings.Contains(err.Error(), "in the workspace's member "+dir) || !strings.Contains(errs.HintOf(err), "`app: "+dir+"`") {
				t.Errorf("%s in %s: %v (hint %q)", name, dir, err, errs.HintOf(err))
			}
			// One that is installed is the root's own.
			if f, err := detect.Entrypoint(fsys, packages("gunicorn"), dir); err != nil || len(f.Value) == 0 {
				t.Errorf("%s in %s, installed: %v, %v", name, dir, f.Value, err)
			}
		}
	}
}
