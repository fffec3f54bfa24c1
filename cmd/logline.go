package cmd

import (
	"fmt"
	"io"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// logLine is a line of `logs --json`.
type logLine struct {
	Time     string       `json:"time,omitempty"`
	Revision string       `json:"revision,omitempty"`
	Severity string       `json:"severity,omitempty"`
	Text     string       `json:"text"`
	Trace    string       `json:"trace,omitempty"`
	Request  *requestLine `json:"request,omitempty"`
	Lines    []logLine    `json:"lines,omitempty"` // that the app wrote for it
}

// requestLine is a request as `logs --json` has it.
type requestLine struct {
	Method  string  `json:"method"`
	URL     string  `json:"url"`
	Status  int     `json:"status"`
	Seconds float64 `json:"seconds"`
}

// lineOf is a line of a service's log.
func lineOf(l release.Line) logLine {
	line := logLine{Time: l.Time.UTC().Format(time.RFC3339), Revision: l.Revision, Severity: l.Severity, Text: l.Text, Trace: l.Trace}
	if r := l.Request; r != nil {
		line.Request = &requestLine{r.Method, r.URL, r.Status, r.Latency.Seconds()}
	}
	return line
}

// String is the line for people. The trace is of no use to them but where there is
// more to see by it.
func (l logLine) String() string {
	text := l.Text
	if l.Severity != "" {
		text = l.Severity + " " + text
	}
	if r := l.Request; r != nil {
		text += " " + time.Duration(r.Seconds*float64(time.Second)).Round(time.Millisecond).String()
	}
	return fmt.Sprintf("%s %s %s", l.Time, l.Revision, text)
}

// lineWriter prints lines of a service's log.
type lineWriter struct {
	out  io.Writer
	json bool
	kept []logLine
}

func (w *lineWriter) print(l release.Line) error { return w.write(lineOf(l)) }

func (w *lineWriter) write(l logLine) error {
	if w.json {
		return ui.WriteJSON(w.out, l)
	}
	_, err := fmt.Fprintln(w.out, l)
	return err
}

// keep is print for what is to be put together first.
func (w *lineWriter) keep(l release.Line) error {
	w.kept = append(w.kept, lineOf(l))
	return nil
}

// printGroups prints what was kept, in the order of its first lines: of each request what
// the app wrote below it, and by itself what belongs to none.
func (w *lineWriter) printGroups() error {
	for _, g := range groups(w.kept) {
		if w.json {
			if err := w.write(g); err != nil {
				return err
			}
			continue
		}
		lines := g.Lines
		if g.Request == nil && len(lines) > 0 {
			if _, err := fmt.Fprintf(w.out, "%s %s trace %s, whose request is not logged yet\n", g.Time, g.Revision, g.Trace); err != nil {
				return err
			}
		} else if err := w.write(g); err != nil {
			return err
		}
		for _, l := range lines {
			if _, err := fmt.Fprintf(w.out, "    %s\n", l); err != nil {
				return err
			}
		}
	}
	return nil
}

// groups puts the lines of each request together. A request is logged once it is
// answered, after what the app wrote for it.
func groups(lines []logLine) (all []logLine) {
	at := map[string]int{} // of a trace, in all
	for _, l := range lines {
		n, known := at[l.Trace]
		switch {
		case l.Trace == "":
			all = append(all, l)
		case !known && l.Request != nil:
			at[l.Trace] = len(all)
			all = append(all, l)
		case !known:
			at[l.Trace] = len(all)
			all = append(all, logLine{Time: l.Time, Revision: l.Revision, Trace: l.Trace, Lines: []logLine{l}})
		case l.Request != nil && all[n].Request == nil:
			l.Lines = all[n].Lines
			all[n] = l
		case l.Request != nil: // one that led to another has its trace
			all = append(all, l)
		default:
			all[n].Lines = append(all[n].Lines, l)
		}
	}
	return all
}
