package engine

import (
	"bytes"
	"io"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// OfStep gives a writer of a build's log that hands on what one of its steps
// printed. Close takes a last line without an end.
func OfStep(to io.Writer, build plan.Outcome, step plan.StepID) (io.WriteCloser, error) {
	if _, ok := build.Find(step); !ok {
		var names []string
		for _, s := range build.Steps {
			names = append(names, string(s.ID))
		}
		return nil, errs.New(errs.Usage, "Name one of "+strings.Join(names, ", ")+".", "build %s has no step %q", build.Build, step)
	}
	return &oneStep{to: to, step: step, alone: len(build.Steps) == 1}, nil
}

type oneStep struct {
	to     io.Writer
	step   plan.StepID
	alone  bool // lines of a build with one step do not name it
	inside bool // of its lines, then
	rest   []byte
}

// Write takes a piece of the log.
func (o *oneStep) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		o.rest = append(o.rest, line...)
		if line[len(line)-1] == '\n' {
			if err := o.Close(); err != nil {
				return 0, err
			}
		}
	}
	return len(p), nil
}

// Close hands on the line that was begun, if it is the step's.
func (o *oneStep) Close() error {
	text := strings.TrimRight(string(o.rest), "\n")
	if len(o.rest) == 0 {
		return nil
	}
	o.rest = o.rest[:0]
	if o.alone {
		var ours bool
		if o.inside, ours = within(o.inside, text); !ours {
			return nil
		}
	} else {
		m := stepLine.FindStringSubmatch(text)
		if m == nil || m[1] != "" || plan.StepID(m[2]) != o.step {
			return nil
		}
		text = m[3]
	}
	_, err := io.WriteString(o.to, text+"\n")
	return err
}
