package cmd_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/cmd"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// TestMentions holds that each command and flag that a hint, an error or a
// document names is there.
func TestMentions(t *testing.T) {
	t.Parallel()
	app := cmd.New(ui.Streams{}, cmd.Deps{})
	seen := map[string]int{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git") {
			return fs.SkipDir
		}
		var found []string
		switch ext := filepath.Ext(path); {
		case ext == ".md":
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			found = inMarkdown(string(text))
		case ext == ".go" && !strings.HasSuffix(path, "_test.go"):
			if found, err = inGo(path, nil); err != nil {
				return err
			}
		}
		seen[filepath.Ext(path)] += len(found)
		for _, m := range found {
			if fault := unknown(app.Commands, m); fault != "" {
				t.Errorf("%s: gcpdeploy %s: %s", path, m, fault)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen[".go"] < 10 || seen[".md"] < 10 {
		t.Errorf("few commands are named: %v", seen)
	}
}

var (
	quoted = regexp.MustCompile("`gcpdeploy\\s+([^`]+)`")
	typed  = regexp.MustCompile(`(?m)(?:^|\$ |\$\()gcpdeploy +([^\n|;&)#]+)`)
	fenced = regexp.MustCompile("(?ms)^```.*?^```")
)

// inMarkdown finds what stands between backticks, and on the lines of code.
func inMarkdown(text string) (found []string) {
	for _, code := range fenced.FindAllString(text, -1) {
		found = append(found, groups(typed, code)...)
	}
	return append(found, groups(quoted, fenced.ReplaceAllString(text, ""))...)
}

// inGo finds what stands between backticks in the strings of a source file. What
// is added to a string counts as the word X.
func inGo(name string, text any) (found []string, err error) {
	f, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
	if err != nil {
		return nil, err
	}
	ast.Inspect(f, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		s := joined(e)
		found = append(found, groups(quoted, s)...)
		return s == "X" // of a string, the parts are seen with the whole
	})
	return found, nil
}

func joined(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return s
		}
	case *ast.BinaryExpr:
		if a, b := joined(e.X), joined(e.Y); e.Op == token.ADD {
			return a + b
		}
	}
	return "X"
}

func groups(r *regexp.Regexp, text string) (found []string) {
	for _, m := range r.FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}

// unknown is what of a command line is not there: its command, those behind it,
// or a flag. a|b stands for several commands.
func unknown(commands []*cli.Command, line string) string {
	words := strings.Fields(line)
	if len(words) == 0 {
		return ""
	}
	if strings.HasPrefix(words[0], "-") {
		return unknownFlag(nil, words)
	}
	for name := range strings.SplitSeq(words[0], "|") {
		i := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.HasName(name) })
		if i < 0 {
			return fmt.Sprintf("there is no command %q", name)
		}
		c, rest := commands[i], strings.Join(words[1:], " ")
		fault := unknownFlag(c.Flags, words[1:])
		if len(c.Subcommands) > 0 {
			fault = unknown(c.Subcommands, rest)
		}
		if fault != "" {
			return fault
		}
	}
	return ""
}

func unknownFlag(flags []cli.Flag, words []string) string {
	for _, w := range words {
		name, _, _ := strings.Cut(strings.Trim(w, `[].,"`), "=")
		bare := strings.TrimLeft(name, "-")
		if bare == name || bare == "" || bare == "help" {
			continue
		}
		if !slices.ContainsFunc(flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), bare) }) {
			return fmt.Sprintf("there is no flag %q", name)
		}
	}
	return ""
}

func TestMentionsAreFound(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"`gcpdeploy up --local`, `gcpdeploy\ndown`":                      {"up --local", "down"},
		"gcpdeploy deploys; `gcpdeploy`, `gcpdeploy-x`":                  nil,
		"```console\n$ gcpdeploy up --x\ngcpdeploy y\nit gcpdeploy\n```": {"up --x", "y"},
		"```sh\na=$(gcpdeploy local env | cat)\ngcpdeploy up # why\n```": {"local env ", "up "},
	} {
		if diff := cmp.Diff(want, inMarkdown(text)); diff != "" {
			t.Errorf("%s:\n%s", text, diff)
		}
	}
	got, err := inGo("x.go", "package x\n// `gcpdeploy a`\nvar _ = f(\"Run `gcpdeploy b \"+c+\" --d`.\", e(\"`gcpdeploy f`\"))")
	if diff := cmp.Diff([]string{"b X --d", "f"}, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestUnknown(t *testing.T) {
	t.Parallel()
	commands := cmd.New(ui.Streams{}, cmd.Deps{}).Commands
	for line, want := range map[string]string{
		"up --local --json":           "",
		"logs --build, X":             "",
		"wheels show KEY --help":      "",
		"local start|stop|status|env": "",
		"--help":                      "",
		"deploy":                      `there is no command "deploy"`,
		"up --nope":                   `there is no flag "--nope"`,
		"up [--nope=1]":               `there is no flag "--nope"`,
		"--local":                     `there is no flag "--local"`,
		"local stat":                  `there is no command "stat"`,
		"local start|stopp":           `there is no command "stopp"`,
		"wheels show KEY --purge":     `there is no flag "--purge"`,
		"local --purge":               `there is no flag "--purge"`,
	} {
		if got := unknown(commands, line); got != want {
			t.Errorf("gcpdeploy %s: %q, want %q", line, got, want)
		}
	}
}
