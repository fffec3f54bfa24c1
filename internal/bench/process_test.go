package main

import (
	"bytes"
	"slices"
	"testing"
)

// TestLines: each line is told once, whole, when its end comes.
func TestLines(t *testing.T) {
	t.Parallel()
	var all bytes.Buffer
	var told []string
	l := &lines{all: &all, each: func(line []byte) { told = append(told, string(line)) }}
	for _, part := range []string{"a", "b\nc\n\nd", "", "\ne"} {
		if n, err := l.Write([]byte(part)); n != len(part) || err != nil {
			t.Errorf("%d of %q, %v", n, part, err)
		}
	}
	if want := []string{"ab", "c", "", "d"}; !slices.Equal(told, want) || all.String() != "ab\nc\n\nd\ne" {
		t.Errorf("%q of %q", told, all.String())
	}
}
