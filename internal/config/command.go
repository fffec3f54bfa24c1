package config

import (
	"errors"
	"slices"
	"strings"
)

// reserved words open something that one exec cannot stand before.
var reserved = strings.Fields("if then else elif fi for while until do done case esac function select time coproc { } ! [[")

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
	s := scanner{text: line, start: -1}
	if err := s.scan(); err != nil {
		return nil, err
	}
	if len(s.words) == 0 {
		return nil, errors.New("is empty")
	}
	if !s.shell && !slices.Contains(builtins, s.words[0]) && !slices.Contains(reserved, s.words[0]) {
		return s.words, nil
	}
	if !s.shell && s.words[0] == "exec" && len(s.words) > 1 && !strings.HasPrefix(s.words[1], "-") {
		return s.words[1:], nil
	}
	return []string{"/bin/sh", "-c", s.exec()}, nil
}
