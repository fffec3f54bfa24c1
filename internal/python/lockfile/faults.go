package lockfile

import (
	"errors"
	"net/url"
	"path"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
)

const otherPython = "Set python in gcpdeploy.yaml to a version that it allows, or lock again."

// admits refuses a lock that was not made for the target's Python: its markers
// mean nothing there.
func (in input) admits(requires string, line int) error {
	if requires == "" {
		return nil
	}
	place := errs.Place{File: in.file, Line: line}
	either := []string{requires}
	if path.Base(in.file) == "poetry.lock" {
		either = poetrySpecifier(requires)
	}
	fits := len(either) == 0
	for _, specifier := range either {
		ok, err := in.env.Satisfies(specifier)
		if err != nil {
			return errs.At(place, "Lock again with the tool that made it.", "requires-python: %w", err)
		}
		fits = fits || ok
	}
	if !fits {
		return errs.At(place, otherPython, "it is locked for Python %s, and %s is used", requires, in.env.Python)
	}
	return nil
}

// suits refuses a lock that was made for other environments than the target:
// its packages, and the markers that it left out, are theirs.
func (in input) suits(environments []string) error {
	for _, m := range environments {
		_, holds, err := in.env.Reduce(m)
		if err != nil || holds {
			return placed(in, 0, err)
		}
	}
	if len(environments) == 0 {
		return nil
	}
	return errs.At(errs.Place{File: in.file}, "Lock it for Linux, x86_64 and this Python, too.",
		"it is locked for other environments than CPython %s on Linux, x86_64: %s", in.env.Python, strings.Join(environments, " | "))
}

// index refuses an index that pip cannot be told of.
func (in input) index(p Package) error {
	if p.Index == "" {
		return nil
	}
	place := errs.Place{File: in.file, Line: p.Line}
	if bad := link.CheckPlain(p.Index); bad != nil {
		return errs.At(place, bad.Hint, "the index of %s %s", p.Name, bad.Message)
	}
	if !strings.HasPrefix(p.Index, "https://") && !strings.HasPrefix(p.Index, "http://") {
		return errs.At(place, "Lock it from an index, or name its file as a path.", "%s comes from %s, which is no index on a server", p.Name, p.Index)
	}
	return nil
}

func noGroup(in input) error {
	return errs.At(errs.Place{File: in.file}, "Correct the name in the brackets.", "it has no dependency group or extra %q", in.group)
}

// placed gives an error that has no place one.
func placed(in input, line int, err error) error {
	if _, ok := errors.AsType[*errs.Error](err); ok || err == nil {
		return err
	}
	return errs.At(errs.Place{File: in.file, Line: line}, "Lock again with the tool that made it.", "%w", err)
}

func unescape(s string) string {
	if out, err := url.QueryUnescape(s); err == nil {
		return out
	}
	return s
}
