package serving

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Line is a start command that was read: commands that run one after the other.
// The last one serves.
type Line struct {
	Commands []Command
	Dir      string // the folder that cd changes to, "" for none

	before string // what the shell does before the last command, with && after it
}

// Command is one command of a line.
type Command struct {
	Program string   // "gunicorn"; also of python -m gunicorn
	Path    string   // the program as it is written: "./start.sh"
	Runner  string   // a tool that it is run by: "poetry run"
	Script  string   // the file that Python or a shell runs
	Module  string   // what python -m runs
	Env     []string // variables that are set for it

	words   []word // what follows the program
	args    []word // what follows it, or what it runs
	known   *program
	assigns string
}

// Read reads a command in exec form; ok is false where a shell does more in it
// than one command after the other.
func Read(command []string) (line Line, ok bool) {
	if len(command) == 3 && among(path.Base(command[0]), "sh bash") && among(command[1], "-c -lc -ec") {
		return Parse(command[2])
	}
	p := plain{}
	for _, w := range command {
		source, err := syntax.Quote(w, syntax.LangPOSIX)
		if err != nil {
			return Line{}, false
		}
		p.words = append(p.words, word{w, source})
	}
	return lineOf([]plain{p})
}

// Parse reads a shell's command line.
func Parse(text string) (Line, bool) {
	all, ok := simple(text)
	if !ok {
		return Line{}, false
	}
	return lineOf(all)
}

func lineOf(all []plain) (line Line, ok bool) {
	var env []string
	for i, p := range all {
		if i < len(all)-1 {
			line.before += p.source + " && "
		}
		switch {
		case len(p.words) == 0:
			env = append(env, p.env...)
		case p.words[0].text == "cd" && len(p.words) == 2 && len(line.Commands) == 0:
			line.Dir = path.Join(line.Dir, p.words[1].text)
		case among(p.words[0].text, "set export : echo"):
		default:
			line.Commands = append(line.Commands, command(p, env))
		}
	}
	return line, len(line.Commands) > 0 && line.Last().Program != ""
}

// Last is the command that serves.
func (l Line) Last() Command { return l.Commands[len(l.Commands)-1] }

// runners run the program that follows in the project's environment, which is
// the image's own.
var runners = []string{"poetry", "pipenv", "uv", "pdm", "hatch", "rye", "pixi"}

func command(p plain, env []string) Command {
	c := Command{Env: slices.Concat(env, p.env), args: p.words, assigns: p.assigns}
	c.unwrap()
	if len(c.args) == 0 {
		return Command{}
	}
	c.Path = c.args[0].text
	c.Program, c.words, c.args = path.Base(c.Path), c.args[1:], c.args[1:]
	switch {
	case interpreter(c.Program):
		c.python()
	case among(c.Program, "sh bash dash"):
		if len(c.args) > 0 && !strings.HasPrefix(c.args[0].text, "-") {
			c.Script = c.args[0].text
		}
	}
	if known, ok := programs[c.Program]; ok {
		c.known = &known
		if known.sub != "" && !slices.ContainsFunc(c.args, func(w word) bool { return w.text == known.sub }) {
			c.known = nil
		}
	}
	return c
}

// unwrap takes away what only starts the next word.
func (c *Command) unwrap() {
	for len(c.args) > 1 {
		switch first, second := path.Base(c.args[0].text), c.args[1].text; {
		case among(first, "exec nohup time ddtrace-run opentelemetry-instrument tini dumb-init"), first == "--":
			c.args = c.args[1:]
		case first == "env", strings.Contains(first, "=") && !strings.HasPrefix(first, "-"):
			if name, _, ok := strings.Cut(first, "="); ok {
				c.Env = append(c.Env, name)
				c.assigns += c.args[0].source + " "
			}
			c.args = c.args[1:]
		case first == "newrelic-admin" && second == "run-program":
			c.args = c.args[2:]
		case slices.Contains(runners, first) && second == "run":
			c.Runner, c.args = first+" run", c.args[2:]
			for len(c.args) > 1 && strings.HasPrefix(c.args[0].text, "--") {
				c.args = c.args[1:]
			}
		default:
			return
		}
	}
}

func interpreter(program string) bool {
	return program == "python" || program == "python3" || strings.HasPrefix(program, "python3.")
}

func (c *Command) python() {
	for i := 0; i < len(c.args); i++ {
		switch text := c.args[i].text; {
		case text == "-m" && i+1 < len(c.args):
			c.Module = c.args[i+1].text
			name := map[bool]string{true: "waitress-serve", false: c.Module}[c.Module == "waitress"]
			if _, ok := programs[name]; ok {
				c.Program, c.args = name, c.args[i+2:]
			}
			return
		case text == "-c":
			return
		case text == "-X", text == "-W":
			i++
		case !strings.HasPrefix(text, "-"):
			c.Script, c.args = text, c.args[i:]
			return
		}
	}
}
