package profile_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/profile"
)

// at is a time of the tests, in milliseconds after their begin.
func at(ms int) time.Time { return time.UnixMilli(1_800_000_000_000 + int64(ms)) }

// said is a log: a begin of the container's clock 1000 s before at(0), and then lines whose
// numbers above 9 in the columns of times are milliseconds.
func said(lines ...string) string {
	text := "exec\t1000.30\n"
	for _, l := range lines {
		f := strings.Split(l, " ")
		for i := range f {
			if ms, ok := strings.CutPrefix(f[i], "@"); ok {
				var n int
				fmt.Sscan(ms, &n)
				f[i] = fmt.Sprint(at(n).UnixNano())
			}
			if f[i] == "-" {
				f[i] = ""
			}
		}
		text += strings.Join(f, "\t") + "\n"
	}
	return text
}

const begin = "begin 1 0 @340 1799999000.000000 /env/bin/python3 /app"

func TestMake(t *testing.T) {
	t.Parallel()
	// A server that forks two workers: the second one imports the app more slowly.
	log := said(begin,
		"load 1 @400 @420 socket python /lib/socket.py -",
		"load 1 @390 @450 gunicorn.app package /env/site-packages/gunicorn/app.py -",
		"fork 7 1 @500", "fork 8 1 @500",
		"load 1 @505 @600 late package /env/site-packages/late.py -",
		"load 8 @510 @990 wsgi app /app/wsgi.py -",
		"load 7 @530 @600 math python - /app/spectrum.py:3",
		"load 7 @520 @720 numpy package /env/site-packages/numpy/__init__.py /app/spectrum.py:3",
		"load 7 @740 @750 google namespace - /app/wsgi.py:9",
		"load 7 @750 @760 google.cloud namespace - /app/wsgi.py:9",
		"load 7 @760 @790 google.cloud.storage package /env/site-packages/google/cloud/storage/__init__.py /app/wsgi.py:9",
		"load 7 @795 @799 gone - - /app/wsgi.py:10",
		"load 7 @510 @800 wsgi app /app/wsgi.py -",
		"load 7 @880 @940 numpy.fft package /env/site-packages/numpy/fft.py /app/wsgi.py:20",
		"load 7 @2000 @2100 after package /env/site-packages/after.py -",
		"load 7 @20")
	p, err := profile.Make(log, profile.Seen{Began: at(0), Listening: at(480), Answered: at(1000), Took: 1010 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	near := func(name string, got, want float64) {
		if math.Abs(got-want) > 1e-6 {
			t.Errorf("%s is %g, want %g", name, got, want)
		}
	}
	near("seconds", p.Seconds, 1.01)
	near("sum", p.Sum, 1)
	near("container", p.Container, 0.3)
	near("interpreter", p.Interpreter, 0.04)
	near("app", p.App, 0.290-0.2-0.03)
	near("program", p.Program, (0.390-0.340)+(0.510-0.450)+(0.880-0.800))
	near("answer", p.Answer, 0.06)
	var imports, lines []string
	for _, i := range p.Imports {
		imports = append(imports, fmt.Sprintf("%s %.3f %d %s", i.Name, i.Seconds, i.Modules, i.Line))
	}
	for _, l := range p.Lines {
		lines = append(lines, fmt.Sprintf("%s %.3f %s", l.Line, l.Seconds, l.Packages[0].Name))
	}
	if got, want := strings.Join(imports, "\n"), "numpy 0.190 2 spectrum.py:3\nPython's library 0.090 2 spectrum.py:3\ngunicorn 0.040 1 \ngoogle.cloud.storage 0.030 1 wsgi.py:9"; got != want {
		t.Errorf("imports:\n%s\nwant:\n%s", got, want)
	}
	if got, want := strings.Join(lines, "\n"), "spectrum.py:3 0.200 numpy\n 0.060 gunicorn\nwsgi.py:20 0.060 numpy\nwsgi.py:9 0.030 google.cloud.storage"; got != want {
		t.Errorf("lines:\n%s\nwant:\n%s", got, want)
	}
	if python, err := profile.Python(log); err != nil || python != "/env/bin/python3" {
		t.Errorf("Python = %s, %v", python, err)
	}
}

// Two threads that import at once have each moment once.
func TestMakeThreads(t *testing.T) {
	t.Parallel()
	p, err := profile.Make(said(begin,
		"load 1 @400 @600 a package /x/site-packages/a.py -",
		"load 1 @500 @700 b package /x/site-packages/b.py -",
	), profile.Seen{Began: at(0), Listening: at(800), Answered: at(900)})
	if err != nil || math.Abs(p.Sum-0.9) > 1e-6 || len(p.Imports) != 2 || math.Abs(p.Imports[0].Seconds+p.Imports[1].Seconds-0.3) > 1e-6 {
		t.Errorf("Make = %+v, %v", p, err)
	}
}

func TestMakeRefuses(t *testing.T) {
	t.Parallel()
	seen := profile.Seen{Began: at(0), Listening: at(800), Answered: at(900)}
	for name, tt := range map[string]struct {
		log, want string
		kind      errs.Kind
	}{
		"nothing":       {"", "no Python of the app said anything", errs.Build},
		"no Python":     {"exec\t1000.30\n", "no Python of the app said anything", errs.Build},
		"another clock": {said("begin 1 0 @5000 1800000000.000000 /python /app"), "clock", errs.Internal},
	} {
		if _, err := profile.Make(tt.log, seen); err == nil || !strings.Contains(err.Error(), tt.want) || errs.KindOf(err) != tt.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := profile.Surveyed([]byte("Traceback"), 1); err == nil || !strings.Contains(err.Error(), "Traceback") {
		t.Errorf("Surveyed = %v", err)
	}
}
