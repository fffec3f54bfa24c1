package ui

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

// keep is how many lines of a stage are remembered for the case that it fails, and
// keepWhole where they are shown of each.
const (
	keep      = 200
	keepWhole = 10_000
)

// Human writes lines for people. On a terminal the last line is alive: the
// stages under way, their time, and what the newest of them printed last.
type Human struct {
	s       Streams
	verbose bool
	column  int  // of the names of stages
	keep    int  // lines of a stage
	whole   bool // they are shown when it is over, however it ended
	now     func() time.Time
	text    func(string) string // as it may be shown

	mu      sync.Mutex
	running []running
	logs    map[string][]string
	cut     map[string]int
	last    string
	live    bool // a live line is on the screen
	frame   int
	stop    chan struct{}
	stopped sync.WaitGroup
}

type running struct {
	name  string
	since time.Time
}

// NewHuman starts a view. verbose shows every line of the build's log.
func NewHuman(s Streams, verbose bool, now func() time.Time) *Human {
	text := func(t string) string { return t }
	if s.Terminal {
		s.Err, text = behind(s.Err), plain
	}
	h := &Human{s: s, text: text, verbose: verbose, column: column, keep: keep, now: now, logs: map[string][]string{}, cut: map[string]int{}, stop: make(chan struct{})}
	if s.Terminal {
		h.stopped.Go(h.animate)
	}
	return h
}

var _ Reporter = (*Human)(nil)

// NewRecord starts a view for a log that is read when all is over, such as a CI
// system's: below each stage's line stands what it printed.
func NewRecord(s Streams, now func() time.Time) *Human {
	h := NewHuman(s, false, now)
	h.keep, h.whole = keepWhole, true
	return h
}

// Head prints the run's first line.
func (h *Human) Head(text string) {
	h.print(func(w io.Writer) { fmt.Fprintln(w, h.bold(h.text(text))) })
}

// Start puts a stage on the live line.
func (h *Human) Start(stage string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running = append(h.running, running{h.text(stage), h.now()})
	h.last = ""
	h.draw()
}

// Log takes a line that a stage printed.
func (h *Human) Log(stage, line string) {
	line = clean(line)
	h.mu.Lock()
	defer h.mu.Unlock()
	lines := append(h.logs[stage], line)
	if len(lines) > 2*h.keep {
		h.cut[stage] += len(lines) - h.keep
		lines = slices.Clone(lines[len(lines)-h.keep:])
	}
	h.logs[stage] = lines
	if h.verbose {
		h.erase()
		fmt.Fprintf(h.s.Err, "    %s%s\n", h.dim(h.text(stage)+": "), line)
	} else if strings.TrimSpace(line) != "" {
		h.last = line
	}
	h.draw()
}

// Ended takes a stage off the live line.
func (h *Human) Ended(stage string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.end(stage)
	h.erase()
	h.draw()
}

// Done prints a stage's line.
func (h *Human) Done(s Stage) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.end(s.Name)
	h.erase()
	took := ""
	if s.Took > 0 {
		took = Duration(s.Took)
	}
	// The time stands in one column, after details of up to 50 characters.
	line := fmt.Sprintf("  %-*s %s %-50s %7s", h.column, h.text(s.Name), h.status(s.Status), h.text(s.Detail), took)
	fmt.Fprintln(h.s.Err, strings.TrimRight(line, " "))
	if h.whole {
		h.printed(s.Name)
	}
	h.draw()
}

// Fail prints a stage's line and the end of what it printed.
func (h *Human) Fail(s Stage) {
	s.Status = "failed"
	h.Done(s)
	if h.verbose || h.whole {
		return
	}
	h.print(func(io.Writer) { h.printed(s.Name) })
}

// printed prints the end of what a stage printed.
func (h *Human) printed(stage string) {
	lines := h.logs[stage]
	if n := len(lines); n > h.keep {
		h.cut[stage] += n - h.keep
		lines = lines[n-h.keep:]
	}
	if n := h.cut[stage]; n > 0 {
		fmt.Fprintf(h.s.Err, "    … %d lines before\n", n)
	}
	for _, line := range lines {
		fmt.Fprintln(h.s.Err, strings.TrimRight("    "+line, " "))
	}
	delete(h.logs, stage)
	delete(h.cut, stage)
}

// Note prints a remark.
func (h *Human) Note(text string) {
	h.print(func(w io.Writer) { fmt.Fprintln(w, "  "+h.dim(h.text(text))) })
}

// Warn prints a warning.
func (h *Human) Warn(text string) {
	h.print(func(w io.Writer) { fmt.Fprintln(w, h.paint("33", "warning: ")+h.text(text)) })
}

// Close takes the live line away.
func (h *Human) Close() {
	h.mu.Lock()
	select {
	case <-h.stop:
	default:
		close(h.stop)
	}
	h.running = nil
	h.erase()
	h.mu.Unlock()
	h.stopped.Wait()
}

func (h *Human) print(f func(io.Writer)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.erase()
	f(h.s.Err)
	h.draw()
}

func (h *Human) end(stage string) {
	h.running = slices.DeleteFunc(h.running, func(r running) bool { return r.name == h.text(stage) })
}

func (h *Human) animate() {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-h.stop:
			return
		case <-tick.C:
			h.mu.Lock()
			h.frame++
			h.erase()
			h.draw()
			h.mu.Unlock()
		}
	}
}

func (h *Human) erase() {
	if h.live {
		io.WriteString(h.s.Err, "\r\x1b[K")
		h.live = false
	}
}

func (h *Human) draw() {
	if !h.s.Terminal || len(h.running) == 0 || h.live {
		return
	}
	spinner := []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
	var parts []string
	for _, r := range h.running {
		parts = append(parts, r.name+" "+Duration(h.now().Sub(r.since)))
	}
	line := []rune(fmt.Sprintf("  %c %s  %s", spinner[h.frame%len(spinner)], strings.Join(parts, ", "), h.last))
	if width := h.s.Width(); width > 1 && len(line) > width-1 {
		line = append(line[:width-2], '…')
	}
	io.WriteString(h.s.Err, string(line))
	h.live = true
}

func (h *Human) status(s string) string {
	color := map[string]string{"hit": "32", "miss": "33", "failed": "31"}[s]
	return h.paint(color, fmt.Sprintf("%-6s", s))
}

func (h *Human) bold(s string) string { return h.paint("1", s) }
func (h *Human) dim(s string) string  { return h.paint("2", s) }

func (h *Human) paint(code, s string) string {
	if !h.s.Color || code == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
