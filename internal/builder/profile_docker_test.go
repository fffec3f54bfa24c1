package builder_test

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/profile"
)

// TestProfile has an app whose parts take a known time at least, and sees each of them where it
// belongs.
func TestProfile(t *testing.T) {
	t.Parallel()
	w := newStarts(t)
	o := w.options(t, "")
	o.Image = image(t, w.docker, "profiled", `FROM BASE
COPY . /
ENV PYTHONPATH=/opt/own/site-packages PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
CMD ["main.py"]
ENTRYPOINT ["python3"]
`, map[string]string{
		"app/main.py": "import os, web\n" + `assert os.environ["PYTHONPATH"].split(":")[-1] == "/opt/own/site-packages"` + "\n" +
			"import time; time.sleep(0.2)\n" + serve("", "8080", `time.sleep(0.3); return 200, ""`),
		"app/web.py": "import time\ndef make():\n    from heavy.inner import x\n    time.sleep(0.4)\n    return x\nmake()\n",
		"opt/own/site-packages/heavy/__init__.py":  "import time; time.sleep(0.1)\n",
		"opt/own/site-packages/heavy/inner.py":     "import time; time.sleep(0.5)\nx = 1\n",
		"opt/own/site-packages/heavy/tests/a.py":   strings.Repeat("#", 5000),
		"opt/own/site-packages/heavy/b.so":         "no object",
		"opt/own/site-packages/light/tests/use.py": "",
	})
	var out bytes.Buffer
	p, err := builder.Profile(t.Context(), w.docker, o, &out)
	if err != nil {
		t.Fatalf("Profile: %v\n%s", err, out.String())
	}
	t.Logf("%+v %+v", p, p.Image)
	if math.Abs(p.Sum-p.Seconds) > p.Seconds/10 {
		t.Errorf("the parts add up to %.3f s of %.3f s", p.Sum, p.Seconds)
	}
	var heavy float64
	for _, i := range p.Imports {
		if i.Name == "heavy" && i.Line == "web.py:3" && i.Modules == 2 {
			heavy = i.Seconds
		}
	}
	for name, part := range map[string]struct{ got, least float64 }{
		"container": {p.Container, 0.001}, "interpreter": {p.Interpreter, 0.001}, "heavy": {heavy, 0.6}, "the app's modules": {p.App, 0.4},
		"the program": {p.Program, 0.2}, "answer": {p.Answer, 0.3}, "plain": {p.Plain, 1.5}, "seconds": {p.Seconds, 1.5},
	} {
		if part.got < part.least {
			t.Errorf("%s takes %.3f s, which sleeps %.3f s", name, part.got, part.least)
		}
	}
	if !slices.ContainsFunc(p.Lines, func(l profile.Line) bool {
		return l.Line == "web.py:3" && l.Seconds >= 0.6 && l.Packages[0].Name == "heavy"
	}) {
		t.Errorf("lines are %+v", p.Lines)
	}
	i := p.Image
	if strings.Join(i.Compiled, " ") != "/app/web.py /opt/own/site-packages/heavy/__init__.py /opt/own/site-packages/heavy/inner.py" {
		t.Errorf("compiled at each start: %v", i.Compiled)
	}
	if !slices.Contains(i.TestsUnused.Packages, profile.Share{Name: "heavy", Bytes: 5000, Files: 1}) || i.Read == 0 || i.Mapped == 0 || i.Bytes < i.Read || i.BytecodeLoaded.Files == 0 || i.Bytecode.Bytes <= i.BytecodeLoaded.Bytes ||
		i.SharedUnused.Files == 0 || i.SharedUnused.Files >= i.Shared.Files {
		t.Errorf("of the image it takes %+v", i)
	}
	w.empty(t, o)

	o.Env = map[string]string{"CODE": serve("", "8080", ok)}
	o.Image = image(t, w.docker, "isolated", "FROM BASE\nENTRYPOINT [\"python3\", \"-I\", \"-c\", \"import os; exec(os.environ['CODE'])\"]\n", map[string]string{})
	if _, err := builder.Profile(t.Context(), w.docker, o, &out); errs.KindOf(err) != errs.Build || !strings.Contains(err.Error(), "no Python of the app said anything") {
		t.Errorf("Profile of a Python that takes no PYTHONPATH = %v", err)
	}
	w.empty(t, o)
}

// What is slower than allowed is started again before that counts, and the shortest time
// holds.
func TestTimed(t *testing.T) {
	t.Parallel()
	w := newStarts(t)
	for allowed, starts := range map[float64]int{60: 1, 0.001: 3} {
		var out bytes.Buffer
		o := w.options(t, serve("", "8080", ok))
		s, err := builder.Timed(t.Context(), w.docker, o, allowed, &out)
		if n := strings.Count(out.String(), "listens on 8080"); err != nil || s.Seconds <= 0 || n != starts {
			t.Errorf("Timed(%g) = %+v, %v after %d starts\n%s", allowed, s, err, n, out.String())
		}
		w.empty(t, o)
	}
}
