// Package ui shows a run to people and to programs. It owns the streams, the
// live line on a terminal and the forms of output; it knows nothing of what the
// stages do. Results go to Out, everything else to Err.
package ui

import (
	"fmt"
	"io"
	"time"
)

// Streams are the program's standard streams.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	Terminal bool       // Err is a terminal
	Answers  bool       // In is one, too: somebody is there to answer
	Color    bool       // Err takes colour
	Width    func() int // of the terminal
}

// Stage is one finished part of a run. Status is "hit", "miss", "failed" or "".
type Stage struct {
	Name   string
	Status string
	Detail string
	Took   time.Duration // 0 = not timed
}

// Reporter follows a run. Its methods may be called from several goroutines.
type Reporter interface {
	Head(text string)
	Start(stage string)
	Log(stage, line string)
	// Ended tells that a stage's work is over; Done or Fail follows when it is
	// known how it ended.
	Ended(stage string)
	Done(s Stage)
	Note(text string)
	Warn(text string)
	// Fail ends a stage that failed and shows what it printed.
	Fail(s Stage)
	// Close takes the live line away; nothing is reported afterwards.
	Close()
}

// Duration is a time for people: 0.3s, 12.0s, 8m12s, 2h05m.
func Duration(d time.Duration) string {
	if tenths := d.Round(100 * time.Millisecond); tenths < time.Minute {
		return fmt.Sprintf("%.1fs", tenths.Seconds())
	}
	if s := d.Round(time.Second); s < time.Hour {
		return fmt.Sprintf("%dm%02ds", s/time.Minute, s%time.Minute/time.Second)
	}
	m := d.Round(time.Minute)
	return fmt.Sprintf("%dh%02dm", m/time.Hour, m%time.Hour/time.Minute)
}

// Age is how long ago something was, for people: 12 s, 5 min, 2 h, 3 d.
func Age(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d d", d/(24*time.Hour))
}

// Bytes is a size for people, in powers of ten: 38 kB, 1.2 MB.
func Bytes(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 999_500:
		return fmt.Sprintf("%d kB", (n+500)/1000)
	case n < 999_950_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}

// Count is "1 file", "2 files".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
