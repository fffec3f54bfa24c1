package actions_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/actions"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func runner(t *testing.T) (r actions.Runner, workspace, outputs, summary string) {
	t.Helper()
	workspace = t.TempDir()
	outputs, summary = filepath.Join(t.TempDir(), "output"), filepath.Join(t.TempDir(), "summary")
	for _, name := range []string{"apps/a,b/requirements.txt", "gcpdeploy.yaml"} {
		path := filepath.Join(workspace, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	vars := map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": workspace, "GITHUB_OUTPUT": outputs, "GITHUB_STEP_SUMMARY": summary}
	return actions.Of(func(name string) (string, bool) { v, ok := vars[name]; return v, ok }), workspace, outputs, summary
}

func TestAnnotation(t *testing.T) {
	t.Parallel()
	r, workspace, _, _ := runner(t)
	app := filepath.Join(workspace, "apps", "a,b")
	for _, tt := range []struct {
		name    string
		at      *errs.Place
		text    string
		folders []string
		want    string
	}{
		{"no place", nil, "100 % of\nit: a,b::set-output\r", nil, "::error title=gcpdeploy::100 %25 of%0Ait: a,b::set-output%0D"},
		{"of the app", &errs.Place{File: "requirements.txt", Line: 3, Column: 2}, "x", []string{workspace, app}, "::error file=apps/a%2Cb/requirements.txt,line=3,col=2,title=gcpdeploy::x"},
		{"of the repository", &errs.Place{File: filepath.Join(workspace, "gcpdeploy.yaml")}, "x", nil, "::error file=gcpdeploy.yaml,title=gcpdeploy::x"},
		{"outside of it", &errs.Place{File: "/etc/passwd", Line: 1}, "x", nil, "::error title=gcpdeploy::x"},
		{"nowhere", &errs.Place{File: "nope.txt", Line: 1}, "x", []string{workspace}, "::error title=gcpdeploy::x"},
	} {
		if got := r.Annotation("error", tt.at, tt.text, tt.folders...); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	if got := (actions.Runner{}).Annotation("error", nil, "x"); got != "" {
		t.Errorf("without a runner: %q", got)
	}
}

// TestOutputs: a value of several lines is one value, whatever is in it.
func TestOutputs(t *testing.T) {
	t.Parallel()
	r, _, file, _ := runner(t)
	values := []actions.Output{{"url", "https://a"}, {"keys", "a\nurl=evil\nx<<end-\nend-\n"}, {"image", ""}}
	for range 2 { // steps add
		if err := r.Outputs(values...); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := parse(t, string(text))
	for _, v := range values {
		if got[v.Name] != v.Value {
			t.Errorf("%s = %q, want %q", v.Name, got[v.Name], v.Value)
		}
	}
	if len(got) != len(values) {
		t.Errorf("%q", got)
	}
	if err := (actions.Runner{}).Outputs(values...); err != nil {
		t.Error(err)
	}
}

var heredoc = regexp.MustCompile(`^([^=<]+)<<(.+)$`)

// parse reads outputs as the runner does: NAME<<END, lines, END.
func parse(t *testing.T, text string) map[string]string {
	t.Helper()
	out, ends := map[string]string{}, map[string]bool{}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		m := heredoc.FindStringSubmatch(lines[i])
		if m == nil {
			t.Fatalf("line %d is no output: %q", i, lines[i])
		}
		var value []string
		for i++; lines[i] != m[2]; i++ {
			value = append(value, lines[i])
		}
		if ends[m[2]] {
			t.Errorf("the end %s is used twice", m[2])
		}
		out[m[1]], ends[m[2]] = strings.Join(value, "\n"), true
	}
	return out
}

func TestSummary(t *testing.T) {
	t.Parallel()
	r, _, _, file := runner(t)
	var shown, log bytes.Buffer
	s := ui.Streams{Out: &shown, Err: &log}
	report := r.Watch(ui.NewHuman(s, false, time.Now), &log).(*actions.Reporter)
	report.Head("shop → <b>")
	report.Done(ui.Stage{Name: "wheels", Status: "hit", Detail: "a|b `c`\nd", Took: 1500 * time.Millisecond})
	report.Warn("two\nlines")
	report.Fail(ui.Stage{Name: "test", Detail: "1 failed"})
	report.Close()
	if err := r.Summary(report.Table("it failed")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const want = "### shop → &lt;b>\n\n| stage | | | time |\n|---|---|---|---:|\n| wheels | hit | a\\|b \\`c\\` d | 1.5s |\n| test | failed | 1 failed |  |\n\nit failed\n\n"
	if string(text) != want {
		t.Errorf("%s", text)
	}
	if !strings.Contains(log.String(), "\n::warning title=gcpdeploy::two%0Alines\n") || !strings.Contains(log.String(), "warning: two") {
		t.Errorf("%s", &log)
	}
	if plain := ui.Quiet(); (actions.Runner{}).Watch(plain, &log) != plain {
		t.Error("without a runner it is another reporter")
	}
}
