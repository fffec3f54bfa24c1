package main

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// times are what one row measured.
type times []time.Duration

// median of an even number of times is the lower one of the two in the middle.
func (t times) median() time.Duration {
	if len(t) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(t))[(len(t)-1)/2]
}

// String is the median, then the least and the most.
func (t times) String() string {
	if len(t) == 0 {
		return "-"
	}
	return fmt.Sprintf("%9.3f  %8.3f – %.3f", t.median().Seconds(), slices.Min(t).Seconds(), slices.Max(t).Seconds())
}

// ratio is how many times as long a takes as b.
func ratio(a, b times) string {
	if len(a) == 0 || b.median() == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f x", float64(a.median())/float64(b.median()))
}

// table prints rows as they become known.
type table struct {
	out   io.Writer
	begun bool
}

const nameWidth = 52

func (t *table) head(title string) {
	if t.begun {
		fmt.Fprintln(t.out)
	}
	t.begun = true
	fmt.Fprintf(t.out, "%-*s %9s  %8s\n", nameWidth, title, "median s", "min – max")
}

// row prints a row; note is a ratio, an aim or a remark.
func (t *table) row(name string, ts times, note string) {
	fmt.Fprintf(t.out, "  %-*s %-28s  %s\n", nameWidth-2, name, ts, note)
}

// skip says why a row is missing.
func (t *table) skip(name, reason string) {
	fmt.Fprintf(t.out, "  %-*s skipped: %s\n", nameWidth-2, name, reason)
}

// note prints a remark below a part.
func (t *table) note(text string) { fmt.Fprintln(t.out, "  "+text) }
