package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// foreign words are no words of the POSIX shell, but open something in those that
// some images have in its place.
var foreign = strings.Fields("function select time coproc [[")

// builtins exist in the shell only, so they cannot follow exec.
var builtins = strings.Fields("cd export set unset . source eval trap ulimit umask exit return shift : read wait alias exec local readonly")

// ParseCommand turns a command line into exec form. One without shell syntax
// is split into its words as a POSIX shell would. One that needs a shell
// becomes /bin/sh -c, with exec before its last command where that is sure to be
// right, so that the program gets the signals sent to the container.
func ParseCommand(line string) ([]string, error) {
	line = strings.TrimSpace(line)
	if strings.ContainsRune(line, 0) {
		return nil, errors.New("holds a NUL byte")
	}
	f, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX), syntax.KeepComments(true)).Parse(strings.NewReader(line), "")
	switch {
	case err != nil:
		return nil, broken(line, err)
	case len(f.Stmts) == 0:
		return nil, errors.New("is empty")
	case contains(f, func(n syntax.Node) bool { l, ok := n.(*syntax.Lit); return ok && escapesNothing(l.Value) }):
		return nil, errors.New("ends in a backslash")
	}
	if words, ok := plain(f); ok {
		return words, nil
	}
	return []string{"/bin/sh", "-c", withExec(line, f)}, nil
}

// broken says what the parser stumbled over.
func broken(line string, err error) error {
	if e, ok := errors.AsType[syntax.ParseError](err); ok && e.Incomplete {
		if c := line[e.Pos.Offset()]; c == '\'' || c == '"' {
			return fmt.Errorf("has a %c without its second one", c)
		}
	}
	return fmt.Errorf("is no command of a shell: %w", err)
}

func contains(f *syntax.File, is func(syntax.Node) bool) (found bool) {
	syntax.Walk(f, func(n syntax.Node) bool {
		found = found || n != nil && is(n)
		return !found
	})
	return found
}

// plain gives the words of a line that is one command and needs no shell.
func plain(f *syntax.File) (words []string, ok bool) {
	s := f.Stmts[0]
	c, ok := s.Cmd.(*syntax.CallExpr)
	if !ok || len(f.Stmts) > 1 || s.Negated || s.Semicolon.IsValid() || len(s.Redirs)+len(c.Assigns)+len(s.Comments)+len(f.Last) > 0 {
		return nil, false
	}
	for _, w := range c.Args {
		word, ok := literal(w)
		if !ok {
			return nil, false
		}
		words = append(words, word)
	}
	if words[0] == "exec" && len(words) > 1 && !strings.HasPrefix(words[1], "-") {
		return words[1:], true
	}
	return words, !inShellOnly(words[0])
}

func inShellOnly(name string) bool {
	return slices.Contains(builtins, name) || slices.Contains(foreign, name)
}

// withExec is the text with exec before its last command. It stays as it is where
// that command is no program of its own, or where one in the background belongs to
// the shell.
func withExec(line string, f *syntax.File) string {
	s := f.Stmts[len(f.Stmts)-1]
	ends := s.Semicolon.IsValid()
	for b, ok := s.Cmd.(*syntax.BinaryCmd); ok && (b.Op == syntax.AndStmt || b.Op == syntax.OrStmt); b, ok = s.Cmd.(*syntax.BinaryCmd) {
		s = b.Y
	}
	c, ok := s.Cmd.(*syntax.CallExpr)
	if !ok || ends || s.Negated || len(c.Args) == 0 || contains(f, keeps) {
		return line
	}
	if name, _ := literal(c.Args[0]); inShellOnly(name) || inShellOnly(c.Args[0].Lit()) {
		return line
	}
	at, exec := s.Pos().Offset(), "exec "
	if len(c.Assigns) > 0 {
		exec = "exec env "
	}
	return line[:at] + exec + line[at:]
}

// keeps says whether a part of a line needs the shell that read it to the end.
func keeps(n syntax.Node) bool {
	switch n := n.(type) {
	case *syntax.FuncDecl:
		return true
	case *syntax.Stmt:
		return n.Background
	}
	return false
}
