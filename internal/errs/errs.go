// Package errs is the one error type of gcpdeploy: what failed, of which kind,
// where in the user's files, and what to do about it. It knows nothing of who
// raises an error or how it is shown; cmd.Main prints, and maps kinds to exit
// codes.
package errs

import (
	"errors"
	"fmt"
	"strings"
)

// Kind sorts errors by what the caller can do about them.
type Kind int

// The kinds, with the exit code each leads to.
const (
	None        Kind = iota // no error: 0
	Internal                // a failure of this program or its surroundings: 1
	Usage                   // the input is wrong; nothing was changed: 2
	Auth                    // credentials are absent or lack a right: 4
	NotFound                // what was named does not exist: 1
	Quota                   // a limit was hit; trying later may help: 75
	Build                   // a step of the build failed: 1
	Transient               // trying again helps: 75
	Interrupted             // the user pressed Ctrl-C: 130
	Superseded              // a newer run of the same app was there first: 1
)

var names = map[Kind]string{
	None: "none", Internal: "internal", Usage: "usage", Auth: "auth", NotFound: "not_found", Quota: "quota",
	Build: "build", Transient: "transient", Interrupted: "interrupted", Superseded: "superseded",
}

// String is the kind's name in JSON output.
func (k Kind) String() string { return names[k] }

// Place is where in a file of the user's the fault is. Line and Column count
// from 1; zero means unknown. Excerpt is the text of the line, where known.
type Place struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Excerpt string `json:"-"`
}

// String is file:line:column, as far as known.
func (p Place) String() string {
	s := p.File
	if p.Line > 0 {
		s += fmt.Sprintf(":%d", p.Line)
		if p.Column > 0 {
			s += fmt.Sprintf(":%d", p.Column)
		}
	}
	return s
}

// Pointer is the excerpt with a caret under the column, or "".
func (p Place) Pointer() string {
	if p.Excerpt == "" {
		return ""
	}
	s := fmt.Sprintf("%5d | %s", p.Line, p.Excerpt)
	if p.Column > 0 && p.Column <= len(p.Excerpt)+1 {
		pad := strings.Map(func(r rune) rune {
			if r == '\t' {
				return r
			}
			return ' '
		}, p.Excerpt[:p.Column-1])
		s += "\n      | " + pad + "^"
	}
	return s
}

// Error is an error with its kind and a hint. Hint is one imperative sentence
// naming the flag or command to try; empty where there is nothing to advise.
type Error struct {
	Kind  Kind
	Place *Place
	Hint  string
	Err   error
}

// Error is the place, then the message; the hint is printed apart.
func (e *Error) Error() string {
	if e.Place != nil {
		return e.Place.String() + ": " + e.Err.Error()
	}
	return e.Err.Error()
}

// Unwrap gives the cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Err }

// New makes an error of a kind; format and args are fmt.Errorf's, %w included.
func New(kind Kind, hint, format string, args ...any) *Error {
	return &Error{Kind: kind, Hint: hint, Err: fmt.Errorf(format, args...)}
}

// At makes a Usage error at a place in the user's files.
func At(place Place, hint, format string, args ...any) *Error {
	return &Error{Kind: Usage, Place: &place, Hint: hint, Err: fmt.Errorf(format, args...)}
}

// KindOf is the kind of the outermost Error in err's chain: Internal where there
// is none, and None of no error.
func KindOf(err error) Kind {
	if err == nil {
		return None
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// HintOf is the first hint found in err's chain.
func HintOf(err error) string {
	for {
		e, ok := errors.AsType[*Error](err)
		if !ok {
			return ""
		}
		if e.Hint != "" {
			return e.Hint
		}
		err = e.Err
	}
}

// PlaceOf is the first place found in err's chain, or nil.
func PlaceOf(err error) *Place {
	for {
		e, ok := errors.AsType[*Error](err)
		if !ok {
			return nil
		}
		if e.Place != nil {
			return e.Place
		}
		err = e.Err
	}
}

// ExitCode maps an error to the program's exit code.
func ExitCode(err error) int {
	switch KindOf(err) {
	case None:
		return 0
	case Usage:
		return 2
	case Auth:
		return 4
	case Quota, Transient:
		return 75
	case Interrupted:
		return 130
	}
	return 1
}
