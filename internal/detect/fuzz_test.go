package detect_test

import (
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/detect"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/project"
)

// FuzzFiles puts any text into every file that is read: nothing may panic, all
// faults are the user's, and every answer is complete.
func FuzzFiles(f *testing.F) {
	f.Add("web: gunicorn -b :$PORT app:app # x\nrelease: y\n")
	f.Add("[project]\nname = 'My.App'\noptional-dependencies.all = ['my-app[web,Db]']\n[dependency-groups]\nTest_All = [\n  {include-group = 'base'},\n]\nodd = [{what = 'base'}]\n")
	f.Add("runtime: python39\nentrypoint: \"a 'b\"\n")
	f.Add(flask + serves + "\"\"\"x\n'''#\\")
	f.Add("[project]\nrequires-python = \"\\u003e=3.9\"\ndependencies = ['''\na''', \"\"\"\\\n  b\"\"\"]\n[[a]]\nb.c = {d = [1, {e = 2}]}\n")
	f.Add("FROM python:3.11 AS a\nRUN apt-get install x-dev\nCOPY --from=a . .\nCMD [\"gunicorn\", \"main:app\"]\n")
	f.Add("[processes]\nweb = 'python -m uvicorn --port 1 main:app'\n")
	f.Add("3.12.1 # x\ncpython@3.13t\n")
	f.Add("def create_app(a=(1, 2)):\n  pass\nasync def app(scope, receive, send): pass\ndef test_x(): pass\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"Procfile", "pyproject.toml", "app.yaml", "wsgi.py", "main.py", ".python-version", "runtime.txt", "test_a.py",
			"Dockerfile", "fly.toml", "render.yaml", ".flaskenv", "tox.ini", "setup.py", "setup.cfg", "mise.toml", "manage.py", "pkg/__main__.py"} {
			fsys := tree(name, text, "requirements.txt", text)
			has := func(string) bool { return len(text)%2 == 0 }
			python, err := detect.Python(fsys)
			sound(t, err, len(python.Value) > 2 && python.From != "")
			reqs, err := project.Requirements(fsys)
			sound(t, err, reqs.From != "")
			entry, err := detect.Entrypoint(fsys, has)
			sound(t, err, len(entry.Value) > 0 && entry.From != "")
			_, err = detect.Startable(fsys, entry.Value, entry.From, detect.Container{Port: 8080, Home: "/app", Has: has, Sent: has})
			sound(t, err, true)
			detect.DockerfilePackages(fsys)
			_, err = detect.Test(fsys, has, nil)
			sound(t, err, true)
			for _, pseudo := range []string{"pyproject.toml", "pyproject.toml[test]", text} {
				_, _, err = project.Dependencies(fsys, pseudo)
				sound(t, err, true)
			}
		}
	})
}

func sound(t *testing.T, err error, complete bool) {
	t.Helper()
	if err != nil && errs.KindOf(err) != errs.Usage {
		t.Fatalf("%v is no usage error", err)
	}
	if err == nil && !complete {
		t.Fatal("no error and no complete answer")
	}
}
