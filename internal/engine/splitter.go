package engine

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// tailLines is how much of each step's log is kept to find a failure's cause.
const tailLines = 100

// splitter reads a build's log, which mixes the lines of steps that run at
// once, and reports each step by itself. While a build runs the log is the only
// place that tells of its steps.
type splitter struct {
	report ui.Reporter
	now    func() time.Time
	mask   func(string) string // hides what nobody may see in what steps print; nil = nothing

	mu      sync.Mutex
	rest    []byte
	started map[plan.StepID]time.Time
	ended   map[plan.StepID]bool
	tails   map[plan.StepID][]string

	steps    []plan.Step
	inside   bool                          // of a single step's lines
	finished map[plan.StepID]time.Duration // ended, but not known yet how
}

func newSplitter(r ui.Reporter, now func() time.Time, steps []plan.Step) *splitter {
	s := &splitter{
		report: r, now: now, steps: steps, started: map[plan.StepID]time.Time{}, ended: map[plan.StepID]bool{},
		tails: map[plan.StepID][]string{}, finished: map[plan.StepID]time.Duration{},
	}
	if len(steps) == 1 {
		s.start(steps[0].ID) // the log of a build with one step does not name it
	}
	return s
}

var stepLine = regexp.MustCompile(`^(Starting |Finished |)Step #\d+ - "([^"]+)"(?:: (.*))?$`)

// maxLine is where a line without an end is broken, to hold no more of it. What builds
// keep of a line, with the step's name, is less.
const maxLine = 512 << 10

// Write takes a piece of the log.
func (s *splitter) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for line := range bytes.Lines(b) {
		text, whole := bytes.CutSuffix(line, []byte("\n"))
		s.rest = append(s.rest, text...)
		if whole || len(s.rest) > maxLine {
			s.line(string(s.rest))
			s.rest = s.rest[:0]
		}
	}
	return len(b), nil
}

// Close takes what is left of a last line.
func (s *splitter) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rest) > 0 {
		s.line(string(s.rest))
		s.rest = nil
	}
}

func (s *splitter) line(text string) {
	if len(s.steps) == 1 {
		s.single(text)
		return
	}
	m := stepLine.FindStringSubmatch(text)
	if m == nil {
		return
	}
	id := plan.StepID(m[2])
	switch m[1] {
	case "Starting ":
		s.start(id)
	case "Finished ":
		// The log says so of a step that failed, too.
		s.finished[id] = s.now().Sub(s.started[id])
		s.report.Ended(string(id))
	default:
		s.log(id, m[3])
	}
}

// single takes a line of a build with one step, whose lines carry no name.
func (s *splitter) single(text string) {
	var ours bool
	if s.inside, ours = within(s.inside, text); ours {
		s.log(s.steps[0].ID, text)
	}
}

// within says whether a line of the log of a build with one step is the step's, and
// whether the next one may be: they are between the worker's own.
func within(inside bool, text string) (next, ours bool) {
	switch text {
	case "BUILD":
		return true, false
	case "PUSH", "ERROR", "TIMEOUT", "CANCELLED":
		return false, false
	}
	return inside, inside
}

// start reports a step, and as done those it waited for: it would not have
// started had they failed.
func (s *splitter) start(id plan.StepID) {
	for _, step := range s.steps {
		if step.ID != id {
			continue
		}
		for _, before := range step.WaitFor {
			if took, ok := s.finished[before]; ok {
				s.done(before, took)
			}
		}
	}
	s.started[id] = s.now()
	s.report.Start(string(id))
}

// stamp is what BuildKit puts before each line of a program that it runs.
var stamp = regexp.MustCompile(`^#\d+ \d+\.\d+ `)

func (s *splitter) log(id plan.StepID, text string) {
	if s.mask != nil {
		text = s.mask(text)
	}
	if !id.About().Ours {
		text = text[len(stamp.FindString(text)):]
	}
	if id == plan.StepWheels && strings.HasPrefix(text, "built ") {
		s.report.Note(text) // it may have taken minutes
	}
	if note, ok := strings.CutPrefix(text, "note: "); ok && id.About().Stage != "" {
		s.report.Note(note) // what imports and builds show, though they end well
	}
	s.tails[id] = append(s.tails[id], text)
	if n := len(s.tails[id]); n > 2*tailLines {
		s.tails[id] = slices.Clone(s.tails[id][n-tailLines:])
	}
	s.report.Log(string(id), text)
}

func (s *splitter) done(id plan.StepID, took time.Duration) {
	if s.ended[id] {
		return
	}
	s.ended[id] = true
	s.report.Done(ui.Stage{Name: string(id), Detail: s.detail(id), Took: took})
}

// detail is what a step of ours says of itself in its last line; Docker's last
// lines say nothing to people.
func (s *splitter) detail(id plan.StepID) string {
	tail := s.tails[id]
	if !id.About().Ours || len(tail) == 0 {
		return ""
	}
	return tail[len(tail)-1]
}

// finish reports what the log left open, now that the build's end is known.
func (s *splitter) finish(out plan.Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, step := range out.Steps {
		switch {
		case s.ended[step.ID]:
		case step.Status == plan.Success:
			s.done(step.ID, step.Took)
		case step.ID == failedStep(out):
			s.ended[step.ID] = true
			s.report.Fail(ui.Stage{Name: string(step.ID), Took: step.Took})
		}
	}
}

// tail is the end of what a step printed.
func (s *splitter) tail(id plan.StepID) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tails[id]
}
