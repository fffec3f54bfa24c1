package closure

import (
	"errors"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Report is what `gcpdeploy requirements --json` prints. Lists are never null.
type Report struct {
	Requirements []Requirement `json:"requirements"`
	Options      Options       `json:"options"`
	Error        *ReportError  `json:"error"`
}

// ReportError is why reading stopped; Requirements then holds what came before.
type ReportError struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Message string `json:"message"`
}

// Read reads as Load does and reports what it read, in file order, up to the
// first error. err is the same error, for the exit code.
func Read(dir string, files []string, lookup func(string) (string, bool)) (report Report, err error) {
	l, err := newLoader(dir, lookup)
	if err != nil {
		return Report{Requirements: []Requirement{}, Error: reportError(err)}, err
	}
	if err = l.load(files); err == nil {
		err = l.own(nil)
	}
	return ReportOf(l.finish(), err), err
}

// ReportOf reports a closure that was read otherwise; nil where reading it
// failed with err.
func ReportOf(c *Closure, err error) Report {
	r := Report{Requirements: []Requirement{}, Error: reportError(err)}
	if c != nil {
		r.Options = c.Options
		for _, q := range c.Requirements {
			if !q.form.derived { // of a project, not of the files
				r.Requirements = append(r.Requirements, q)
			}
		}
	}
	return r
}

func reportError(err error) *ReportError {
	if err == nil {
		return nil
	}
	out := &ReportError{Message: err.Error()}
	if e, ok := errors.AsType[*errs.Error](err); ok {
		out.Message = e.Err.Error()
		if e.Hint != "" {
			out.Message += " (" + e.Hint + ")"
		}
		if e.Place != nil {
			out.File, out.Line = e.Place.File, e.Place.Line
		}
	}
	return out
}
