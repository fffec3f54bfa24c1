package e2e

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/cmd"
	"github.com/gcpdeploy/gcpdeploy/internal/testindex"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// TestForecast: before wheels are built, plan and up say which will take long;
// a run that builds none asks no index.
func TestForecast(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	var main, extra testindex.Index
	main.Add("flask-3.0.0-py3-none-any.whl", []byte("x"))
	main.Add("numpy-2.1.0.tar.gz", []byte("x"))
	main.Add("numpy-2.1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", []byte("x"))
	extra.Add("flask-0.1.tar.gz", []byte("x"))
	servers := []*httptest.Server{httptest.NewServer(&main), httptest.NewServer(&extra)}
	for _, s := range servers {
		t.Cleanup(s.Close)
	}
	app := w.newApp(t, "forecast", "one")
	text := fmt.Sprintf("--index-url %s/simple\n--extra-index-url %s/simple\n--trusted-host 127.0.0.1\nflask==3.0.0\nnumpy==2.1.0\nsix\n", servers[0].URL, servers[1].URL)
	if err := os.WriteFile(filepath.Join(app, "requirements.txt"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d := deps(w.lookup, w.dir)
	d.Index = cmd.SystemDeps(version).Index
	run := func(args ...string) string {
		t.Helper()
		var out output
		s := ui.Streams{In: strings.NewReader(""), Out: &out, Err: &out, Width: func() int { return 80 }}
		if exit := cmd.Main(t.Context(), s, d, append([]string{"gcpdeploy"}, args...)); exit != 0 {
			t.Fatalf("%v: exit %d\n%s", args, exit, out.String())
		}
		return out.String()
	}
	notes := []string{
		`numpy 2.1.0 has no wheel for Python 3.12 and will be built from source; with python: "3.11" all have wheels`,
		"requirements.txt:2: an extra index has no rank",
		"requirements.txt:3: --trusted-host 127.0.0.1 turns the check of its certificate off",
	}
	asked := []string{"/simple/flask/", "/simple/numpy/"}
	for _, args := range [][]string{{"plan", "--source", app}, {"up", "--source", app}} {
		before := len(main.Requests())
		out := run(args...)
		for _, note := range notes {
			if strings.Count(out, note) != 1 {
				t.Errorf("%s does not say once: %s\n%s", args[0], note, out)
			}
		}
		got := main.Requests()[before:]
		slices.Sort(got)
		if diff := cmp.Diff(asked, got); diff != "" {
			t.Errorf("%s asks (-want +got):\n%s", args[0], diff)
		}
	}
	before := len(main.Requests()) + len(extra.Requests())
	if err := os.WriteFile(filepath.Join(app, "wsgi.py"), []byte("two\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"plan", "--source", app}, {"up", "--source", app}, {"up", "--source", app}} {
		if out := run(args...); strings.Contains(out, "built from source") {
			t.Errorf("a warm %s speaks of builds:\n%s", args[0], out)
		}
	}
	if after := len(main.Requests()) + len(extra.Requests()); after != before {
		t.Errorf("warm runs ask the indexes %d times", after-before)
	}
}
