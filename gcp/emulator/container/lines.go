package container

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"sync"
)

// maxLine is the most of a line that is kept, as Cloud Logging keeps it
// (cloud.google.com/logging/quotas: 256 KB for an entry).
const maxLine = 256 << 10

// lineWriter turns a container's timestamped output into lines of our file:
// time, stream, text. Docker gives lines of more than 16 KiB in pieces, each with
// a time of its own; they become one line again.
type lineWriter struct {
	mu     *sync.Mutex
	out    io.Writer
	stream string

	at   []byte // of the line that has begun; nil: none has
	text []byte
	lost int // bytes of it beyond maxLine
}

// Write takes one piece or several lines, each with its time before it.
func (w *lineWriter) Write(p []byte) (int, error) {
	for piece := range bytes.Lines(p) {
		at, text, _ := bytes.Cut(piece, []byte(" "))
		if w.at == nil {
			w.at = bytes.Clone(at)
		}
		text, whole := bytes.CutSuffix(text, []byte("\n"))
		kept := text[:min(len(text), maxLine-len(w.text))]
		w.text, w.lost = append(w.text, kept...), w.lost+len(text)-len(kept)
		if whole {
			if err := w.end(); err != nil {
				return 0, err
			}
		}
	}
	return len(p), nil
}

// end writes the line that has begun.
func (w *lineWriter) end() error {
	if w.at == nil {
		return nil
	}
	if w.lost > 0 {
		w.text = fmt.Appendf(w.text, " [%d more bytes are cut]", w.lost)
	}
	w.mu.Lock()
	_, err := w.out.Write(slices.Concat(w.at, []byte(" "+w.stream+" "), w.text, []byte("\n")))
	w.mu.Unlock()
	w.at, w.text, w.lost = nil, w.text[:0], 0
	return err
}
