package ui

import (
	"encoding/json"
	"io"
	"sync"
)

// JSON writes one event a line to Out, for programs. Fields are only ever added.
type JSON struct {
	mu  sync.Mutex
	out io.Writer
}

// NewJSON makes the view.
func NewJSON(s Streams) *JSON { return &JSON{out: s.Out} }

// Quiet is the view of a run that nobody follows.
func Quiet() Reporter { return NewJSON(Streams{Out: io.Discard}) }

var _ Reporter = (*JSON)(nil)

// event is one line. Type says which other fields count.
type event struct {
	Type    string  `json:"type"`
	Stage   string  `json:"stage,omitempty"`
	Status  string  `json:"status,omitempty"`
	Detail  string  `json:"detail,omitempty"`
	Text    string  `json:"text,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
}

func (j *JSON) write(e event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	_ = WriteJSON(j.out, e) // whoever reads events is gone
}

// Head is of no use to programs.
func (j *JSON) Head(string) {}

// Start tells that a stage began.
func (j *JSON) Start(stage string) { j.write(event{Type: "stage", Stage: stage, Status: "started"}) }

// Log is a line of a stage's log.
func (j *JSON) Log(stage, line string) {
	j.write(event{Type: "log", Stage: stage, Text: clean(line)})
}

// Ended is of no use to programs: how it ended follows.
func (j *JSON) Ended(string) {}

// Done tells a stage's end: its status is hit, miss or done.
func (j *JSON) Done(s Stage) {
	if s.Status == "" {
		s.Status = "done"
	}
	j.write(event{Type: "stage", Stage: s.Name, Status: s.Status, Detail: s.Detail, Seconds: s.Took.Seconds()})
}

// Fail tells that a stage failed; its log came before.
func (j *JSON) Fail(s Stage) {
	s.Status = "failed"
	j.Done(s)
}

// Note is a remark.
func (j *JSON) Note(text string) { j.write(event{Type: "note", Text: text}) }

// Warn is a warning.
func (j *JSON) Warn(text string) { j.write(event{Type: "warning", Text: text}) }

// Close does nothing: events are written at once.
func (j *JSON) Close() {}

// WriteJSON writes a value as one line. Less-than signs and ampersands stay readable.
func WriteJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
