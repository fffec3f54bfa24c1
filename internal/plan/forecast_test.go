package plan_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/python"
	"github.com/gcpdeploy/gcpdeploy/internal/python/wheel"
)

// offers are an index's files: sdists, pure wheels ("py3"), and wheels of each
// minor version of CPython ("cp312").
func offers(of map[string]string) map[string][]wheel.File {
	files := map[string][]wheel.File{}
	for pin, kinds := range of {
		name, version, _ := strings.Cut(pin, " ")
		for kind := range strings.FieldsSeq(kinds) {
			file := wheel.File{Name: fmt.Sprintf("%s-%s-%s-%[3]s-manylinux_2_17_x86_64.whl", name, version, kind)}
			switch {
			case kind == "py3":
				file.Name = fmt.Sprintf("%s-%s-py3-none-any.whl", name, version)
			case strings.HasPrefix(kind, "sdist"):
				file.Name = fmt.Sprintf("%s-%s.tar.gz", name, version)
				file.RequiresPython = strings.TrimPrefix(kind, "sdist")
			}
			files[name] = append(files[name], file)
		}
	}
	return files
}

func TestForecast(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, requirements, python string
		offers                     map[string]string
		want                       plan.Forecast
		note                       string
	}{
		{
			name: "all have wheels", requirements: "flask==3.0\nnumpy==1.26\nsix", python: "3.12",
			offers: map[string]string{"flask 3.0": "sdist py3", "numpy 1.26": "sdist cp311 cp312"},
		},
		{name: "no answer", requirements: "numpy==1.26", python: "3.13"},
		{
			name: "one is built, another Python has it", requirements: "flask==3.0\nnumpy==1.26", python: "3.13",
			offers: map[string]string{"flask 3.0": "py3", "numpy 1.26": "sdist cp310 cp311 cp312"},
			want: plan.Forecast{
				Compile: []plan.Lack{{Name: "numpy", Version: "1.26", Reason: "no wheel for Python 3.13"}}, BetterPython: "3.12",
			},
			note: `numpy 1.26 has no wheel for Python 3.13 and will be built from source; with python: "3.12" all have wheels`,
		},
		{
			name: "a newer Python has it", requirements: "numpy==2.3", python: "3.10",
			offers: map[string]string{"numpy 2.3": "sdist>=3.11 cp311 cp312 cp313"},
			want: plan.Forecast{
				Unavailable: []plan.Lack{{Name: "numpy", Version: "2.3", Reason: "requires Python >=3.11"}}, BetterPython: "3.13",
			},
			note: `Python 3.10 cannot have numpy 2.3 (requires Python >=3.11); with python: "3.13" all have wheels`,
		},
		{
			name: "one is always built", requirements: "numpy==1.26\npsycopg2==2.9\nscipy==1.11", python: "3.13",
			offers: map[string]string{"numpy 1.26": "sdist cp311 cp312", "psycopg2 2.9": "sdist", "scipy 1.11": "sdist<3.13 cp310 cp311 cp312"},
			want: plan.Forecast{
				Compile:      []plan.Lack{{Name: "numpy", Version: "1.26", Reason: "no wheel for Python 3.13"}, {Name: "psycopg2", Version: "2.9", Reason: "only an sdist"}},
				Unavailable:  []plan.Lack{{Name: "scipy", Version: "1.11", Reason: "requires Python <3.13"}},
				BetterPython: "3.12",
			},
			note: `Python 3.13 cannot have scipy 1.11 (requires Python <3.13); numpy 1.26 and psycopg2 2.9 have no wheel for Python 3.13 and will be built from source; with python: "3.12" only psycopg2 2.9 would be built`,
		},
		{
			name: "no other is better", requirements: "psycopg2==2.9", python: "3.12", offers: map[string]string{"psycopg2 2.9": "sdist"},
			want: plan.Forecast{Compile: []plan.Lack{{Name: "psycopg2", Version: "2.9", Reason: "only an sdist"}}},
			note: "psycopg2 2.9 has no wheel for Python 3.12 and will be built from source",
		},
		{
			name: "one without an answer: no other is known to be better", requirements: "numpy==1.26\nours==1.0", python: "3.13",
			offers: map[string]string{"numpy 1.26": "sdist cp312"},
			want:   plan.Forecast{Compile: []plan.Lack{{Name: "numpy", Version: "1.26", Reason: "no wheel for Python 3.13"}}},
			note:   "numpy 1.26 has no wheel for Python 3.13 and will be built from source",
		},
		{
			name: "markers ask for another version there", python: "3.13",
			requirements: "numpy==1.26 ; python_version < '3.12'\nnumpy==2.1 ; python_version >= '3.12'",
			offers:       map[string]string{"numpy 2.1": "sdist cp312", "numpy 1.26": "sdist cp311"},
			want:         plan.Forecast{Compile: []plan.Lack{{Name: "numpy", Version: "2.1", Reason: "no wheel for Python 3.13"}}, BetterPython: "3.12"},
			note:         `numpy 2.1 has no wheel for Python 3.13 and will be built from source; with python: "3.12" all have wheels`,
		},
		{
			name: "many", requirements: "a==1\nb==1\nc==1\nd==1\ne==1\nf==1\ng==1", python: "3.12",
			offers: map[string]string{"a 1": "sdist", "b 1": "sdist", "c 1": "sdist", "d 1": "sdist", "e 1": "sdist", "f 1": "sdist", "g 1": "sdist"},
			want: plan.Forecast{Compile: []plan.Lack{
				{"a", "1", "only an sdist"}, {"b", "1", "only an sdist"}, {"c", "1", "only an sdist"}, {"d", "1", "only an sdist"},
				{"e", "1", "only an sdist"}, {"f", "1", "only an sdist"}, {"g", "1", "only an sdist"},
			}},
			note: "a 1, b 1, c 1, d 1, e 1 and 2 more have no wheel for Python 3.12 and will be built from source",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			app := anApp(t, func(app *plan.App) {
				app.Closure, app.Config.Python = closureOf(t, map[string]string{"requirements.txt": tt.requirements}), tt.python
			})
			f := plan.Facts{Builder: digest("b"), Files: offers(tt.offers), Pythons: python.Released}
			p := plan.Make(app, aPlace, f)
			if diff := cmp.Diff(tt.want, p.Forecast); diff != "" {
				t.Errorf("forecast (-want +got):\n%s", diff)
			}
			if got := strings.Join(p.Notes, "\n"); got != tt.note {
				t.Errorf("notes:\n%s\nwant:\n%s", got, tt.note)
			}
			// The archive, and with it the build that a second run follows, is the same.
			f.Files = nil
			silent := plan.Make(app, aPlace, f)
			for path, data := range plan.Files(app, p) {
				if !bytes.Equal(data, plan.Files(app, silent)[path]) {
					t.Errorf("%s differs with the index's answers", path)
				}
			}
		})
	}
}

func TestAsked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, requirements, want string }{
		{"pins", "numpy==1.26\nsix\nflask==3.0", "https://pypi.org/simple: flask numpy"},
		{"those of another Python too", "tomli==2.0 ; python_version < '3.11'\nx==1.0 ; sys_platform == 'win32'", "https://pypi.org/simple: tomli"},
		{"other indexes", "-i https://h/s\n--extra-index-url https://e/s\nsix==1.0", "https://h/s https://e/s: six"},
		{"no index", "--no-index\nsix==1.0", ": "},
		{"no pins", "six", "https://pypi.org/simple: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := closureOf(t, map[string]string{"requirements.txt": tt.requirements})
			indexes, projects := plan.Asked(anApp(t, func(app *plan.App) { app.Closure = c }))
			if got := strings.Join(indexes, " ") + ": " + strings.Join(projects, " "); got != tt.want {
				t.Errorf("asked %q, want %q", got, tt.want)
			}
		})
	}
}
