package ui_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/golden"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// buffer is written to by the view's own goroutine too.
type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func clock() time.Time { return time.Unix(100, 0) }

// aRun is what a view sees of a run that fails in its tests.
func aRun(r ui.Reporter) {
	r.Head("hello → Cloud Run, my-project, europe-west1")
	r.Warn("sending .git (12.0 MB)")
	r.Note("start: off, the service needs secrets that this check does not have")
	r.Done(ui.Stage{Name: "wheels", Status: "hit", Detail: "3f9a1c2e  in the runtime image"})
	r.Done(ui.Stage{Name: "runtime", Status: "miss", Detail: "88c10b4d  scipy 1.14.0 → 1.14.1"})
	r.Start("source")
	r.Done(ui.Stage{Name: "source", Detail: "214 files, 38 kB", Took: 120 * time.Millisecond})
	r.Start("image")
	r.Log("image", "#5 [2/2] COPY . /app")
	r.Start("test")
	r.Log("test", "collected 12 items")
	r.Log("test", "\x1b[31mE   assert 1 == 2\x1b[0m")
	r.Log("test", "")
	r.Done(ui.Stage{Name: "image", Took: 2 * time.Second})
	r.Fail(ui.Stage{Name: "test", Took: 95 * time.Second})
	r.Close()
}

func TestHumanPlain(t *testing.T) {
	t.Parallel()
	for name, verbose := range map[string]bool{"plain": false, "verbose": true} {
		var out, data buffer
		aRun(ui.NewHuman(ui.Streams{Out: &data, Err: &out}, verbose, clock))
		if data.String() != "" {
			t.Errorf("%s: on stdout: %q", name, data.String())
		}
		golden.Equal(t, []byte(out.String()), "testdata/"+name+".txt")
	}
}

// TestRecord: below each stage stands what it printed, once, whether it failed or not.
func TestRecord(t *testing.T) {
	t.Parallel()
	var out buffer
	aRun(ui.NewRecord(ui.Streams{Err: &out}, clock))
	golden.Equal(t, []byte(out.String()), "testdata/record.txt")
}

func TestHumanColor(t *testing.T) {
	t.Parallel()
	var out buffer
	aRun(ui.NewHuman(ui.Streams{Err: &out, Color: true}, false, clock))
	golden.Equal(t, []byte(out.String()), "testdata/color.txt")
}

// screen is what a terminal shows after text: \r goes to the line's start, and
// ESC [K clears the rest of it.
func screen(text string) []string {
	lines := []string{""}
	last := func() *string { return &lines[len(lines)-1] }
	column := 0
	for rest := text; rest != ""; {
		switch {
		case strings.HasPrefix(rest, "\x1b[K"):
			*last() = string([]rune(*last())[:column])
			rest = rest[3:]
			continue
		case rest[0] == '\r':
			column = 0
		case rest[0] == '\n':
			lines, column = append(lines, ""), 0
		default:
			r := []rune(rest)[0]
			line := []rune(*last())
			if column < len(line) {
				line[column] = r
			} else {
				line = append(line, r)
			}
			*last(), column = string(line), column+1
			rest = rest[len(string(r)):]
			continue
		}
		rest = rest[1:]
	}
	return lines
}

// TestHumanTerminal: the live line leaves no trace.
func TestHumanTerminal(t *testing.T) {
	t.Parallel()
	var plain, live buffer
	aRun(ui.NewHuman(ui.Streams{Err: &plain}, false, clock))
	aRun(ui.NewHuman(ui.Streams{Err: &live, Terminal: true, Width: func() int { return 80 }}, false, clock))
	if !strings.Contains(live.String(), "⠋ test 0.0s") {
		t.Errorf("no live line in %q", live.String())
	}
	if diff := cmp.Diff(strings.Split(plain.String(), "\n"), screen(live.String())); diff != "" {
		t.Errorf("on the screen (-plain +terminal):\n%s", diff)
	}
}

func TestHumanLiveLine(t *testing.T) {
	t.Parallel()
	var out buffer
	h := ui.NewHuman(ui.Streams{Err: &out, Terminal: true, Width: func() int { return 20 }}, false, clock)
	h.Start("wheels")
	h.Log("wheels", strings.Repeat("long ", 50))
	h.Note("x")
	line := screen(out.String())
	if n := len([]rune(line[len(line)-1])); n == 0 || n > 19 {
		t.Errorf("the live line has %d columns of 20: %q", n, line)
	}
	h.Close()
	h.Close()
	if line := screen(out.String()); line[len(line)-1] != "" {
		t.Errorf("left on the screen: %q", line)
	}
}

func TestHumanKeepsTheEnd(t *testing.T) {
	t.Parallel()
	var out buffer
	h := ui.NewHuman(ui.Streams{Err: &out}, false, clock)
	for i := range 1000 {
		h.Log("test", fmt.Sprint("line ", i))
	}
	h.Fail(ui.Stage{Name: "test"})
	h.Close()
	text := out.String()
	if !strings.Contains(text, "… 800 lines before\n    line 800\n") || !strings.HasSuffix(text, "line 999\n") {
		t.Error(text)
	}
}

// TestClean: a build's log cannot steer the terminal.
func TestClean(t *testing.T) {
	t.Parallel()
	var out buffer
	h := ui.NewHuman(ui.Streams{Err: &out}, true, clock)
	h.Log("s", "10%\r50%\r100%\r")
	h.Log("s", "a\tb\x07\x1b]0;title\x07\u009b2J\x7fc")
	h.Close()
	if diff := cmp.Diff("    s: 100%\n    s: a b2Jc\n", out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	var out, err buffer
	aRun(ui.NewJSON(ui.Streams{Out: &out, Err: &err}))
	if err.String() != "" {
		t.Errorf("on stderr: %q", err.String())
	}
	for line := range strings.Lines(out.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %s", line)
		}
	}
	golden.Equal(t, []byte(out.String()), "testdata/events.jsonl")
}

func TestWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ got, want string }{
		{ui.Duration(0), "0.0s"}, {ui.Duration(340 * time.Millisecond), "0.3s"}, {ui.Duration(59940 * time.Millisecond), "59.9s"},
		{ui.Duration(59960 * time.Millisecond), "1m00s"},
		{ui.Duration(492 * time.Second), "8m12s"}, {ui.Duration(59*time.Minute + 59*time.Second), "59m59s"}, {ui.Duration(125 * time.Minute), "2h05m"},
		{ui.Age(-time.Second), "0 s"}, {ui.Age(59 * time.Second), "59 s"}, {ui.Age(90 * time.Minute), "1 h"}, {ui.Age(47 * time.Hour), "47 h"}, {ui.Age(48 * time.Hour), "2 d"},
		{ui.Bytes(0), "0 B"}, {ui.Bytes(999), "999 B"}, {ui.Bytes(1000), "1 kB"}, {ui.Bytes(38_400), "38 kB"}, {ui.Bytes(999_499), "999 kB"},
		{ui.Bytes(999_600), "1.0 MB"}, {ui.Bytes(1_250_000), "1.2 MB"}, {ui.Bytes(999_960_000), "1.0 GB"}, {ui.Bytes(2_500_000_000), "2.5 GB"},
		{ui.Count(1, "file"), "1 file"}, {ui.Count(0, "file"), "0 files"}, {ui.Count(2, "layer"), "2 layers"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}

// TestAsk: only a yes is one.
func TestAsk(t *testing.T) {
	for said, want := range map[string]bool{"y\n": true, " Yes \n": true, "yes": true, "n\n": false, "\n": false, "": false, "yesterday\n": false} {
		var asked strings.Builder
		s := ui.Streams{In: strings.NewReader(said), Err: &asked}
		if got := s.Ask("Go on?"); got != want || asked.String() != "Go on? [y/N] " {
			t.Errorf("%q: %v, after %q", said, got, &asked)
		}
	}
}
