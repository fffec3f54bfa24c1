package worker

import (
	"bytes"
	"fmt"
	"io"
	"sync"
)

// maxLine is where a line without an end is broken, so that a step which never
// writes one cannot hold unbounded memory.
const maxLine = 64 << 10

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
}

// Write passes on the complete lines of p in one piece.
func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []byte
	for rest := p; ; {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			w.rest = append(w.rest, rest...)
			break
		}
		line := append(w.rest, rest[:i]...)
		out = w.append(out, line)
		w.rest, rest = w.rest[:0], rest[i+1:]
	}
	if len(w.rest) > maxLine {
		out = w.append(out, w.rest)
		w.rest = w.rest[:0]
	}
	if len(out) > 0 {
		w.log.write(out)
	}
	return len(p), nil
}

func (w *lineWriter) append(out, line []byte) []byte {
	out = append(out, w.prefix...)
	out = append(out, bytes.TrimSuffix(line, []byte{'\r'})...)
	return append(out, '\n')
}

// Close writes the last line.
func (w *lineWriter) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rest) > 0 {
		w.log.write(w.append(nil, w.rest))
		w.rest = nil
	}
}
