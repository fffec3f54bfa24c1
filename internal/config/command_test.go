package config_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

func TestParseCommand(t *testing.T) {
	t.Parallel()
	sh := func(line string) []string { return []string{"/bin/sh", "-c", line} }
	for _, tt := range []struct {
		line string
		want []string
	}{
		{"gunicorn app:app", []string{"gunicorn", "app:app"}},
		{`  python  -c 'print("a b")'  `, []string{"python", "-c", `print("a b")`}},
		{`a "b c" d\ e "f\"g" 'h\i' "\n" ""`, []string{"a", "b c", "d e", `f"g`, `h\i`, `\n`, ""}},
		{"a \\\n  b", []string{"a", "b"}},
		{"a'b'\"c\"", []string{"abc"}},
		{"gunicorn 'app:create_app()'", []string{"gunicorn", "app:create_app()"}},
		{"exec gunicorn a", []string{"gunicorn", "a"}},
		{"a '$X' '*' b#c {x}", []string{"a", "$X", "*", "b#c", "{x}"}},
		{"gunicorn -b :$PORT a", sh("exec gunicorn -b :$PORT a")},
		{"exec gunicorn -b :$PORT a", sh("exec gunicorn -b :$PORT a")},
		{`a "$X"`, sh(`exec a "$X"`)},
		{"A=1 B='x y' a $C", sh("exec env A=1 B='x y' a $C")},
		{"a && b -p ${PORT:-8080}", sh("a && exec b -p ${PORT:-8080}")},
		{"a; b", sh("a; exec b")},
		{"a || b; c x=1", sh("a || b; exec c x=1")},
		{"a && B=1 c", sh("a && exec env B=1 c")},
		{"cd x && a", sh("cd x && exec a")},
		{"a && exec b", sh("a && exec b")},
		{"a && cd b", sh("a && cd b")},
		{"a 'x && y' && b", sh("a 'x && y' && exec b")},
		{"a | b", sh("a | b")},
		{"a & b", sh("a & b")},
		{"a > log 2>&1", sh("exec a > log 2>&1")},
		{"a && b 2>&1", sh("a && exec b 2>&1")},
		{"a $(b; c)", sh("exec a $(b; c)")}, // what it runs for a word is no command of the line
		{"a `b`", sh("exec a `b`")},
		{"a && b `c && d`", sh("a && exec b `c && d`")},
		{"a | b; c", sh("a | b; exec c")}, // only the last command counts
		{"if x; then a; fi; b", sh("if x; then a; fi; exec b")},
		{"! a && b", sh("! a && exec b")},
		{"cat <<E\nx; y\nE", sh("exec cat <<E\nx; y\nE")},
		{"a 2>&1 | b", sh("a 2>&1 | b")},
		{"(a & b); c", sh("(a & b); c")},
		{"f() { a; }; f", sh("f() { a; }; f")},
		{"[[ a ]]", sh("[[ a ]]")}, // bash's, which may be an image's sh
		{"if x; then a; fi", sh("if x; then a; fi")},
		{"{ a; }", sh("{ a; }")},
		{"(a)", sh("(a)")},
		{"! a", sh("! a")},
		{"a;", sh("a;")},
		{"cd x", sh("cd x")},
		{"~/bin/a", sh("exec ~/bin/a")},
		{"a *.py", sh("exec a *.py")},
		{"a # b", sh("exec a # b")},
		{"a\nb", sh("a\nexec b")},
		{"X=1", sh("X=1")},
	} {
		got, err := config.ParseCommand(tt.line)
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("ParseCommand(%q) = %q, %v, want %q", tt.line, got, err, tt.want)
		}
	}
	for _, line := range []string{"", "  ", "a 'b", `a "b`, `a \`, "a\x00", "a;;b", "$(a", "a `b", "if x; then", "a <(b)", "x=(1 2)"} {
		if got, err := config.ParseCommand(line); err == nil {
			t.Errorf("ParseCommand(%q) = %q, want an error", line, got)
		}
	}
}

// FuzzParseCommand holds that whatever is split without a shell is what a
// shell makes of the line, and that what goes to the shell is still the line.
func FuzzParseCommand(f *testing.F) {
	for _, s := range []string{"gunicorn -b :$PORT a", "a 'b c' \"d\\\"\" e\\ f", "A=1 b && c | d", "a \\\n b", "a;;b", "\\>&", "$(a", "${X:-a;b} c", "a#b #c"} {
		f.Add(s)
	}
	shell, err := exec.LookPath("sh")
	f.Fuzz(func(t *testing.T, line string) {
		words, fault := config.ParseCommand(line)
		if fault != nil {
			return
		}
		if len(words) == 0 {
			t.Fatal("no words and no error")
		}
		if len(words) == 3 && words[0] == "/bin/sh" {
			plain := strings.NewReplacer("exec env ", "", "exec ", "").Replace
			if got := plain(words[2]); got != plain(strings.TrimSpace(line)) {
				t.Fatalf("the shell gets %q for %q", got, line)
			}
			return
		}
		if err != nil || strings.ContainsAny(line, "\r\v\f\u0085\u00a0") {
			return
		}
		line = strings.TrimSpace(line)
		for strings.HasPrefix(line, "\\\n") { // behind it, lines may be empty, which for does not take
			line = strings.TrimSpace(line[2:])
		}
		script := "set -f; for w in " + line + "\ndo printf '%s\\0' \"$w\"; done"
		if strings.HasPrefix(strings.TrimSpace(line), "exec ") || strings.HasPrefix(strings.TrimSpace(line), "exec\t") {
			return
		}
		out, err := exec.Command(shell, "-c", script).Output()
		if want := strings.Join(words, "\x00") + "\x00"; err != nil || string(out) != want {
			t.Fatalf("the shell makes %q of %q, we %q (%v)", out, line, want, err)
		}
	})
}

// FuzzLoad holds that no text of a file panics, and that loading is stable.
func FuzzLoad(f *testing.F) {
	f.Add(full)
	f.Add("run: &a {<<: *a}\n")
	f.Add("a: [1, {b: c}]\n? x\n: y\n--- !!map\n")
	f.Add("service: \"x\\n\"\nrequirements:\n- a\n-\tb\n")
	f.Add("environments: {p: {test: [a]}}\r\n# é\nservice: |-\n  x\n")
	f.Fuzz(func(t *testing.T, yaml string) {
		dir := app(t, yaml+"\n")
		one, err := config.Load(config.Input{Targets: targets, Dir: dir})
		two, err2 := config.Load(config.Input{Targets: targets, Dir: dir})
		if (err == nil) != (err2 == nil) || (err != nil && err.Error() != err2.Error()) {
			t.Fatalf("%v, then %v", err, err2)
		}
		if err != nil {
			told(t, dir, err)
			return
		}
		if one.Service != two.Service || settings(one).Port == 0 || one.Build.Timeout == 0 {
			t.Fatalf("%+v, then %+v", one, two)
		}
	})
}

// FuzzVariables holds the same of what comes from the environment.
func FuzzVariables(f *testing.F) {
	f.Add(`{"env":{"A":1}}`, "a,b", "^:^A=1:B=2", "false")
	f.Add(`{"env":[`, `["a",["b"]]`, `{"A":{}}`, `{"command":[]}`)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, run, list, pairs, test string) {
		_, err := config.Load(config.Input{Targets: targets, Dir: dir, Lookup: lookup(map[string]string{
			"GCPDEPLOY_RUN": run, "PLUGIN_REQUIREMENTS": list, "GCPDEPLOY_RUN_ENV": pairs, "GCPDEPLOY_TEST": test,
		})})
		if err != nil && !strings.Contains(err.Error(), "GCPDEPLOY_") && !strings.Contains(err.Error(), "PLUGIN_") {
			t.Fatalf("%v names no variable", err)
		}
	})
}
