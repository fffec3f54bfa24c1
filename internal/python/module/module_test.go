package module_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gcpdeploy/gcpdeploy/internal/python/module"
)

func TestObjects(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text string
		want module.Object
	}{
		"plain":             {"from flask import Flask\napp = Flask(__name__)\n", module.Object{Name: "app", Line: 2, Made: "flask.Flask"}},
		"alias of a module": {"import flask as f\napp = f.Flask(\n    __name__,\n)\n", module.Object{Name: "app", Line: 2, Made: "flask.Flask"}},
		"alias of a class":  {"from fastapi import (\n  APIRouter,\n  FastAPI as API,\n)\napp=API()", module.Object{Name: "app", Line: 5, Made: "fastapi.FastAPI"}},
		"annotated":         {"import fastapi\napp: fastapi.FastAPI = make()\n", module.Object{Name: "app", Line: 2, Made: "make", Type: "fastapi.FastAPI"}},
		"conditional":       {"from x import F\nif F.debug:\n\tapp = F(1)\nelse:\n\tapp = F(2)\n", module.Object{Name: "app", Line: 3, Made: "x.F"}},
		"in one line":       {"try: app = a.F()\nexcept: pass\n", module.Object{Name: "app", Line: 1, Made: "a.F"}},
		"two on a line":     {"import a; app = a.F()", module.Object{Name: "app", Line: 1, Made: "a.F"}},
		"chain":             {"application = app = F()", module.Object{Name: "app", Line: 1, Made: "F"}},
		"unpacked":          {"app, rt = fast_app()", module.Object{Name: "app", Line: 1, Made: "fast_app"}},
		"continued":         {"app \\\n = F()", module.Object{Name: "app", Line: 1, Made: "F"}},
		"own class":         {"from fastapi import FastAPI\nclass Mine(FastAPI):\n    app = 1\napp = Mine()\n", module.Object{Name: "app", Line: 4, Made: "fastapi.FastAPI"}},
		"another object":    {"from .core import api\napp = api\n", module.Object{Name: "app", Line: 2, Is: ".core.api"}},
		"wrapped":           {"from a import F\napp = F()\napp = wrap(app)\n", module.Object{Name: "app", Line: 2, Made: "a.F"}},
		"text":              {"app = 'a=b, (c'  # x = y\n", module.Object{Name: "app", Line: 1, Text: "a=b, (c"}},
		"docstring":         {"'''\napp = no()\n'''\n# app = no()\nx = \"\"\"\napp = no()\"\"\"\n  \napp = F()", module.Object{Name: "app", Line: 8, Made: "F"}},
		"latin-1":           {"# -*- coding: latin-1 -*-\nx = '\xe9'\napp = F()\n", module.Object{Name: "app", Line: 3, Made: "F"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := module.Read(tt.text).Object("app")
			if diff := cmp.Diff(tt.want, got); diff != "" || !ok {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, text := range []string{"def f():\n  app = F()\n", "class A:\n  app = F()\n", "if __name__ == '__main__':\n  app = F()\n",
		"if TYPE_CHECKING:\n  app = F()\n", "app == F()", "app += 1", "f(app=1)", "print('app = F()')", "self.app = F()"} {
		if got, ok := module.Read(text).Object("app"); ok {
			t.Errorf("%q binds app: %+v", text, got)
		}
	}
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	const text = `import functions_framework as ff
from flask import Flask
def create(a=(1, 2), *args, b: str = ")", **kw) -> "Flask": ...
async def app(scope, receive, send):
    pass
@ff.http
def hello(request):
    return "x"
def make():
    from flask import Flask
    if True:
        it = Flask(__name__)
    def inner(): return other()
    return it
class A:
    def method(self): pass
`
	want := []*module.Function{
		{Name: "create", Line: 3, Params: []string{"a=(1, 2)", "*args", `b: str = ")"`, "**kw"}, Makes: "flask.Flask"},
		{Name: "app", Line: 4, Async: true, Params: []string{"scope", "receive", "send"}},
		{Name: "hello", Line: 7, Params: []string{"request"}, Decorators: []string{"functions_framework.http"}},
		{Name: "make", Line: 9, Makes: "flask.Flask"},
	}
	got := module.Read(text).Functions
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(module.Function{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !got[0].Optional() || got[1].Optional() {
		t.Error("which functions can be called without arguments")
	}
}

func TestCalls(t *testing.T) {
	t.Parallel()
	const text = `import uvicorn, os.path
from . import db
from .web.views import *
st.title("x")
if "__main__" == __name__:
    from late import thing
    uvicorn.run("a.b:c", port=int(os.environ.get("PORT", 8080)), host = '0.0.0.0')
`
	m := module.Read(text)
	if diff := cmp.Diff([]string{"uvicorn", "os.path", ".db", ".web.views", "late.thing"}, m.Imports); diff != "" || !m.Script {
		t.Errorf("imports (-want +got):\n%s", diff)
	}
	if len(m.Calls) != 2 || m.Calls[0].Script || !m.Calls[1].Script || m.Calls[1].Name != "uvicorn.run" {
		t.Fatalf("calls: %+v", m.Calls)
	}
	target, _ := m.Calls[1].Literal(0)
	port, _ := m.Calls[1].Keyword("port")
	if target != "a.b:c" || port != `int(os.environ.get("PORT", 8080))` {
		t.Errorf("uvicorn.run(%q, port=%s)", target, port)
	}
	if full, ok := m.Import("db"); full != ".db" || !ok {
		t.Errorf("db is %q", full)
	}
	if full, ok := m.Import("thing"); ok {
		t.Errorf("a name of the __main__ block is one of the module: %q", full)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("if x: app = F()\n\tdef f(a=')'): return '''\n")
	f.Add("class A(B[: \\\n\"\"\"\\")
	f.Fuzz(func(t *testing.T, text string) { module.Read(text) })
}
