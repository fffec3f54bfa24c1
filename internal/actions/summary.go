package actions

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// Reporter is a Reporter that also annotates warnings, and remembers stages for the
// summary.
type Reporter struct {
	ui.Reporter
	runner Runner
	out    io.Writer

	mu     sync.Mutex
	head   string
	stages []ui.Stage
}

var _ ui.Reporter = (*Reporter)(nil)

// Watch is a reporter that the runner hears of, too: to is what it reads. Without a
// runner it is the reporter itself.
func (r Runner) Watch(reporter ui.Reporter, to io.Writer) ui.Reporter {
	if !r.on {
		return reporter
	}
	return &Reporter{Reporter: reporter, runner: r, out: to}
}

// Head implements ui.Reporter.
func (r *Reporter) Head(text string) {
	r.mu.Lock()
	r.head = text
	r.mu.Unlock()
	r.Reporter.Head(text)
}

// Warn implements ui.Reporter.
func (r *Reporter) Warn(text string) {
	r.Reporter.Warn(text)
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintln(r.out, r.runner.Annotation("warning", nil, text))
}

// Done implements ui.Reporter.
func (r *Reporter) Done(s ui.Stage) {
	r.add(s)
	r.Reporter.Done(s)
}

// Fail implements ui.Reporter.
func (r *Reporter) Fail(s ui.Stage) {
	r.Reporter.Fail(s)
	s.Status = "failed"
	r.add(s)
}

func (r *Reporter) add(s ui.Stage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stages = append(r.stages, s)
}

// Table is the run in Markdown: its head, its stages, and how it ended.
func (r *Reporter) Table(ended string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	if r.head != "" {
		fmt.Fprintf(&b, "### %s\n\n", cell(r.head))
	}
	if len(r.stages) > 0 {
		b.WriteString("| stage | | | time |\n|---|---|---|---:|\n")
	}
	for _, s := range r.stages {
		took := ""
		if s.Took > 0 {
			took = ui.Duration(s.Took)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", cell(s.Name), cell(s.Status), cell(s.Detail), took)
	}
	if ended != "" {
		fmt.Fprintf(&b, "\n%s\n", cell(ended))
	}
	b.WriteString("\n")
	return b.String()
}

// cell is a text that means nothing in Markdown or HTML, on one line.
func cell(s string) string {
	var b strings.Builder
	for _, c := range strings.Join(strings.Fields(s), " ") {
		switch {
		case c == '<':
			b.WriteString("&lt;")
		case c == '&':
			b.WriteString("&amp;")
		case strings.ContainsRune("\\`*_[]()#|~!", c):
			b.WriteRune('\\')
			b.WriteRune(c)
		case c < ' ' || c == 0x7f:
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}
