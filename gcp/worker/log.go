package worker

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

// maxLine is what is kept of a line, as Cloud Logging keeps it of an entry
// (cloud.google.com/logging/quotas, read 2026-11): a step that never ends one
// cannot hold unbounded memory.
const maxLine = 256 << 10

// buildLog writes whole lines, each with one Write, from many steps at once.
type buildLog struct {
	mu  sync.Mutex
	w   io.Writer
	err error // the first failure to write; the build goes on, and ends as LOGGING_FAILURE
}

func newLog(w io.Writer) *buildLog {
	if w == nil {
		w = io.Discard
	}
	return &buildLog{w: w}
}

// line writes a line of the worker's own.
func (l *buildLog) line(format string, args ...any) {
	l.write(fmt.Appendf(nil, format+"\n", args...))
}

func (l *buildLog) write(b []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.w.Write(b); err != nil && l.err == nil {
		l.err = err
	}
}

func (l *buildLog) failure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// writer gives one stream of a step; each line gets the prefix. Close writes
// what is left of a last line without end.
func (l *buildLog) writer(prefix string) *lineWriter {
	return &lineWriter{log: l, prefix: prefix}
}

type lineWriter struct {
	mu     sync.Mutex
	log    *buildLog
	prefix string
	rest   []byte // of a line not yet ended
	lost   int    // bytes of it beyond maxLine
}

// Write passes on the complete lines of p in one piece.
func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []byte
	for rest := p; ; {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			w.keep(rest)
			break
		}
		w.keep(rest[:i])
		out, rest = w.end(out), rest[i+1:]
	}
	if len(out) > 0 {
		w.log.write(out)
	}
	return len(p), nil
}

// keep adds a piece to the line.
func (w *lineWriter) keep(piece []byte) {
	kept := piece[:min(len(piece), maxLine-len(w.rest))]
	w.rest = append(w.rest, kept...)
	w.lost += len(piece) - len(kept)
}

// end adds the line to out, and begins another.
func (w *lineWriter) end(out []byte) []byte {
	out = append(out, w.prefix...)
	out = append(out, bytes.TrimSuffix(w.rest, []byte{'\r'})...)
	if w.lost > 0 {
		out = fmt.Appendf(out, " [%d more bytes are cut]", w.lost)
	}
	w.rest, w.lost = w.rest[:0], 0
	return append(out, '\n')
}

// Close writes the last line.
func (w *lineWriter) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) > 0 {
		w.log.write(w.end(nil))
	}
}
